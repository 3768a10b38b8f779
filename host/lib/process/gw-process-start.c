/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program with live pipes, for those who start it: its start, its pipes,
 * signals, and its end. What happens on the way is in gw-process-live.c. */

#include "gw-blocking.h"
#include "gw-job-private.h"
#include "gw-pending.h"
#include "gw-process-arguments.h"
#include "gw-process-live.h"
#include "gw-wait.h"

/* What no text can bring about. */
gboolean
gw_process_needs_frames (GwProcess *self)
{
  return self->live_input || self->terminal != NULL || self->asked.login;
}

GError *
gw_process_unsupported (GwProcess *self)
{
  const char *why = gw_wire_get_why_text (self->client->wire);

  if (self->job != NULL)
    return gw_job_unsupported (self->client);
  if (!self->client->wants_frames)
    return g_error_new_literal (GW_ERROR, GW_ERROR_UNSUPPORTED,
                                "live pipes, terminals and shells take a client that was opened with wants-frames; "
                                "nothing was run");
  return g_error_new (GW_ERROR, GW_ERROR_UNSUPPORTED,
                      "live pipes, terminals and shells take an agent that speaks frames, and this one speaks text only "
                      "(%s); nothing was run",
                      why != NULL ? why : "it is reached through libvirt");
}

/* --- Start -------------------------------------------------------------- */

/* Takes @starting. */
static void
start (GTask *starting, int timeout_ms)
{
  g_autoptr (GTask) task = starting;
  GwProcess *process = g_task_get_source_object (task);
  GError *error = NULL;

  if (!gw_process_words_check (&process->asked, &error))
    g_task_return_error (task, error);
  else if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    g_task_return_error (task, error);
  else if (gw_client_get_framed (process->client))
    gw_process_live_start (task, timeout_ms);
  else
    g_task_return_error (task, gw_process_unsupported (process));
}

/**
 * gw_process_start_async:
 * @process: a #GwProcess that was not run before
 * @timeout_ms: how long the start may take, in milliseconds;
 *   %GW_TIMEOUT_DEFAULT for 30 seconds, %GW_TIMEOUT_NONE for no limit
 * @cancellable: (nullable): a #GCancellable; it ends a program that is being
 *   started
 * @callback: (scope async): called when the program runs
 * @user_data: for @callback
 *
 * Starts the program with live pipes: see gw_process_get_stdout_pipe(),
 * gw_process_get_stderr_pipe() and gw_process_get_stdin_pipe(). The client must
 * be open and speak frames: see #GwClient:wants-frames.
 *
 * The program goes on until it ends, or the client is closed or loses the
 * agent: its process group is then ended.
 *
 * Since: 0.1
 */
void
gw_process_start_async (GwProcess *process, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (!process->started);

  process->started = TRUE;
  start (gw_pending_task_new (process, gw_process_start_async, cancellable, callback, user_data), timeout_ms);
}

/**
 * gw_process_start_finish:
 * @process: a #GwProcess
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the program runs; else %FALSE with an error as from
 *   gw_process_run_finish()
 *
 * Since: 0.1
 */
gboolean
gw_process_start_finish (GwProcess *process, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, process), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return gw_wait_finish (result, error);
}

/**
 * gw_process_start:
 * @process: a #GwProcess that was not run before
 * @timeout_ms: as for gw_process_start_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Starts the program with live pipes, and blocks until it runs.
 *
 * Returns: %TRUE if it runs; else %FALSE with an error as from
 *   gw_process_start_finish()
 *
 * Since: 0.1
 */
