/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire exec: runs a program in the guest through guest-exec, which tells
 * of its output when it has ended, and not before. */

#include "exec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

/* Between two looks at the program: short at first, as most are. */
#define LOOK_FIRST_MS 5
#define LOOK_LAST_MS 500

/* Looks that may fail in a row, as while the machine moves to another host. */
#define LOOKS_FAILED_MAX 3

typedef struct
{
  gboolean input;
  char **environment;
} Options;

/* --- What is asked for -------------------------------------------------- */

/* All of standard input, up to the limit. */
static GBytes *
read_input (GError **error)
{
  g_autoptr (GByteArray) input = g_byte_array_new ();
  guint8 buffer[65536];

  for (;;)
    {
      gssize length = read (STDIN_FILENO, buffer, sizeof buffer);

      if (length == 0)
        return g_byte_array_free_to_bytes (g_steal_pointer (&input));
      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        {
          g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot read standard input: %s", g_strerror (errno));
          return NULL;
        }
      if (input->len + length > GW_EXEC_INPUT_MAX)
        {
          g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE,
                       "standard input is longer than the %u MiB that guest-exec takes; nothing was run",
                       GW_EXEC_INPUT_MAX / GW_MIB);
          return NULL;
        }
      g_byte_array_append (input, buffer, length);
    }
}

static void
add_strings (JsonBuilder *json, const char *name, char *const *words)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (; *words != NULL; words++)
    json_builder_add_string_value (json, *words);
  json_builder_end_array (json);
}

/* @words: the program and its arguments */
static JsonNode *
build_arguments (char *const *words, char *const *environment, GBytes *input)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "path");
  json_builder_add_string_value (json, words[0]);
  add_strings (json, "arg", words + 1);
  if (environment != NULL)
    add_strings (json, "env", environment);
  if (input != NULL)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (input, &length);
      g_autofree char *text = g_base64_encode (data, length);

      json_builder_set_member_name (json, "input-data");
      json_builder_add_string_value (json, text);
    }
  json_builder_set_member_name (json, "capture-output");
  json_builder_add_boolean_value (json, TRUE);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

/* JSON carries nothing else. */
static gboolean
check_utf8 (char *const *words, GError **error)
{
  for (; words != NULL && *words != NULL; words++)
    if (!g_utf8_validate (*words, -1, NULL))
      {
        g_set_error (error, GW_ERROR, GW_ERROR_INVALID_JSON,
                     "'%s' is no valid UTF-8, and guest-exec can carry nothing else", *words);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_environment (char *const *environment, GError **error)
{
  for (char *const *at = environment; at != NULL && *at != NULL; at++)
    if (strchr (*at, '=') == NULL || **at == '=')
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "-e takes NAME=VALUE, not '%s'", *at);
        return FALSE;
      }
  return check_utf8 (environment, error);
}

/* --- What happens ------------------------------------------------------- */

static gboolean
start (Cli *cli, JsonNode *arguments, gint64 *pid, GError **error)
{
  g_autoptr (JsonNode) value = cli_call (cli, "guest-exec", arguments, error);
  JsonNode *member = NULL;

  if (value == NULL)
    return FALSE;
  if (JSON_NODE_HOLDS_OBJECT (value))
    member = json_object_get_member (json_node_get_object (value), "pid");
  if (member == NULL || json_node_get_value_type (member) != G_TYPE_INT64)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "guest-exec: the agent's answer has no 'pid'");
      return FALSE;
    }
  *pid = json_node_get_int (member);
  return TRUE;
}

/* Asking again does no harm: it changes nothing in the guest. */
static gboolean
may_ask_again (Cli *cli, const GError *failure)
{
  return g_error_matches (failure, GW_ERROR, GW_ERROR_TIMED_OUT)
         || g_error_matches (failure, GW_ERROR, GW_ERROR_NOT_DELIVERED)
         || g_error_matches (failure, GW_ERROR, GW_ERROR_PEER_LOST);
}

