/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The terminal that this command is typed at. */
gboolean cli_terminal_make_raw (void);
void cli_terminal_restore (void);
gboolean cli_terminal_get_size (guint *rows, guint *columns);
