/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program in the guest as if it were one of this host: its streams are this
 * command's, its terminal is the user's, and signals go to it. */

#include "cli-live.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli-job.h"
#include "cli-pump.h"
#include "cli-signals.h"
#include "cli-terminal.h"

/* How long a program may take to end when its time is up. */
#define TERM_MS 5000

typedef struct
{
  Cli *cli;
  GwProcess *process;
  gboolean terminal;
  gboolean raw;
  gboolean attached; /* it is a job, which goes on without this command */
  CliKeys keys;

  CliPump *input;
  CliPump *outputs[2];
  guint going;      /* outputs that have not ended */
  gboolean ended;   /* the program */
  GError *error;    /* or what became of it */
  guint timer;
  gboolean too_late;
  int passed_on;    /* a signal, or 0 */
  int status;       /* of what went wrong here, or 0 */
  gboolean leaving; /* without waiting for the program */
  gboolean left;    /* by an escape */
} Live;

/* What came of a program that was lost is written too. */
static void
look_for_end (Live *live)
{
  if (live->leaving || ((live->ended || live->error != NULL) && live->going == 0))
    g_main_loop_quit (live->cli->loop);
}

static void
leave (Live *live, int status)
{
  live->status = status;
  live->leaving = TRUE;
  look_for_end (live);
}

/* --- Streams ------------------------------------------------------------ */

