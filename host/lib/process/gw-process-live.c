/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program's way through guestwire-exec: one call, which ends with the
 * program, and the pipes that the agent opens for it. It is over when the call
 * has ended and both pipes have; what was said last on a pipe may come behind
 * the reply.
 *
 * Much of this runs inside of the wire's events. So nothing here calls the
 * program: tasks and notifications come a little later. */

#include "gw-process-live.h"

#include "gw-job-private.h"
#include "gw-later.h"
#include "gw-process-arguments.h"
#include "gw-process-pipes.h"
#include "gw-reply.h"
#include "gw-wait.h"

struct _GwProcessLive
{
  GwProcess *process; /* which owns this */
  guint64 call;     /* 0: has ended */
  gboolean done;
  GError *failure;  /* done: and not well */
  gboolean tell_pid;
  gboolean tell_ended;
  GwProcessPipes pipes;

  GwWait *starting; /* until there are pipes */
  GPtrArray *waits; /* of GwWait*: until it is done */
};

/* --- What is told ------------------------------------------------------- */

static gboolean
on_idle (gpointer data)
{
  return G_SOURCE_REMOVE;
}

/* Also where the source went with its main context, that of a blocking
 * function. */
static void
tell (gpointer data)
{
  g_autoptr (GwProcess) process = data;
  gboolean pid = process->live->tell_pid;
  gboolean ended = process->live->tell_ended;

  process->live->tell_pid = process->live->tell_ended = FALSE;
  if (pid)
    g_object_notify (G_OBJECT (process), "pid");
  if (ended)
    g_object_notify (G_OBJECT (process), "ended");
}

/* Takes a reference of @process, if it is given one. */
static void
tell_later (GwProcess *process)
{
  gw_later_call (gw_client_get_context (process->client), on_idle, process, tell);
}

static void
take_pid (GwProcessLive *live, gint64 pid)
{
  if (live->process->pid != 0)
    return;
  live->process->pid = pid;
  live->tell_pid = TRUE;
  tell_later (g_object_ref (live->process));
}

/* --- Its end ------------------------------------------------------------ */

static GError *
copy_failure (GwProcessLive *live)
{
  return live->failure != NULL ? g_error_copy (live->failure) : NULL;
}

static void
end (GwProcessLive *live)
{
  GwProcess *process = live->process;

  live->done = TRUE;
  if (live->failure == NULL)
    {
      process->ended = TRUE;
      live->tell_ended = TRUE;
    }
  if (live->failure == NULL && live->pipes.collects)
    {
      process->outcome.output = gw_process_pipes_take_collected (&live->pipes, 0);
      process->outcome.errors = gw_process_pipes_take_collected (&live->pipes, 1);
      process->outcome.truncated = live->pipes.truncated;
    }
  /* Before the tasks, so that it comes to the same context first. */
  tell_later (g_object_ref (process));
  if (live->starting != NULL)
    gw_wait_end (g_steal_pointer (&live->starting), copy_failure (live));
  for (guint i = 0; i < live->waits->len; i++)
    gw_wait_end (g_ptr_array_index (live->waits, i), copy_failure (live));
  g_ptr_array_set_size (live->waits, 0);
}

/* Takes @error. */
static void
fail (GwProcessLive *live, GError *error)
{
  if (live->done)
    {
      g_error_free (error);
      return;
    }
  live->failure = error;
  end (live);
  gw_process_pipes_reset (&live->pipes, "the host gave the program up");
}

/* --- Pipes -------------------------------------------------------------- */

static void
on_pipes_changed (gpointer user_data)
{
  GwProcessLive *live = user_data;

  if (!live->done && live->call == 0 && gw_process_pipes_have_said_all (&live->pipes))
    end (live);
}

