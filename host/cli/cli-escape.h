/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

char *cli_escape (const char *untrusted_text, gssize length);
char *cli_escape_json (const char *untrusted_json);
