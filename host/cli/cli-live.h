/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli.h"

/* Runs a program with live pipes or a terminal, as if it ran here. Returns the
 * exit status. */
int cli_live_run (Cli *cli, GwProcess *process, gboolean input, gboolean terminal);

int cli_exit_status (GwProcess *process);