static gboolean
on_pipe (GwPipe *pipe, JsonNode *untrusted_purpose, gpointer user_data)
{
  GwProcessLive *live = user_data;
  gint64 pid;

  if (live->done || !gw_process_pipes_take (&live->pipes, pipe, untrusted_purpose))
    return FALSE;
  if (gw_reply_find_int (untrusted_purpose, "pid", &pid) && pid > 0)
    take_pid (live, pid);
  if (live->starting != NULL && gw_process_pipes_are_there (&live->pipes))
    gw_wait_end (g_steal_pointer (&live->starting), NULL);
  return TRUE;
}

/* --- The call ----------------------------------------------------------- */

/* Takes @error, and returns it with what it means for the program. */
static GError *
explain (GwProcessLive *live, GError *error)
{
  if (g_error_matches (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND))
    error->code = GW_ERROR_UNSUPPORTED;
  else if (live->process->job != NULL)
    return error;
  else if (live->pipes.stdio == NULL && g_error_matches (error, GW_ERROR, GW_ERROR_GUEST))
    g_prefix_error (&error, "the program was not started: ");
  else if (live->process->pid != 0)
    g_prefix_error (&error, "process %" G_GINT64_FORMAT " in the guest: ", live->process->pid);
  return error;
}

static const char *
get_command (GwProcess *process)
{
  return process->job != NULL ? "guestwire-job-attach" : "guestwire-exec";
}

static gboolean
read_end (GwProcessLive *live, JsonNode *untrusted_value, GError **error)
{
  const char *command = get_command (live->process);
  gint64 pid;

  if (live->process->job != NULL && !gw_job_check_end (live->process->job, untrusted_value, error))
    return FALSE;
  if (!gw_process_outcome_read_end (&live->process->outcome, untrusted_value, command, error))
    return FALSE;
  if (!gw_process_pipes_are_there (&live->pipes))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "%s: the agent has not opened its pipes", command);
      return FALSE;
    }
  if (gw_reply_find_int (untrusted_value, "pid", &pid) && pid > 0)
    take_pid (live, pid);
  return TRUE;
}

static void
on_call_ended (JsonNode *value, GError *failure, gpointer user_data)
{
  GwProcessLive *live = user_data;
  g_autoptr (JsonNode) untrusted_value = value;
  g_autoptr (GError) error = failure;

  live->call = 0;
  if (error != NULL)
    {
      live->process->outcome.exit_status = gw_process_outcome_status_of_failure (error);
      fail (live, explain (live, g_steal_pointer (&error)));
    }
  else if (!read_end (live, untrusted_value, &error))
    fail (live, g_steal_pointer (&error));
  else
    on_pipes_changed (live);
  /* Held while the call was on the way. */
  tell_later (live->process);
}

static void
on_lost (GwPipeInput *input, guint64 lost, gpointer user_data)
{
  GwProcessLive *live = user_data;

  gw_process_emit_lost (live->process, (gpointer) input == (gpointer) live->pipes.errors_stream, lost);
}

static void
begin (GwProcess *process, gboolean collects)
{
  static const GwLiveCallEvents events = { .pipe = on_pipe, .ended = on_call_ended };
  g_autoptr (JsonNode) arguments
      = process->job != NULL ? gw_process_arguments_attach (process) : gw_process_arguments_live (process);
  GwProcessLive *live = g_new0 (GwProcessLive, 1);
  GError *error = NULL;
  guint64 call;

  live->process = g_object_ref (process);
  live->waits = g_ptr_array_new ();
  live->pipes.terminal = process->terminal != NULL;
  live->pipes.live_input = process->live_input;
  live->pipes.collects = collects;
  live->pipes.input = process->input != NULL ? g_bytes_ref (process->input) : NULL;
  live->pipes.in_parts = process->job != NULL ? process->client : NULL;
  live->pipes.lost = on_lost;
  live->pipes.changed = on_pipes_changed;
  live->pipes.user_data = live;
  process->live = live;
  call = gw_client_begin_live_call (process->client, get_command (process), arguments, &events, live, &error);
  if (call == 0)
    on_call_ended (NULL, error, live);
  else if (!live->done) /* else the channel was lost at once */
    live->call = call;
}

