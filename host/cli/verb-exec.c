/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire exec: runs a program in the guest. Its output comes when it has
 * ended, and not before. */

#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

typedef struct
{
  gboolean input;
  char **environment;
  char *directory;
  char *user;
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

static GwProcess *
make_process (Cli *cli, char *const *words, const Options *options, GBytes *input)
{
  GwProcess *process = gw_process_new (cli->client, (const char *const *) words);

  gw_process_set_environment (process, (const char *const *) options->environment);
  gw_process_set_directory (process, options->directory);
  gw_process_set_user (process, options->user);
  gw_process_set_input (process, input);
  return process;
}

/* --- What came of it ---------------------------------------------------- */

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

/* As a shell counts: 128+N for signal N. It has 8 bits, and what does not fit
 * must not become a 0. */
static int
exit_status (GwProcess *process)
{
  if (gw_process_get_signal (process) != 0)
    return 128 + gw_process_get_signal (process);
  return MIN (gw_process_get_exit_status (process), 255);
}

/* The program's output, byte by byte as it was. */
static int
print_output (Cli *cli, GwProcess *process)
{
  int output_status = write_stream (cli, STDOUT_FILENO, gw_process_get_output (process));
  int errors_status = write_stream (cli, STDERR_FILENO, gw_process_get_errors (process));

  return output_status != 0 ? output_status : errors_status;
}

static void
add_number (JsonBuilder *json, const char *name, gint64 number, gboolean known)
{
  json_builder_set_member_name (json, name);
  if (known)
    json_builder_add_int_value (json, number);
  else
    json_builder_add_null_value (json);
}

/* JSON has no bytes: text stays as it is, and all else goes in base64. */
static void
add_stream (JsonBuilder *json, const char *name, GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  gboolean is_text = g_utf8_validate_len (data, length, NULL);
  g_autofree char *member = g_strconcat (name, is_text ? "" : "-base64", NULL);
  g_autofree char *text = is_text ? g_strndup (data, length) : g_base64_encode ((const guchar *) data, length);

  json_builder_set_member_name (json, member);
  json_builder_add_string_value (json, text);
}

static int
print_json (Cli *cli, GwProcess *process)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  int signal = gw_process_get_signal (process);

  json_builder_begin_object (json);
  add_number (json, "pid", gw_process_get_pid (process), TRUE);
  add_number (json, "exit-status", gw_process_get_exit_status (process), signal == 0);
  add_number (json, "signal", signal, signal != 0);
  add_stream (json, "output", gw_process_get_output (process));
  add_stream (json, "errors", gw_process_get_errors (process));
  json_builder_set_member_name (json, "truncated");
  json_builder_add_boolean_value (json, gw_process_get_truncated (process));
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

/* The program's own status, unless its output was not whole or could not be
 * written. */
static int
tell (Cli *cli, GwProcess *process)
{
  int problem = cli->json ? print_json (cli, process) : print_output (cli, process);

  if (problem != 0)
    return problem;
  if (gw_process_get_truncated (process))
    {
      cli_complain ("the agent kept only a part of the output, and this is it; the program ended with status %d",
                    exit_status (process));
      return cli->verb->failed;
    }
  return exit_status (process);
}

/* --- The verb ----------------------------------------------------------- */

/* @words: the program and its arguments */
static int
exec (Cli *cli, const char *domain, char *const *words, const Options *options)
{
  CliStep step = { .cli = cli };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) input = NULL;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int failed;

  if (options->input)
    {
      input = read_input (&error);
      if (input == NULL)
        return cli_fail (cli, error);
      /* Typing it is not part of the time that the user gave. */
      cli_start_clock (cli);
    }
  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  process = make_process (cli, words, options, input);
  g_clear_pointer (&input, g_bytes_unref);
  gw_process_run_async (process, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  if (!gw_process_run_finish (process, result, &error))
    {
      failed = cli_fail (cli, error);
      return gw_process_get_exit_status (process) > 0 ? exit_status (process) : failed;
    }
  cli_release_signals (cli);
  return tell (cli, process);
}

static gboolean
check (const Options *options, GError **error)
{
  for (char **at = options->environment; at != NULL && *at != NULL; at++)
    if (strchr (*at, '=') == NULL || **at == '=')
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "-e takes NAME=VALUE, not '%s'", *at);
        return FALSE;
      }
  if (options->directory == NULL || options->directory[0] == '/')
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "-w takes an absolute path in the guest, not '%s'",
               options->directory);
  return FALSE;
}

int
verb_exec (Cli *cli, int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "interactive", 'i', 0, G_OPTION_ARG_NONE, &options.input, "Give it standard input, read to its end first", NULL },
    { "env", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.environment,
      "Add a variable to its environment (may be repeated)", "NAME=VALUE" },
    { "workdir", 'w', 0, G_OPTION_ARG_FILENAME, &options.directory, "Run it in this directory of the guest", "DIR" },
    { "user", 'u', 0, G_OPTION_ARG_FILENAME, &options.user, "Run it as this user of the guest", "USER" },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse_until_program (cli, entries, &argc, &argv, &status))
    ;
  else if (argc < 2)
    status = cli_misuse (cli, "a domain is missing");
  else if (argc < 3)
    status = cli_misuse (cli, "a program is missing");
  else if (!check (&options, &error))
    status = cli_misuse (cli, "%s", error->message);
  else
    status = exec (cli, argv[1], argv + 2, &options);
  g_strfreev (options.environment);
  g_free (options.directory);
  g_free (options.user);
  return status;
}
