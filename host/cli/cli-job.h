/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli.h"

/* What all that deals with jobs does. */

gboolean cli_job_open (Cli *cli, const char *domain);
gboolean cli_job_open_again (Cli *cli, const GError *lost, GError **error);
guint cli_job_keep_asking (Cli *cli);
int cli_job_fail (Cli *cli, const GError *error);
int cli_job_start (Cli *cli, GwProcess *process, const char *name);
int cli_job_exit_status (GwJob *job);
