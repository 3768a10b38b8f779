/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of an agent about jobs: each of these is one call. */

#include "gw-job-private.h"

#include "gw-process-arguments.h"
#include "gw-process-private.h"

/* --- One call --------------------------------------------------------------- */

/* Makes of what the agent returned what the task returns. */
typedef gpointer (*TakeFunc) (gpointer subject, JsonNode *untrusted_value, GError **error);

GError *
gw_job_unsupported (GwClient *client)
{
  const char *why = gw_wire_get_why_text (client->wire);

  if (!client->wants_frames)
    return g_error_new_literal (GW_ERROR, GW_ERROR_UNSUPPORTED,
                                "jobs take a client that was opened with wants-frames");
  return g_error_new (GW_ERROR, GW_ERROR_UNSUPPORTED,
                      "jobs take an agent that speaks frames, and this one speaks text only (%s)",
                      why != NULL ? why : "it is reached through libvirt");
}

/* Returns: (transfer full): the arguments of a command for one job; without
 * "signal" where that is 0 */
JsonNode *
gw_job_arguments (const char *id, int signal)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "job", id);
  if (signal != 0)
    json_object_set_int_member (arguments, "signal", signal);
  return json_node_init_object (json_node_alloc (), arguments);
}

static gpointer take_end (gpointer subject, JsonNode *untrusted_value, GError **error);

/* What a failure means for who asked. */
static void
explain (GTask *task, GError *error)
{
  gpointer subject = g_task_get_source_object (task);

  if (g_error_matches (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND))
    error->code = GW_ERROR_UNSUPPORTED;
  else if (g_task_get_task_data (task) == take_end && g_error_matches (error, GW_ERROR, GW_ERROR_TIMED_OUT))
    {
      g_free (error->message);
      error->message = g_strdup_printf ("job %s has not ended in time, and goes on", GW_JOB (subject)->id);
    }
  if (GW_IS_PROCESS (subject))
    GW_PROCESS (subject)->outcome.exit_status = gw_process_outcome_status_of_failure (error);
}

static void
on_called (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (JsonNode) untrusted_value = gw_client_call_finish (GW_CLIENT (client), result, &error);
  TakeFunc take = g_task_get_task_data (task);
  gpointer taken = error == NULL ? take (g_task_get_source_object (task), untrusted_value, &error) : NULL;

  if (error == NULL)
    {
      g_task_return_pointer (task, taken, NULL);
      return;
    }
  explain (task, error);
  g_task_return_error (task, error);
}

/* Takes @task and @arguments. */
static void
call (GTask *task, GwClient *client, const char *command, JsonNode *arguments, int timeout_ms, TakeFunc take)
{
  g_autoptr (JsonNode) asked = arguments;

  /* What has come counts. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, take, NULL);
  if (gw_client_get_framed (client))
    gw_client_call_async (client, command, asked, timeout_ms, g_task_get_cancellable (task), on_called, task);
  else
    {
      g_task_return_error (task, gw_job_unsupported (client));
      g_object_unref (task);
    }
}

static GTask *
task_new (gpointer subject, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (subject, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

static gboolean
finish (gpointer job, GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, job), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, tag), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/* --- Start -------------------------------------------------------------------- */

static gpointer
take_started (gpointer subject, JsonNode *untrusted_value, GError **error)
{
  GwProcess *process = subject;
  GwJob *job = gw_job_new_from_row (process->client, untrusted_value, error);

  if (job == NULL)
    return NULL;
  g_strfreev (job->arguments);
  job->arguments = g_strdupv (process->asked.arguments);
  job->user = g_strdup (process->asked.user);
  return job;
}

/**
 * gw_job_start_async:
 * @process: what to start: a #GwProcess that was not run. Its input, terminal and
 *   window size do not count: a job reads nothing
 * @name: (nullable): a name for it, of at most 64 bytes
 * @timeout_ms: how long it may take, in milliseconds; %GW_TIMEOUT_DEFAULT for 30
 *   seconds, %GW_TIMEOUT_NONE for no limit
 * @cancellable: (nullable): a #GCancellable; a job that is being started may
 *   have been
 * @callback: (scope async): called when it runs
 * @user_data: for @callback
 *
 * Starts a program as a job. The client must be open and speak frames.
 *
 * Since: 0.1
 */
void
gw_job_start_async (GwProcess *process, const char *name, int timeout_ms, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;
  GError *error = NULL;

  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started && process->job == NULL);
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  process->started = TRUE;
  task = task_new (process, gw_job_start_async, cancellable, callback, user_data);
  if (gw_process_words_check (&process->asked, &error))
    call (task, process->client, "guestwire-job-start", gw_process_arguments_job (process, name), timeout_ms,
          take_started);
  else
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
}

/**
 * gw_job_start_finish:
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the job that runs; or %NULL with an error as from
 *   gw_client_call_finish() set. %GW_ERROR_GUEST: the agent could not start it,
 *   and gw_process_get_exit_status() is what a shell would say;
 *   %GW_ERROR_UNSUPPORTED: it has no jobs
 *
 * Since: 0.1
 */
GwJob *
gw_job_start_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, gw_job_start_async), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- List --------------------------------------------------------------------- */

