/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what guest-exec and guest-exec-status answer. Makes no call. */

#include "gw-process-outcome.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-process-words.h"
#include "gw-reply.h"

#define COMMAND "guest-exec-status"

#define STATUS_CANNOT_RUN 126
#define STATUS_NOT_FOUND 127

/* qemu-ga says so with every output; from an agent that says nothing, as much
 * as it keeps is taken for a part. */
static gboolean
is_truncated (JsonNode *untrusted_status, const char *name, GBytes *stream)
{
  gboolean truncated;

  if (gw_reply_find_boolean (untrusted_status, name, &truncated))
    return truncated;
  return g_bytes_get_size (stream) == GW_EXEC_OUTPUT_MAX;
}

/**
 * gw_process_outcome_has_ended:
 * @untrusted_status: what guest-exec-status returned
 *
 * Returns: %FALSE with %GW_ERROR_PROTOCOL set if it does not say
 */
gboolean
gw_process_outcome_has_ended (JsonNode *untrusted_status, gboolean *ended, GError **error)
{
  return gw_reply_get_boolean (untrusted_status, COMMAND, "exited", ended, error);
}

/* How the program ended, as @command told it; %FALSE with %GW_ERROR_PROTOCOL
 * set if it cannot be understood. */
gboolean
gw_process_outcome_read_end (GwProcessOutcome *outcome, JsonNode *untrusted_status, const char *command, GError **error)
{
  gint64 number;

  outcome->exit_status = -1;
  if (gw_reply_find_int (untrusted_status, "signal", &number) && number > 0 && number < 128)
    outcome->signal = (int) number;
  else if (gw_reply_get_int (untrusted_status, command, "exitcode", &number, error))
    /* What no system has must not become a 0. */
    outcome->exit_status = number >= 0 && number <= G_MAXINT ? (int) number : 255;
  else
    return FALSE;
  return TRUE;
}

/**
 * gw_process_outcome_read:
 * @untrusted_status: what guest-exec-status returned of a program that has
 *   ended
 *
 * Returns: %FALSE with %GW_ERROR_PROTOCOL set if it cannot be understood
 */
gboolean
gw_process_outcome_read (GwProcessOutcome *outcome, JsonNode *untrusted_status, GError **error)
{
  outcome->output = gw_reply_get_bytes (untrusted_status, COMMAND, "out-data", error);
  if (outcome->output == NULL)
    return FALSE;
  outcome->errors = gw_reply_get_bytes (untrusted_status, COMMAND, "err-data", error);
  if (outcome->errors == NULL)
    return FALSE;
  outcome->truncated = is_truncated (untrusted_status, "out-truncated", outcome->output)
                       || is_truncated (untrusted_status, "err-truncated", outcome->errors);
  return gw_process_outcome_read_end (outcome, untrusted_status, COMMAND, error);
}

void
gw_process_outcome_clear (GwProcessOutcome *outcome)
{
  g_clear_pointer (&outcome->output, g_bytes_unref);
  g_clear_pointer (&outcome->errors, g_bytes_unref);
}

/**
 * gw_process_outcome_is_not_started:
 * @mark: as given to gw_process_words_compose()
 * @why: (out) (transfer full): what the guest's shell said
 *
 * Returns: whether the program was not started, for lack of its user or
 *   directory
 */
gboolean
gw_process_outcome_is_not_started (const GwProcessOutcome *outcome, const char *mark, char **why)
{
  gsize length;
  gsize mark_length = strlen (mark);
  const char *errors = g_bytes_get_data (outcome->errors, &length);
  g_autofree char *said = NULL;

  if (outcome->exit_status != GW_PROCESS_NOT_STARTED || length < mark_length
      || memcmp (errors + length - mark_length, mark, mark_length) != 0)
    return FALSE;
  said = g_utf8_make_valid (errors, MIN (length - mark_length, GW_ERROR_TEXT_MAX));
  *why = g_strdup (g_strstrip (said));
  return TRUE;
}

/**
 * gw_process_outcome_status_of_failure:
 * @error: what guest-exec answered
 *
 * The agents have no code for a program that they cannot start, only GLib's
 * text: Failed to execute child process “foo” (No such file or directory).
 *
 * Returns: what a shell's exit status would be: 127 if the program is not
 *   there, 126 if it cannot be run; -1 if it is not about the program
 */
int
gw_process_outcome_status_of_failure (const GError *error)
{
  if (!g_error_matches (error, GW_ERROR, GW_ERROR_GUEST)
      || strstr (error->message, "Failed to execute child process") == NULL)
    return -1;
  if (strstr (error->message, "(No such file or directory)") != NULL)
    return STATUS_NOT_FOUND;
  return STATUS_CANNOT_RUN;
}
