/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli-keys.h"
#include "cli.h"

typedef struct
{
  gboolean input;     /* it gets this command's */
  gboolean terminal;
  CliKeys keys;
} CliLive;

/* Runs a program with live pipes or a terminal, as if it ran here. Returns the
 * exit status. */
int cli_live_run (Cli *cli, GwProcess *process, const CliLive *how);

/* Shows what a job prints, from where @process is to begin, until it has ended
 * or the user leaves it. Returns the exit status; or -1 with @lost set where the
 * agent is gone, which is no reason to give a job up. */
int cli_live_attach (Cli *cli, GwProcess *process, const char *leave_hint, GError **lost);

