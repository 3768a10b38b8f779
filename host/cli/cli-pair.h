/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Two addresses in one word, as ssh has them behind -L and -R. */
gboolean cli_pair_split (const char *word, char **listen, char **connect);
