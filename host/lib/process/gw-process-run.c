/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program's way through guest-exec and guest-exec-status: started once, then
 * looked at with growing pauses until it has ended. The look outlives a lost
 * answer and a lost channel; the start does not, as it cannot be made twice. */

#include "gw-ask.h"
#include "gw-blocking.h"
#include "gw-limits.h"
#include "gw-pause.h"
#include "gw-pending.h"
#include "gw-process-arguments.h"
#include "gw-process-live.h"
#include "gw-reply.h"
#include "gw-wait.h"

/* Between two looks at the program: short at first, as most are. */
#define LOOK_FIRST_MS 5
#define LOOK_LAST_MS 500

typedef enum
{
  START,
  PAUSE,
  LOOK,
} Step;

typedef struct
{
  Step step;
  GwTimeLimit limit;
  guint pause_ms;
  char *mark;
} Run;

static void do_step (GTask *task);

static void
run_free (gpointer data)
{
  Run *run = data;

  g_free (run->mark);
  g_free (run);
}

/* --- Its end ------------------------------------------------------------ */

/* Takes @task and @error. */
static void
fail (GTask *task, GError *error)
{
  GwProcess *process = g_task_get_source_object (task);
  g_autoptr (GTask) ending = task;

  /* What the agent says of it, or says in a way that nobody understands, tells
   * nothing of the program. */
  if (process->pid != 0 && !process->ended && !g_error_matches (error, GW_ERROR, GW_ERROR_GUEST)
      && !g_error_matches (error, GW_ERROR, GW_ERROR_PROTOCOL))
    {
      g_autofree char *message = g_steal_pointer (&error->message);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_free (message);
          message = g_strdup ("cancelled");
        }
      error->message = g_strdup_printf ("%s; the program goes on in the guest as process %" G_GINT64_FORMAT, message,
                                        process->pid);
    }
  g_task_return_error (ending, error);
}

/* Takes @task. */
static void
fail_too_late (GTask *task)
{
  fail (task, g_error_new_literal (GW_ERROR, GW_ERROR_TIMED_OUT, "the program has not ended in time"));
}

/* Takes @task. */
static void
end (GTask *task, JsonNode *untrusted_status)
{
  GwProcess *process = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);
  g_autoptr (GTask) ending = task;
  g_auto (GwProcessOutcome) outcome = { 0 };
  g_autofree char *why = NULL;
  GError *error = NULL;

  if (!gw_process_outcome_read (&outcome, untrusted_status, &error))
    {
      g_task_return_error (ending, error);
      return;
    }
  if (gw_process_outcome_is_not_started (&outcome, run->mark, &why))
    {
      g_task_return_new_error (ending, GW_ERROR, GW_ERROR_GUEST, "the program was not started: %s", why);
      return;
    }
  gw_process_take_outcome (process, &outcome);
  g_task_return_pointer (ending, NULL, NULL);
}

/* --- Steps -------------------------------------------------------------- */

static void
next (GTask *task, Step step)
{
  Run *run = g_task_get_task_data (task);

  run->step = step;
  do_step (task);
}

static void
on_started (GObject *object, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GwProcess *process = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (JsonNode) value = gw_client_call_finish (process->client, result, &error);
  gint64 pid;

  if (value == NULL)
    {
      process->outcome.exit_status = gw_process_outcome_status_of_failure (error);
      fail (task, error);
      return;
    }
  if (!gw_reply_get_int (value, "guest-exec", "pid", &pid, &error))
    {
      fail (task, error);
      return;
    }
  gw_process_take_pid (process, pid);
  next (task, PAUSE);
}

static void
on_paused (GObject *object, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;

  if (gw_pause_finish (result, &error))
    next (task, LOOK);
  else
    fail (task, error);
}

static void
on_looked (GObject *object, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GwProcess *process = g_task_get_source_object (task);
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (JsonNode) status = gw_ask_finish (process->client, result, &error);
  gboolean ended = FALSE;

  if (status == NULL && gw_ask_is_unanswered (error) && gw_time_limit_is_over (&run->limit))
    {
      g_error_free (error);
      fail_too_late (task);
    }
  else if (status == NULL || !gw_process_outcome_has_ended (status, &ended, &error))
    fail (task, error);
  else if (ended)
    end (task, status);
  else if (gw_time_limit_is_over (&run->limit))
    fail_too_late (task);
  else
    {
      run->pause_ms = MIN (run->pause_ms * 3 / 2 + 1, LOOK_LAST_MS);
      next (task, PAUSE);
    }
}