static gpointer
take_list (gpointer subject, JsonNode *untrusted_value, GError **error)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (g_object_unref);
  JsonArray *rows = JSON_NODE_HOLDS_ARRAY (untrusted_value) ? json_node_get_array (untrusted_value) : NULL;
  guint length = rows != NULL ? json_array_get_length (rows) : 0;

  for (guint i = 0; i < length; i++)
    {
      GwJob *job = gw_job_new_from_row (subject, json_array_get_element (rows, i), error);

      if (job == NULL)
        return NULL;
      g_ptr_array_add (jobs, job);
    }
  if (rows != NULL)
    return g_steal_pointer (&jobs);
  g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "guestwire-job-list: what it returned is no list");
  return NULL;
}

/**
 * gw_job_list_async:
 * @client: an open #GwClient in frames
 * @timeout_ms: as for gw_client_call_async()
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when they are known
 * @user_data: for @callback
 *
 * Asks for all jobs of the guest: those that run, and the last that have ended.
 *
 * Since: 0.1
 */
void
gw_job_list_async (GwClient *client, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_return_if_fail (GW_IS_CLIENT (client));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  call (task_new (client, gw_job_list_async, cancellable, callback, user_data), client, "guestwire-job-list", NULL,
        timeout_ms, take_list);
}

/**
 * gw_job_list_finish:
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: (transfer container) (element-type GwJob): the jobs, in the order of
 *   their starts; or %NULL with an error as from gw_client_call_finish() set, or
 *   %GW_ERROR_UNSUPPORTED: the agent has no jobs
 *
 * Since: 0.1
 */
GPtrArray *
gw_job_list_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, gw_job_list_async), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Wait --------------------------------------------------------------------- */

static gpointer
take_end (gpointer subject, JsonNode *untrusted_value, GError **error)
{
  return gw_job_take_end (subject, untrusted_value, error) ? subject : NULL;
}

/**
 * gw_job_wait_async:
 * @job: a #GwJob
 * @timeout_ms: how long to wait, in milliseconds; %GW_TIMEOUT_DEFAULT and
 *   %GW_TIMEOUT_NONE for as long as it takes
 * @cancellable: (nullable): a #GCancellable; it ends the waiting
 * @callback: (scope async): called when the job has ended
 * @user_data: for @callback
 *
 * Waits until the job has ended, whether anybody reads its output or not.
 *
 * Since: 0.1
 */
void
gw_job_wait_async (GwJob *job, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_return_if_fail (GW_IS_JOB (job));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  call (task_new (job, gw_job_wait_async, cancellable, callback, user_data), job->client, "guestwire-job-wait",
        gw_job_arguments (job->id, 0), timeout_ms == GW_TIMEOUT_DEFAULT ? GW_TIMEOUT_NONE : timeout_ms, take_end);
}

/**
 * gw_job_wait_finish:
 * @job: a #GwJob
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if it has ended, well or not: see gw_job_get_exit_status(); else
 *   %FALSE with an error as from gw_client_call_finish() set. %GW_ERROR_GUEST:
 *   there is no such job, or nobody knows how it ended. %GW_ERROR_PEER_RESTARTED:
 *   the agent was restarted; the job may be waited for again
 *
 * Since: 0.1
 */
gboolean
gw_job_wait_finish (GwJob *job, GAsyncResult *result, GError **error)
{
  return finish (job, result, gw_job_wait_async, error);
}

/* --- Signals, and the end of what is remembered ------------------------------- */

static gpointer
take_nothing (gpointer subject, JsonNode *untrusted_value, GError **error)
{
  return subject;
}

/**
 * gw_job_send_signal_async:
 * @job: a #GwJob
 * @signal: the number of a signal, of Linux
 * @timeout_ms: as for gw_client_call_async()
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it was sent
 * @user_data: for @callback
 *
 * Sends a signal to the job's process group.
 *
 * Since: 0.1
 */
void
gw_job_send_signal_async (GwJob *job, int signal, int timeout_ms, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (GW_IS_JOB (job));
  g_return_if_fail (signal > 0);
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  call (task_new (job, gw_job_send_signal_async, cancellable, callback, user_data), job->client,
        "guestwire-job-signal", gw_job_arguments (job->id, signal), timeout_ms, take_nothing);
}

/**
 * gw_job_send_signal_finish:
 * @job: a #GwJob
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if it was sent; else %FALSE with an error as from
 *   gw_client_call_finish(). %GW_ERROR_GUEST: there is no such job, or it has
 *   ended
 *
 * Since: 0.1
 */
gboolean
gw_job_send_signal_finish (GwJob *job, GAsyncResult *result, GError **error)
{
  return finish (job, result, gw_job_send_signal_async, error);
}

/**
 * gw_job_forget_async:
 * @job: a #GwJob that has ended
 * @timeout_ms: as for gw_client_call_async()
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it is forgotten
 * @user_data: for @callback
 *
 * Has the guest forget a job that has ended, and its output.
 *
 * Since: 0.1
 */
void
gw_job_forget_async (GwJob *job, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_return_if_fail (GW_IS_JOB (job));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  call (task_new (job, gw_job_forget_async, cancellable, callback, user_data), job->client, "guestwire-job-forget",
        gw_job_arguments (job->id, 0), timeout_ms, take_nothing);
}

/**
 * gw_job_forget_finish:
 * @job: a #GwJob
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if it is forgotten; else %FALSE with an error as from
 *   gw_client_call_finish(). %GW_ERROR_GUEST: there is no such job, or it runs
 *
 * Since: 0.1
 */
gboolean
gw_job_forget_finish (GwJob *job, GAsyncResult *result, GError **error)
{
  return finish (job, result, gw_job_forget_async, error);
}
