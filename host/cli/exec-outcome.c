/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what guest-exec and guest-exec-status answer, and makes it this
 * command's own output and exit status. Makes no call. */

#include "exec.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

#define STATUS_CANNOT_RUN 126
#define STATUS_NOT_FOUND 127

static void
set_broken (GError **error, const char *what)
{
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "guest-exec-status: the agent's answer has %s", what);
}

static JsonNode *
member (JsonNode *untrusted_status, const char *name)
{
  return json_object_get_member (json_node_get_object (untrusted_status), name);
}

/* qemu-ga says so with every output; from an agent that says nothing, as much
 * as it keeps is taken for a part. */
static gboolean
is_truncated (JsonNode *untrusted_status, const char *name, GBytes *stream)
{
  JsonNode *node = member (untrusted_status, name);

  if (node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return json_node_get_boolean (node);
  return g_bytes_get_size (stream) == GW_EXEC_OUTPUT_MAX;
}

/* Leaves @value alone if there is no such number. */
static gboolean
number (JsonNode *untrusted_status, const char *name, gint64 *value)
{
  JsonNode *node = member (untrusted_status, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int (node);
  return TRUE;
}

/**
 * exec_has_ended:
 * @untrusted_status: what guest-exec-status returned
 *
 * Returns: %FALSE with %GW_ERROR_PROTOCOL set if it does not say
 */
gboolean
exec_has_ended (JsonNode *untrusted_status, gboolean *ended, GError **error)
{
  JsonNode *node = JSON_NODE_HOLDS_OBJECT (untrusted_status) ? member (untrusted_status, "exited") : NULL;

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      set_broken (error, "no 'exited'");
      return FALSE;
    }
  *ended = json_node_get_boolean (node);
  return TRUE;
}

/* g_base64_decode() skips what it does not know, and that would be silent
 * loss. */
static GBytes *
read_stream (JsonNode *untrusted_status, const char *name, GError **error)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  JsonNode *node = member (untrusted_status, name);
  const char *text = "";
  gsize length, letters;
  guchar *data;

  if (node != NULL && json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_get_string (node);
  else if (node != NULL)
    {
      set_broken (error, "output that is no string");
      return NULL;
    }
  length = strlen (text);
  letters = strspn (text, alphabet);
  if (length % 4 != 0 || length - letters > 2 || strspn (text + letters, "=") != length - letters)
    {
      set_broken (error, "output that is no base64");
      return NULL;
    }
  data = g_base64_decode (text, &length);
  return g_bytes_new_take (data, length);
}

static gboolean
read_exit_status (ExecOutcome *outcome, JsonNode *untrusted_status, GError **error)
{
  gint64 value;

  if (number (untrusted_status, "signal", &value) && value > 0 && value < 128)
    outcome->status = 128 + (int) value;
  else if (number (untrusted_status, "exitcode", &value))
    /* A shell has 8 bits for it. What does not fit must not become a 0. */
    outcome->status = value >= 0 && value <= 255 ? (int) value : 255;
  else
    {
      set_broken (error, "neither 'exitcode' nor 'signal'");
      return FALSE;
    }
  return TRUE;
}

/**
 * exec_outcome_read:
 * @untrusted_status: what guest-exec-status returned of a program that has
 *   ended
 *
 * Returns: %FALSE with %GW_ERROR_PROTOCOL set if it cannot be understood
 */
gboolean
exec_outcome_read (ExecOutcome *outcome, JsonNode *untrusted_status, GError **error)
{
  outcome->output = read_stream (untrusted_status, "out-data", error);
  if (outcome->output == NULL)
    return FALSE;
  outcome->errors = read_stream (untrusted_status, "err-data", error);
  if (outcome->errors == NULL)
    return FALSE;
  outcome->truncated = is_truncated (untrusted_status, "out-truncated", outcome->output)
                       || is_truncated (untrusted_status, "err-truncated", outcome->errors);
  return read_exit_status (outcome, untrusted_status, error);
}

void
exec_outcome_clear (ExecOutcome *outcome)
{
  g_clear_pointer (&outcome->output, g_bytes_unref);
  g_clear_pointer (&outcome->errors, g_bytes_unref);
}

static int
write_stream (Cli *cli, int fd, GBytes *bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);
  int problem = cli_write (fd, data, length);

  if (problem == 0)
    return 0;
  if (problem == EPIPE)
    return 128 + SIGPIPE;
  cli_complain ("cannot write to standard %s: %s", fd == STDOUT_FILENO ? "output" : "error", g_strerror (problem));
  return cli->verb->failed;
}

/**
 * exec_outcome_print:
 *
 * Writes the program's output, byte by byte as it was.
 *
 * Returns: the exit status: the program's own, unless its output was not
 *   whole, or could not be written
 */
int
exec_outcome_print (const ExecOutcome *outcome, Cli *cli)
{
  int output_status = write_stream (cli, STDOUT_FILENO, outcome->output);
  int errors_status = write_stream (cli, STDERR_FILENO, outcome->errors);

  if (output_status != 0 || errors_status != 0)
    return output_status != 0 ? output_status : errors_status;
  if (outcome->truncated)
    {
      cli_complain ("the agent kept only a part of the output, and this is it; the program ended with status %d",
                    outcome->status);
      return cli->verb->failed;
    }
  return outcome->status;
}

/**
 * exec_start_status:
 * @error: what guest-exec answered
 *
 * The agent has no code for a program that it cannot start, only GLib's text:
 * Failed to execute child process “foo” (No such file or directory).
 *
 * Returns: 127 if the program is not there, 126 if it cannot be run, else
 *   @otherwise
 */
int
exec_start_status (const GError *error, int otherwise)
{
  if (!g_error_matches (error, GW_ERROR, GW_ERROR_GUEST)
      || strstr (error->message, "Failed to execute child process") == NULL)
    return otherwise;
  if (strstr (error->message, "(No such file or directory)") != NULL)
    return STATUS_NOT_FOUND;
  return STATUS_CANNOT_RUN;
}