/* --- Tasks -------------------------------------------------------------- */

/* Takes @error, and returns it with what becomes of the program. */
static GError *
say_that_it_ends (GwProcessLive *live, GError *error)
{
  if (live->process->pid != 0 && live->process->job == NULL)
    {
      g_autofree char *message = error->message;

      error->message = g_strdup_printf ("%s; process %" G_GINT64_FORMAT " is being ended in the guest", message,
                                        live->process->pid);
    }
  return error;
}

/* Takes @why: the program is not wanted any more. */
static void
abandon (GwProcessLive *live, GError *why)
{
  guint64 call = live->call;

  fail (live, why);
  if (call != 0)
    gw_client_cancel_call (live->process->client, call);
}

/* @late: what it means that the time is up */
static void
give_up (GwProcessLive *live, GError *why, const char *late)
{
  if (g_error_matches (why, GW_ERROR, GW_ERROR_TIMED_OUT))
    {
      g_free (why->message);
      why->message = g_strdup (late);
    }
  abandon (live, say_that_it_ends (live, why));
}

static void
on_start_over (GwWait *wait, GError *why, gpointer user_data)
{
  give_up (user_data, why, "the program was not started in time");
}

static void
on_run_over (GwWait *wait, GError *why, gpointer user_data)
{
  give_up (user_data, why, "the program has not ended in time");
}

static void
on_wait_over (GwWait *wait, GError *why, gpointer user_data)
{
  GwProcessLive *live = user_data;

  g_ptr_array_remove_fast (live->waits, wait);
  gw_wait_end (wait, why);
}

/* Ends @task if there is nothing to wait for. */
static gboolean
is_under_way (GTask *task)
{
  GwProcessLive *live = GW_PROCESS (g_task_get_source_object (task))->live;

  if (!live->done)
    return TRUE;
  if (live->failure != NULL)
    g_task_return_error (task, copy_failure (live));
  else
    g_task_return_pointer (task, NULL, NULL);
  return FALSE;
}

/* @task: one of gw_pending_task_new() */
void
gw_process_live_start (GTask *task, int timeout_ms)
{
  GwProcess *process = g_task_get_source_object (task);

  begin (process, FALSE);
  if (is_under_way (task))
    process->live->starting
        = gw_wait_new (task, timeout_ms == GW_TIMEOUT_DEFAULT ? 30000 : timeout_ms, on_start_over, process->live);
}

/* The same. */
void
gw_process_live_run (GTask *task, int timeout_ms)
{
  GwProcess *process = g_task_get_source_object (task);

  begin (process, TRUE);
  if (is_under_way (task))
    g_ptr_array_add (process->live->waits, gw_wait_new (task, timeout_ms, on_run_over, process->live));
}

/* The same, of one that was started. */
void
gw_process_live_wait (GTask *task, int timeout_ms)
{
  GwProcessLive *live = GW_PROCESS (g_task_get_source_object (task))->live;

  if (is_under_way (task))
    g_ptr_array_add (live->waits, gw_wait_new (task, timeout_ms, on_wait_over, live));
}

/* The job goes on. */
void
gw_process_live_detach (GwProcessLive *live)
{
  if (!live->done)
    abandon (live, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "detached"));
}

/* --- For the process ---------------------------------------------------- */

void
gw_process_live_free (GwProcessLive *live)
{
  gw_process_pipes_clear (&live->pipes);
  g_ptr_array_unref (live->waits);
  g_clear_error (&live->failure);
  g_free (live);
}

/* The number of the call that runs it; 0 if it does not run. */
guint64
gw_process_live_get_call (GwProcessLive *live)
{
  return live->call;
}

GwProcessPipes *
gw_process_live_get_pipes (GwProcessLive *live)
{
  return &live->pipes;
}
