/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli.h"

/* What guest-exec-status says of a program that has ended. */
typedef struct
{
  GBytes *output; /* standard output */
  GBytes *errors; /* standard error */
  gboolean truncated;
  int status;     /* as the shell counts: 128+N for signal N */
} ExecOutcome;

gboolean exec_has_ended (JsonNode *untrusted_status, gboolean *ended, GError **error);
gboolean exec_outcome_read (ExecOutcome *outcome, JsonNode *untrusted_status, GError **error);
int exec_outcome_print (const ExecOutcome *outcome, Cli *cli);
void exec_outcome_clear (ExecOutcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ExecOutcome, exec_outcome_clear)

int exec_start_status (const GError *error, int otherwise);
