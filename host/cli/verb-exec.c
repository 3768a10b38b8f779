/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire exec: runs a program in the guest, live where the agent speaks
 * frames. Else, and with --json or --keep, its input is read first and its
 * output comes when it has ended. */

#include "cli-job.h"
#include "cli-live.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

typedef struct
{
  gboolean input;
  gboolean terminal;
  gboolean keep;
  gboolean detach;
  char *name;
  char **environment;
  char *directory;
  char *user;
  char *escape;
  CliKeys keys;
} Options;

/* --- What is asked for -------------------------------------------------- */

typedef struct
{
  Cli *cli;
  GByteArray *bytes;
  GError *error;
} Input;

static gboolean
end_input (Input *input)
{
  g_main_loop_quit (input->cli->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer user_data)
{
  Input *input = user_data;
  guint8 buffer[65536];
  gssize length = read (fd, buffer, sizeof buffer);

  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (length < 0)
    g_set_error (&input->error, GW_ERROR, GW_ERROR_FAILED, "cannot read standard input: %s", g_strerror (errno));
  else if (input->bytes->len + length > GW_EXEC_INPUT_MAX)
    g_set_error (&input->error, GW_ERROR, GW_ERROR_TOO_LARGE,
                 "standard input is longer than the %u MiB that can be given at once; nothing was run",
                 GW_EXEC_INPUT_MAX / GW_MIB);
  else if (length > 0)
    {
      g_byte_array_append (input->bytes, buffer, length);
      return G_SOURCE_CONTINUE;
    }
  return end_input (input);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Input *input = user_data;

  g_cancellable_set_error_if_cancelled (cancellable, &input->error);
  return end_input (input);
}

/* All of standard input, up to the limit. The channel is others' meanwhile. */
static GBytes *
read_input (Cli *cli, GError **error)
{
  Input input = { .cli = cli, .bytes = g_byte_array_new () };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GSource) cancelled = g_cancellable_source_new (cli->cancellable);
  g_autoptr (GSource) readable = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL);

  gw_client_close (cli->client);
  g_source_set_callback (cancelled, G_SOURCE_FUNC (on_cancelled), &input, NULL);
  g_source_set_callback (readable, G_SOURCE_FUNC (on_input), &input, NULL);
  g_source_attach (cancelled, NULL);
  g_source_attach (readable, NULL);
  g_main_loop_run (cli->loop);
  g_source_destroy (cancelled);
  g_source_destroy (readable);
  bytes = g_byte_array_free_to_bytes (input.bytes);
  if (input.error != NULL)
    {
      g_propagate_error (error, input.error);
      return NULL;
    }
  /* Typing it is not part of the time that the user gave. */
  cli_start_clock (cli);
  if (!cli_open_again (cli, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), error))
    return NULL;
  return g_steal_pointer (&bytes);
}

static GwProcess *
make_process (Cli *cli, char *const *words, const Options *options)
{
  GwProcess *process = gw_process_new (cli->client, (const char *const *) words);

  gw_process_set_environment (process, (const char *const *) options->environment);
  gw_process_set_directory (process, options->directory);
  gw_process_set_user (process, options->user);
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
      cli_complain ("only a part of the output was kept, and this is it; the program ended with status %d",
                    cli_exit_status (process));
      return cli->verb->failed;
    }
  return cli_exit_status (process);
}

/* --- Not live ----------------------------------------------------------- */

/* Somebody who waits for output that does not come yet is told after this
 * time. */
#define PATIENCE_MS 1500

static void
say_what_is_missing (const Options *options)
{
  if (options->terminal)
    cli_complain ("the agent speaks text only, as QEMU's does: there is no terminal, and output comes when the program "
                  "has ended");
  if (options->input && isatty (STDIN_FILENO))
    cli_complain ("the agent speaks text only: the program is started when all input is there (Ctrl-D ends it)");
}

