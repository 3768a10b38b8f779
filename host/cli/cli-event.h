/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

char *cli_event_describe (const char *untrusted_name, JsonNode *untrusted_data);
gboolean cli_event_is_known (const char *name);