/* One look that outlives a lost channel. */
static JsonNode *
look (Cli *cli, JsonNode *arguments, GError **error)
{
  g_autoptr (GError) failure = NULL;
  JsonNode *status = NULL;

  for (guint failed = 0; failed < LOOKS_FAILED_MAX; failed++)
    {
      g_clear_error (&failure);
      if (gw_client_get_state (cli->client) == GW_CLIENT_CLOSED && !cli_open_again (cli, error))
        return NULL;
      status = cli_call (cli, "guest-exec-status", arguments, &failure);
      if (status != NULL || !may_ask_again (cli, failure) || g_get_monotonic_time () >= cli->deadline_us)
        break;
    }
  if (status == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return status;
}

static JsonNode *
wait_for_end (Cli *cli, gint64 pid, GError **error)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  guint pause_ms = LOOK_FIRST_MS;

  json_object_set_int_member (object, "pid", pid);
  json_node_set_object (arguments, object);
  for (;;)
    {
      g_autoptr (JsonNode) status = NULL;
      gboolean ended;

      /* Not beyond the time that the user gave. */
      if (!cli_sleep (cli, MIN (pause_ms, (guint) cli_time_left_ms (cli, LOOK_LAST_MS))))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "interrupted");
          return NULL;
        }
      status = look (cli, arguments, error);
      if (status == NULL || !exec_has_ended (status, &ended, error))
        return NULL;
      if (ended)
        return g_steal_pointer (&status);
      if (g_get_monotonic_time () >= cli->deadline_us)
        {
          g_set_error (error, GW_ERROR, GW_ERROR_TIMED_OUT, "the program has not ended in %g s", cli->timeout_s);
          return NULL;
        }
      pause_ms = MIN (pause_ms * 3 / 2, LOOK_LAST_MS);
    }
}

static int
run_program (Cli *cli, JsonNode *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) status = NULL;
  g_auto (ExecOutcome) outcome = { 0 };
  gint64 pid = 0;
  int failed;

  if (!start (cli, arguments, &pid, &error))
    {
      failed = cli_fail (cli, error);
      return exec_start_status (error, failed);
    }
  status = wait_for_end (cli, pid, &error);
  if (status == NULL)
    {
      failed = cli_fail (cli, error);
      if (!g_error_matches (error, GW_ERROR, GW_ERROR_GUEST))
        cli_complain ("the program goes on in the guest as process %" G_GINT64_FORMAT, pid);
      return failed;
    }
  cli_release_signals (cli);
  if (!exec_outcome_read (&outcome, status, &error))
    return cli_fail (cli, error);
  return exec_outcome_print (&outcome, cli);
}

/* @words: the program and its arguments */
static int
exec (Cli *cli, const char *address, char *const *words, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) input = NULL;
  g_autoptr (JsonNode) arguments = NULL;

  if (!check_utf8 (words, &error))
    return cli_misuse (cli, "%s", error->message);
  if (!check_environment (options->environment, &error))
    return cli_misuse (cli, "%s", error->message);
  if (options->input)
    {
      input = read_input (&error);
      if (input == NULL)
        return cli_fail (cli, error);
      /* Typing it is not part of the time that the user gave. */
      cli_start_clock (cli);
    }
  arguments = build_arguments (words, options->environment, input);
  g_clear_pointer (&input, g_bytes_unref);
  if (!cli_open (cli, address, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  return run_program (cli, arguments);
}

int
verb_exec (Cli *cli, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "interactive", 'i', 0, G_OPTION_ARG_NONE, &options.input, "Give it standard input, read to its end first", NULL },
    { "env", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.environment,
      "Set one variable (may be repeated); with any, it gets no others", "NAME=VALUE" },
    { 0 },
  };
  int status;

  if (!cli_parse_until_program (cli, entries, &argc, &argv, &status))
    ;
  else if (argc < 2)
    status = cli_misuse (cli, "an address is missing");
  else if (argc < 3)
    status = cli_misuse (cli, "a program is missing");
  else
    status = exec (cli, argv[1], argv + 2, &options);
  g_strfreev (options.environment);
  return status;
}