static void
do_step (GTask *task)
{
  GwProcess *process = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  Run *run = g_task_get_task_data (task);
  g_autoptr (JsonNode) arguments = NULL;

  switch (run->step)
    {
    case START:
      arguments = gw_process_arguments_start (process, run->mark);
      gw_client_call_async (process->client, "guest-exec", arguments, gw_time_limit_for_call (&run->limit), cancellable,
                            on_started, task);
      break;
    case PAUSE:
      /* Not beyond the time that there is. */
      gw_pause_async (process, gw_time_limit_left_ms (&run->limit, run->pause_ms), cancellable, on_paused, task);
      break;
    case LOOK:
    default:
      arguments = gw_process_arguments_look (process);
      gw_ask_async (process->client, "guest-exec-status", arguments, &run->limit, cancellable, on_looked, task);
      break;
    }
}

/* --- For the program ---------------------------------------------------- */

/* Takes @task. */
static void
start_in_text (GTask *task, int timeout_ms)
{
  GwProcess *process = g_task_get_source_object (task);
  Run *run = g_new0 (Run, 1);

  run->step = START;
  run->pause_ms = LOOK_FIRST_MS;
  /* 64 bits that the program in the guest cannot know. */
  run->mark = g_strdup_printf ("guestwire-not-started-%08x%08x", g_random_int (), g_random_int ());
  gw_time_limit_start (&run->limit, timeout_ms);
  g_task_set_task_data (task, run, run_free);
  if (gw_process_needs_frames (process))
    fail (task, gw_process_unsupported (process));
  else if (process->input != NULL && g_bytes_get_size (process->input) > GW_EXEC_INPUT_MAX)
    fail (task, g_error_new (GW_ERROR, GW_ERROR_TOO_LARGE,
                             "the input is longer than the %u MiB that guest-exec takes; nothing was run",
                             GW_EXEC_INPUT_MAX / GW_MIB));
  else
    do_step (task);
}

/* Takes @task. */
static void
start (GTask *task, int timeout_ms)
{
  g_autoptr (GTask) starting = task;
  GwProcess *process = g_task_get_source_object (task);
  GError *error = NULL;

  if (process->job != NULL)
    g_task_return_new_error (task, GW_ERROR, GW_ERROR_UNSUPPORTED,
                             "a job is attached to with gw_process_start_async(), and is not run");
  else if (!gw_process_words_check (&process->asked, &error))
    g_task_return_error (task, error);
  else if (gw_client_get_framed (process->client))
    gw_process_live_run (task, timeout_ms);
  else
    start_in_text (g_steal_pointer (&starting), timeout_ms);
}

/**
 * gw_process_run_async:
 * @process: a #GwProcess that was not run before
 * @timeout_ms: how long it may take in all, in milliseconds;
 *   %GW_TIMEOUT_DEFAULT for a program that takes as long as it likes while
 *   each answer of the agent comes within 30 seconds, %GW_TIMEOUT_NONE for no
 *   limit to either
 * @cancellable: (nullable): a #GCancellable. It ends the waiting and, in
 *   frames, the program; in text a program that has begun goes on in the guest
 * @callback: (scope async): called when the program has ended
 * @user_data: for @callback
 *
 * Runs the program and waits for its end. Its output is kept until then, at
 * most 16 MiB of each kind: to have it as it comes, see
 * gw_process_start_async(). The client must be open. If the channel is lost
 * while the program runs, it is opened again.
 *
 * Since: 0.1
 */
void
gw_process_run_async (GwProcess *process, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task;

  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (!process->started);

  process->started = TRUE;
  task = gw_pending_task_new (process, gw_process_run_async, cancellable, callback, user_data);
  start (task, timeout_ms);
}

/**
 * gw_process_run_finish:
 * @process: a #GwProcess
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the program has ended, well or not: see
 *   gw_process_get_exit_status(); else %FALSE with an error as from
 *   gw_client_call_finish(). %GW_ERROR_GUEST says that the agent could not
 *   start it, or that its user or directory is not there; also that an agent
 *   that was restarted knows it no more. %GW_ERROR_TIMED_OUT: it has not
 *   ended in time. %GW_ERROR_UNSUPPORTED: a terminal or live input was asked for,
 *   and the agent speaks text only. %GW_ERROR_INVALID_JSON and %GW_ERROR_FAILED: what was set
 *   cannot be sent or makes no sense, and %GW_ERROR_TOO_LARGE: there is too
 *   much input; nothing was run
 *
 * Since: 0.1
 */
gboolean
gw_process_run_finish (GwProcess *process, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, process), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return gw_wait_finish (result, error);
}

/**
 * gw_process_run:
 * @process: a #GwProcess that was not run before
 * @timeout_ms: as for gw_process_run_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Runs the program, and blocks until it has ended.
 *
 * Returns: %TRUE if it has ended; else %FALSE with an error as from
 *   gw_process_run_finish()
 *
 * Since: 0.1
 */
gboolean
gw_process_run (GwProcess *process, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean ended;

  g_return_val_if_fail (GW_IS_PROCESS (process), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (!process->started, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, process->client);
  gw_process_run_async (process, timeout_ms, cancellable, gw_blocking_done, &blocking);
  ended = gw_process_run_finish (process, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return ended;
}
