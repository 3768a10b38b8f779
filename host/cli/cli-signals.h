/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Signals for somebody who passes them on: SIGHUP, SIGINT, SIGQUIT, SIGTERM,
 * SIGTSTP, SIGCONT and SIGWINCH, but for those that are ignored. */
typedef void (*CliSignalFunc) (int signal, gpointer user_data);

void cli_signals_catch (CliSignalFunc func, gpointer user_data);
void cli_signals_release (void);