/* The program finds its pipe broken, as it would here. */
static void
on_output_done (CliPump *pump, int problem, gpointer user_data)
{
  Live *live = user_data;
  gboolean is_errors = pump == live->outputs[1];

  live->going--;
  if (problem != 0)
    {
      GInputStream *pipe = is_errors ? gw_process_get_stderr_pipe (live->process)
                                     : gw_process_get_stdout_pipe (live->process);

      if (live->attached)
        live->leaving = TRUE;
      live->status = problem == EPIPE ? 128 + SIGPIPE : live->cli->verb->failed;
      if (problem != EPIPE)
        cli_complain ("cannot write to standard %s: %s", is_errors ? "error" : "output", g_strerror (problem));
      g_input_stream_close_async (pipe, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
    }
  look_for_end (live);
}

static void
on_input_done (CliPump *pump, int problem, gpointer user_data)
{
  Live *live = user_data;

  /* A terminal that hung up says so here, and nobody is there any more who could
   * end what does not end by itself. */
  if (problem == EIO && live->raw)
    leave (live, 128 + SIGHUP);
  else if (problem != 0 && problem != EIO)
    {
      cli_complain ("cannot read standard input: %s", g_strerror (problem));
      leave (live, live->cli->verb->failed);
    }
}

static void
end_streams (Live *live)
{
  g_clear_pointer (&live->input, cli_pump_free);
  g_clear_pointer (&live->outputs[0], cli_pump_free);
  g_clear_pointer (&live->outputs[1], cli_pump_free);
  cli_terminal_restore ();
}

/* --- Signals ------------------------------------------------------------ */

static void
send_window_size (Live *live)
{
  guint rows, columns;

  if (live->terminal && cli_terminal_get_size (&rows, &columns))
    gw_process_set_window_size (live->process, rows, columns);
}

/* A program without a terminal stops with us. It is no child of a shell that
 * could let it go on, so nothing but SIGSTOP stops it. */
static void
stop (Live *live)
{
  gboolean with_us = !live->terminal && !live->attached;

  cli_terminal_restore ();
  if (with_us)
    gw_process_send_signal (live->process, SIGSTOP);
  raise (SIGSTOP);
  /* Here it goes on. */
  if (with_us)
    gw_process_send_signal (live->process, SIGCONT);
  if (live->raw)
    cli_terminal_make_raw ();
  send_window_size (live);
}

static void
on_signal (int number, gpointer user_data)
{
  Live *live = user_data;

  if (number == SIGWINCH)
    send_window_size (live);
  else if (number == SIGTSTP)
    stop (live);
  /* Whoever stopped it by force may have left the terminal otherwise. */
  else if (number == SIGCONT && live->raw)
    cli_terminal_make_raw ();
  else if (number == SIGCONT)
    ;
  else if (live->passed_on != 0 || live->attached || live->error != NULL)
    leave (live, 128 + number);
  else
    {
      live->passed_on = number;
      gw_process_send_signal (live->process, number);
    }
}

/* --- Keys --------------------------------------------------------------- */

/* The line that the cursor is in is the program's. */
static void
begin_line (Live *live)
{
  if (live->raw)
    cli_write (STDERR_FILENO, "\r\n", 2);
}

static void
on_wish (CliKeysWish wish, gpointer user_data)
{
  Live *live = user_data;
  g_autofree char *help = NULL;

  switch (wish)
    {
    case CLI_KEYS_LEAVE:
      live->left = TRUE;
      leave (live, live->cli->verb->failed);
      break;
    case CLI_KEYS_STOP:
      stop (live);
      break;
    case CLI_KEYS_HELP:
      help = cli_keys_help (&live->keys);
      cli_write (STDERR_FILENO, help, strlen (help));
      break;
    case CLI_KEYS_ALL:
    default:
      break;
    }
}

static void
begin_streams (Live *live, gboolean input)
{
  GInputStream *errors = gw_process_get_stderr_pipe (live->process);

  live->raw = live->terminal && input && cli_terminal_make_raw ();
  live->outputs[0]
      = cli_pump_new_out (gw_process_get_stdout_pipe (live->process), STDOUT_FILENO, on_output_done, live);
  live->going = 1;
  if (errors != NULL)
    {
      live->outputs[1] = cli_pump_new_out (errors, STDERR_FILENO, on_output_done, live);
      live->going++;
    }
  if (input)
    live->input = cli_pump_new_in (STDIN_FILENO, gw_process_get_stdin_pipe (live->process),
                                   live->raw ? &live->keys : NULL, on_wish, on_input_done, live);
}

/* --- Time --------------------------------------------------------------- */

static gboolean
on_time_up (gpointer user_data)
{
  Live *live = user_data;

  live->timer = 0;
  if (live->too_late || live->attached)
    {
      leave (live, live->cli->verb->failed);
      return G_SOURCE_REMOVE;
    }
  live->too_late = TRUE;
  gw_process_send_signal (live->process, SIGTERM);
  live->timer = g_timeout_add (TERM_MS, on_time_up, live);
  return G_SOURCE_REMOVE;
}

/* --- The run ------------------------------------------------------------ */

static void
on_ended (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Live *live = user_data;

  live->ended = gw_process_wait_finish (live->process, result, &live->error);
  look_for_end (live);
}

static gboolean
start (Live *live, GError **error)
{
  CliStep step = { .cli = live->cli };
  g_autoptr (GAsyncResult) result = NULL;

  gw_process_start_async (live->process, cli_time_left_ms (live->cli, GW_TIMEOUT_DEFAULT), live->cli->cancellable,
                          cli_step_done, &step);
  result = cli_step_wait (&step);
  return gw_process_start_finish (live->process, result, error);
}

static void
run (Live *live, gboolean input)
{
  int left_ms = cli_time_left_ms (live->cli, GW_TIMEOUT_NONE);
  GCancellable *waiting = g_cancellable_new ();

  /* What cancels would leave the program; from here on it gets the signals. */
  cli_release_signals (live->cli);
  cli_signals_catch (on_signal, live);
  /* It may have changed while nobody listened. */
  send_window_size (live);
  if (left_ms >= 0)
    live->timer = g_timeout_add (left_ms, on_time_up, live);
  begin_streams (live, input);
  gw_process_wait_async (live->process, GW_TIMEOUT_NONE, waiting, on_ended, live);
  g_main_loop_run (live->cli->loop);
  end_streams (live);
  g_clear_handle_id (&live->timer, g_source_remove);
  cli_signals_release ();
  /* Its callback may come yet, and needs what it was given. */
  while (!live->ended && live->error == NULL)
    {
      g_cancellable_cancel (waiting);
      g_main_context_iteration (NULL, TRUE);
    }
  g_object_unref (waiting);
}

static int
tell (Live *live)
{
  Cli *cli = live->cli;

  if (live->leaving || live->error != NULL || live->too_late)
    begin_line (live);
  if (live->leaving)
    {
      gw_client_close (cli->client);
      if (live->left)
        cli_complain ("left; what ran there is being ended");
      if (live->too_late)
        cli_complain ("the program has not ended in time, nor on SIGTERM; it is being killed; --timeout gave it %g s in all",
                      cli->timeout_s);
      return live->status;
    }
  if (g_error_matches (live->error, GW_ERROR, GW_ERROR_PEER_RESTARTED))
    {
      cli_complain ("the agent was restarted, and what ran here has ended with it");
      return cli->verb->failed;
    }
  if (live->error != NULL)
    return cli_fail (cli, live->error);
  if (live->too_late)
    {
      cli_complain ("the program has not ended in time, and was ended; --timeout gave it %g s in all", cli->timeout_s);
      return cli->verb->failed;
    }
  return live->status != 0 ? live->status : cli_exit_status (live->process);
}

static void
set_terminal (GwProcess *process)
{
  const char *kind = getenv ("TERM");
  guint rows, columns;

  gw_process_set_terminal (process, kind != NULL && kind[0] != '\0' ? kind : "dumb");
  if (cli_terminal_get_size (&rows, &columns))
    gw_process_set_window_size (process, rows, columns);
}

int
cli_live_run (Cli *cli, GwProcess *process, const CliLive *how)
{
  Live live = { .cli = cli, .process = process, .terminal = how->terminal, .keys = how->keys };
  g_autoptr (GError) error = NULL;
  int status;

  gw_process_set_live_input (process, how->input);
  if (how->terminal)
    set_terminal (process);
  if (!start (&live, &error))
    {
      status = cli_fail (cli, error);
      return gw_process_get_exit_status (process) > 0 ? cli_exit_status (process) : status;
    }
  run (&live, how->input);
  status = tell (&live);
  g_clear_error (&live.error);
  return status;
}

/* --- Jobs --------------------------------------------------------------- */

/* What was not kept, and was not told of yet. */
typedef struct
{
  guint64 bytes[2];
  guint timer;
} Lost;

/* Of what prints without an end, more is lost than anybody wants to read of. */
#define LOST_TOLD_MS 1000

static void
tell_lost (Lost *lost)
{
  for (int i = 0; i < 2; i++)
    if (lost->bytes[i] > 0)
      cli_complain ("%" G_GUINT64_FORMAT " bytes of %s are not kept any more", lost->bytes[i],
                    i == 0 ? "output" : "standard error");
  lost->bytes[0] = lost->bytes[1] = 0;
}

static gboolean
on_lost_timer (gpointer user_data)
{
  Lost *lost = user_data;

  lost->timer = 0;
  tell_lost (lost);
  return G_SOURCE_REMOVE;
}

/* The first gap is told in its place. */
static void
on_lost (GwProcess *process, gboolean errors, guint64 bytes, gpointer user_data)
{
  Lost *lost = user_data;

  lost->bytes[errors ? 1 : 0] += bytes;
  if (lost->timer != 0)
    return;
  tell_lost (lost);
  lost->timer = g_timeout_add (LOST_TOLD_MS, on_lost_timer, lost);
}

static gboolean
is_agent_lost (const GError *error)
{
  return g_error_matches (error, GW_ERROR, GW_ERROR_PEER_LOST)
         || g_error_matches (error, GW_ERROR, GW_ERROR_PEER_RESTARTED);
}

static int
tell_attached (Live *live, const char *leave_hint, GError **lost)
{
  if (live->leaving)
    {
      gw_process_detach (live->process);
      if (live->status != 128 + SIGPIPE)
        cli_complain ("%s", leave_hint);
      return live->status;
    }
  if (is_agent_lost (live->error))
    {
      g_propagate_error (lost, g_steal_pointer (&live->error));
      return -1;
    }
  return tell (live);
}

int
cli_live_attach (Cli *cli, GwProcess *process, const char *leave_hint, GError **lost)
{
  Live live = { .cli = cli, .process = process, .attached = TRUE };
  Lost untold = { 0 };
  gulong handler = g_signal_connect (process, "lost", G_CALLBACK (on_lost), &untold);
  GError *error = NULL;
  guint asking;
  int status;

  if (!start (&live, &error))
    {
      status = is_agent_lost (error) ? -1 : cli_job_fail (cli, error);
      g_propagate_error (lost, error);
      return status;
    }
  asking = cli_job_keep_asking (cli);
  run (&live, FALSE);
  g_source_remove (asking);
  g_signal_handler_disconnect (process, handler);
  g_clear_handle_id (&untold.timer, g_source_remove);
  tell_lost (&untold);
  status = tell_attached (&live, leave_hint, lost);
  g_clear_error (&live.error);
  return status;
}
