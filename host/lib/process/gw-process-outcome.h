/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* What guest-exec-status says of a program that has ended. */
typedef struct
{
  GBytes *output; /* standard output */
  GBytes *errors; /* standard error */
  gboolean truncated;
  int exit_status; /* -1: a signal ended it */
  int signal;      /* 0: none did */
} GwProcessOutcome;

gboolean gw_process_outcome_has_ended (JsonNode *untrusted_status, gboolean *ended, GError **error);
gboolean gw_process_outcome_read (GwProcessOutcome *outcome, JsonNode *untrusted_status, GError **error);
gboolean gw_process_outcome_read_end (GwProcessOutcome *outcome, JsonNode *untrusted_status, const char *command,
                                      GError **error);
gboolean gw_process_outcome_is_not_started (const GwProcessOutcome *outcome, const char *mark, char **why);
int gw_process_outcome_status_of_failure (const GError *error);
void gw_process_outcome_clear (GwProcessOutcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwProcessOutcome, gw_process_outcome_clear)

G_END_DECLS