gboolean
gw_process_start (GwProcess *process, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean started;

  g_return_val_if_fail (GW_IS_PROCESS (process), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (!process->started, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, process->client);
  gw_process_start_async (process, timeout_ms, cancellable, gw_blocking_done, &blocking);
  started = gw_process_start_finish (process, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return started;
}

/* --- Pipes -------------------------------------------------------------- */

/**
 * gw_process_get_stdin_pipe:
 * @process: a #GwProcess that was started
 *
 * What is written goes to the program as it takes it; closing the stream is the
 * end of its input. Blocking functions of the stream run the client meanwhile,
 * as its own do, and the stream belongs to the same thread.
 *
 * Returns: (transfer none) (nullable): its standard input; %NULL unless
 *   gw_process_set_live_input() was used and it has been started
 *
 * Since: 0.1
 */
GOutputStream *
gw_process_get_stdin_pipe (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  return process->live != NULL ? gw_process_pipes_get_input (gw_process_live_get_pipes (process->live), process->client)
                               : NULL;
}

/**
 * gw_process_get_stdout_pipe:
 * @process: a #GwProcess that was started
 *
 * The program waits while nobody reads. Closing the stream before its end
 * breaks the program's pipe, and also ends its standard input.
 *
 * Returns: (transfer none) (nullable): its standard output, and with a terminal
 *   all that it writes; %NULL if it has not been started
 *
 * Since: 0.1
 */
GInputStream *
gw_process_get_stdout_pipe (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  return process->live != NULL ? gw_process_pipes_get_output (gw_process_live_get_pipes (process->live), process->client)
                               : NULL;
}

/**
 * gw_process_get_stderr_pipe:
 * @process: a #GwProcess that was started
 *
 * Returns: (transfer none) (nullable): its standard error; %NULL if it has not
 *   been started, or has a terminal
 *
 * Since: 0.1
 */
GInputStream *
gw_process_get_stderr_pipe (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  return process->live != NULL ? gw_process_pipes_get_errors (gw_process_live_get_pipes (process->live), process->client)
                               : NULL;
}

/* --- While it runs ------------------------------------------------------ */

/* Takes @arguments. What becomes of it shows by the program. */
static void
control (GwProcess *process, const char *command, JsonNode *arguments)
{
  g_autoptr (JsonNode) told = arguments;

  gw_client_call_async (process->client, command, told, GW_TIMEOUT_DEFAULT, NULL, NULL, NULL);
}

static guint64
running_call (GwProcess *process)
{
  return process->live != NULL ? gw_process_live_get_call (process->live) : 0;
}

/**
 * gw_process_send_signal:
 * @process: a #GwProcess
 * @signal: the number of a signal, of Linux
 *
 * Sends a signal to the program's process group; with a terminal, to the group
 * in its foreground. Does nothing if the program does not run with live pipes.
 *
 * Since: 0.1
 */
void
gw_process_send_signal (GwProcess *process, int signal)
{
  guint64 call;

  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (signal > 0);

  call = running_call (process);
  if (call != 0 && process->job != NULL)
    control (process, "guestwire-job-signal", gw_job_arguments (process->job, signal));
  else if (call != 0)
    control (process, "guestwire-exec-control", gw_process_arguments_signal (call, signal));
}

/**
 * gw_process_set_window_size:
 * @process: a #GwProcess
 * @rows: from 1 to 65535
 * @columns: from 1 to 65535
 *
 * Sets the size of the program's terminal, before it is started or while it
 * runs. Does nothing to a program without one.
 *
 * Since: 0.1
 */
void
gw_process_set_window_size (GwProcess *process, guint rows, guint columns)
{
  guint64 call;

  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (rows > 0 && rows <= G_MAXUINT16);
  g_return_if_fail (columns > 0 && columns <= G_MAXUINT16);

  process->rows = rows;
  process->columns = columns;
  call = running_call (process);
  if (call != 0 && process->terminal != NULL)
    control (process, "guestwire-exec-control", gw_process_arguments_window (call, rows, columns));
}

/* --- Its end ------------------------------------------------------------ */

/**
 * gw_process_wait_async:
 * @process: a #GwProcess that was started
 * @timeout_ms: how long to wait, in milliseconds; %GW_TIMEOUT_DEFAULT and
 *   %GW_TIMEOUT_NONE for as long as it takes
 * @cancellable: (nullable): a #GCancellable; it ends the waiting, and not the
 *   program
 * @callback: (scope async): called when the program has ended
 * @user_data: for @callback
 *
 * Waits until the program has ended and has said all on its pipes. It does not
 * end while nobody reads what it writes.
 *
 * Since: 0.1
 */
void
gw_process_wait_async (GwProcess *process, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (process->live != NULL);

  task = gw_pending_task_new (process, gw_process_wait_async, cancellable, callback, user_data);
  gw_process_live_wait (task, timeout_ms);
}

/**
 * gw_process_wait_finish:
 * @process: a #GwProcess
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the program has ended, well or not: see
 *   gw_process_get_exit_status(); else %FALSE with one of these set:
 *   %GW_ERROR_PEER_LOST and %GW_ERROR_PEER_RESTARTED (the agent was lost, and the
 *   program with it), %GW_ERROR_TIMED_OUT, %GW_ERROR_PROTOCOL,
 *   %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
gboolean
gw_process_wait_finish (GwProcess *process, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, process), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return gw_wait_finish (result, error);
}

/**
 * gw_process_wait:
 * @process: a #GwProcess that was started
 * @timeout_ms: as for gw_process_wait_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Blocks until the program has ended. Read its pipes to their end before: it
 * may wait for that.
 *
 * Returns: %TRUE if it has ended; else %FALSE with an error as from
 *   gw_process_wait_finish()
 *
 * Since: 0.1
 */
gboolean
gw_process_wait (GwProcess *process, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean ended;

  g_return_val_if_fail (GW_IS_PROCESS (process), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (process->live != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, process->client);
  gw_process_wait_async (process, timeout_ms, cancellable, gw_blocking_done, &blocking);
  ended = gw_process_wait_finish (process, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return ended;
}