static gboolean
on_patience_ends (gpointer user_data)
{
  guint *source = user_data;

  *source = 0;
  cli_complain ("the agent speaks text only: output comes when the program has ended");
  return G_SOURCE_REMOVE;
}

static int
run_and_print (Cli *cli, GwProcess *process, const Options *options)
{
  CliStep step = { .cli = cli };
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  guint patience = 0;
  int failed;

  if (!cli->json && !options->terminal && !options->keep && isatty (STDERR_FILENO))
    patience = g_timeout_add (PATIENCE_MS, on_patience_ends, &patience);
  gw_process_run_async (process, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  g_clear_handle_id (&patience, g_source_remove);
  if (!gw_process_run_finish (process, result, &error))
    {
      failed = cli_fail (cli, error);
      return gw_process_get_exit_status (process) > 0 ? cli_exit_status (process) : failed;
    }
  cli_release_signals (cli);
  return tell (cli, process);
}

static int
run_at_once (Cli *cli, GwProcess *process, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) input = NULL;

  if (!cli->json && !options->keep)
    say_what_is_missing (options);
  if (options->input)
    {
      input = read_input (cli, &error);
      if (input == NULL)
        return cli_fail (cli, error);
    }
  gw_process_set_input (process, input);
  return run_and_print (cli, process, options);
}

/* --- The verb ----------------------------------------------------------- */

/* @words: the program and its arguments */
static int
exec (Cli *cli, const char *domain, char *const *words, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwProcess) process = NULL;

  /* What is begun in text outlives the agent, and this command. */
  cli->wants_frames = !options->keep;
  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  process = make_process (cli, words, options);
  if (options->detach)
    return cli_job_start (cli, process, options->name);
  if (gw_client_get_framed (cli->client) && !cli->json)
    {
      const CliLive how = { options->input, options->terminal, options->keys };

      return cli_live_run (cli, process, &how);
    }
  return run_at_once (cli, process, options);
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
    { "interactive", 'i', 0, G_OPTION_ARG_NONE, &options.input, "Give it standard input", NULL },
    { "tty", 't', 0, G_OPTION_ARG_NONE, &options.terminal, "Give it a terminal", NULL },
    { "keep", 'k', 0, G_OPTION_ARG_NONE, &options.keep,
      "Let it outlive this command and the agent; its output comes when it has ended", NULL },
    { "detach", 'd', 0, G_OPTION_ARG_NONE, &options.detach,
      "Start it as a job, and print its id; see 'guestwire jobs'", NULL },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options.name, "With --detach: a name for the job", "NAME" },
    { "env", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.environment,
      "Add a variable to its environment (may be repeated)", "NAME=VALUE" },
    { "workdir", 'w', 0, G_OPTION_ARG_FILENAME, &options.directory, "Run it in this directory of the guest", "DIR" },
    { "user", 'u', 0, G_OPTION_ARG_FILENAME, &options.user, "Run it as this user of the guest", "USER" },
    { "escape", 0, 0, G_OPTION_ARG_STRING, &options.escape, "What begins an escape at a terminal (~ if not said)",
      "CHAR|none" },
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
  else if (!cli_keys_read_escape (&options.keys, options.escape))
    status = cli_misuse (cli, "--escape takes a character, ^ and a letter, or none");
  else if ((cli->json || options.keep) && options.terminal)
    status = cli_misuse (cli, "--json and --keep tell of a program when it has ended, and --tty is for one that runs");
  else if (options.detach && (options.input || options.terminal || options.keep))
    status = cli_misuse (cli, "--detach starts what reads nothing and needs nobody: -i, -t and -k are for what is waited "
                       "for");
  else if (options.name != NULL && !options.detach)
    status = cli_misuse (cli, "--name is for --detach");
  else
    status = exec (cli, argv[1], argv + 2, &options);
  g_free (options.name);
  g_strfreev (options.environment);
  g_free (options.directory);
  g_free (options.user);
  g_free (options.escape);
  return status;
}
