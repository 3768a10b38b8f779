/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-job-*: programs that need neither the host that started them nor
 * the agent, and that any host may come back to. */

#include <signal.h>
#include <string.h>

#include "gw-command.h"
#include "gw-job-follow.h"
#include "gw-job-reader.h"
#include "gw-jobs.h"
#include "gw-limits.h"

static GwKeptJob *
find_job (JsonObject *arguments, GError **error)
{
  return gw_jobs_find (gw_argument_string (arguments, "job"), error);
}

/* --- guestwire-job-start -------------------------------------------------------- */

typedef struct
{
  GwCall *call; /* NULL: nobody waits for the answer any more */
} Starting;

static void
on_start_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  Starting *starting = data;

  if (fate != GW_CALL_ABANDONED)
    return;
  starting->call = NULL;
  gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, "the session is over"));
}

/* One whose host is gone is there, for whoever lists them. */
static void
on_started (GwKeptJob *job, const GError *error, gpointer data)
{
  g_autofree Starting *starting = data;
  JsonObject *result;

  if (starting->call == NULL)
    return;
  if (error != NULL)
    {
      gw_call_fail (starting->call, g_error_copy (error));
      return;
    }
  result = json_object_new ();
  json_object_set_string_member (result, "job", gw_kept_job_get_id (job));
  json_object_set_int_member (result, "pid", gw_kept_job_get_pid (job));
  gw_call_return_object (starting->call, result);
}

static void
run_start (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  GwLiveOrder *order = gw_live_order_new (arguments, &error);
  Starting *starting;

  if (order == NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  starting = g_new0 (Starting, 1);
  starting->call = call;
  gw_call_watch (call, on_start_fate, starting);
  gw_jobs_start (order, gw_argument_string (arguments, "name"), on_started, starting);
}

/* --- guestwire-job-list --------------------------------------------------------- */

static void
run_list (GwCall *call, JsonObject *arguments)
{
  JsonArray *rows = json_array_new ();

  for (GList *link = gw_jobs_list (); link != NULL; link = link->next)
    {
      JsonObject *row = json_object_new ();

      gw_kept_job_describe (link->data, row);
      json_array_add_object_element (rows, row);
    }
  gw_call_return (call, json_node_init_array (json_node_alloc (), rows));
  json_array_unref (rows);
}

/* --- guestwire-job-attach, guestwire-job-wait ------------------------------------- */

/* One of either. */
typedef struct
{
  GwCall *call;
  GwKeptJob *job;
  GwJobWatch *watch;   /* waits, or: */
  GwJobFollow *follow;
} Visit;

static guint visits;

static void
visit_free (Visit *visit)
{
  visits--;
  g_clear_pointer (&visit->follow, gw_job_follow_free);
  g_clear_pointer (&visit->watch, gw_kept_job_unwatch);
  g_free (visit);
}

/* Takes @error. */
static void
end_visit (Visit *visit, GError *error)
{
  GwCall *call = visit->call;
  JsonObject *result;

  if (error != NULL)
    {
      visit_free (visit);
      gw_call_fail (call, error);
      return;
    }
  result = json_object_new ();
  json_object_set_string_member (result, "job", gw_kept_job_get_id (visit->job));
  json_object_set_int_member (result, "pid", gw_kept_job_get_pid (visit->job));
  gw_kept_job_describe_end (visit->job, result);
  visit_free (visit);
  gw_call_return_object (call, result);
}

/* Neither is anything to the job. */
static void
on_visit_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  end_visit (data, g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "the host waits no more"));
}

static Visit *
visit_new (GwCall *call, GwKeptJob *job, GError **error)
{
  Visit *visit;

  if (visits >= GW_JOB_VISITS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d hosts wait for jobs already", GW_JOB_VISITS_MAX);
      return NULL;
    }
  visit = g_new0 (Visit, 1);
  visit->call = call;
  visit->job = job;
  visits++;
  return visit;
}

static void
on_followed (GwJobFollow *follow, const GError *error, gpointer data)
{
  end_visit (data, error != NULL ? g_error_copy (error) : NULL);
}

static gboolean
take_offset (JsonNode *value, const char *name, guint64 end, guint64 *offset, GError **error)
{
  gint64 number = -1;

  *offset = 0;
  if (value == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_INT64)
    number = json_node_get_int (value);
  *offset = number;
  if (number >= 0 && (guint64) number <= end)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED,
               "Parameter 'from.%s' has to be a number up to %" G_GUINT64_FORMAT ", which is what there is", name, end);
  return FALSE;
}

/* @ends: for each stream, how much there is; becomes where to begin */
static gboolean
take_from (JsonNode *from, guint64 *ends, GError **error)
{
  const char *word = from != NULL && JSON_NODE_HOLDS_VALUE (from) ? json_node_get_string (from) : NULL;

  if (from != NULL && JSON_NODE_HOLDS_OBJECT (from))
    {
      JsonObject *offsets = json_node_get_object (from);

      return take_offset (json_object_get_member (offsets, "stdout"), "stdout", ends[GW_STREAM_STDOUT],
                          &ends[GW_STREAM_STDOUT], error)
             && take_offset (json_object_get_member (offsets, "stderr"), "stderr", ends[GW_STREAM_STDERR],
                             &ends[GW_STREAM_STDERR], error);
    }
  if (g_strcmp0 (word, "end") == 0)
    return TRUE;
  if (from == NULL || g_strcmp0 (word, "start") == 0)
    {
      ends[GW_STREAM_STDOUT] = ends[GW_STREAM_STDERR] = 0;
      return TRUE;
    }
  g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED,
                       "Parameter 'from' has to be 'start', 'end', or an object with offsets");
  return FALSE;
}

static gboolean
begin_following (Visit *visit, JsonObject *arguments, GError **error)
{
  GwStreams *streams = gw_call_get_streams (visit->call);
  guint64 offsets[GW_STREAMS];

  gw_kept_job_find_ends (visit->job, offsets);
  if (!take_from (json_object_get_member (arguments, "from"), offsets, error)
      || !gw_streams_reserve (streams, GW_STREAMS, error))
    return FALSE;
  gw_streams_release (streams, GW_STREAMS);
  visit->follow = gw_job_follow_new (visit->job, offsets, streams, gw_call_get_id (visit->call), on_followed, visit,
                                     error);
  return visit->follow != NULL;
}

static void
run_attach (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  GwKeptJob *job = find_job (arguments, &error);
  Visit *visit = job != NULL ? visit_new (call, job, &error) : NULL;

  if (visit == NULL)
    gw_call_fail (call, error);
  else if (!begin_following (visit, arguments, &error))
    end_visit (visit, error);
  else
    {
      gw_call_watch (call, on_visit_fate, visit);
      gw_job_follow_begin (visit->follow);
    }
}

static void
on_awaited (GwKeptJob *job, gpointer data)
{
  end_visit (data, NULL);
}

static void
run_wait (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  GwKeptJob *job = find_job (arguments, &error);
  Visit *visit = job != NULL ? visit_new (call, job, &error) : NULL;

  if (visit == NULL)
    gw_call_fail (call, error);
  else if (gw_kept_job_has_ended (job))
    end_visit (visit, NULL);
  else
    {
      visit->watch = gw_kept_job_watch (job, FALSE, on_awaited, visit);
      gw_call_watch (call, on_visit_fate, visit);
    }
}

/* --- guestwire-job-signal, guestwire-job-forget ------------------------------------- */

static void
run_signal (GwCall *call, JsonObject *arguments)
{
  gint64 number = json_object_get_int_member (arguments, "signal");
  GError *error = NULL;
  GwKeptJob *job = find_job (arguments, &error);

  if (job != NULL && (number <= 0 || number >= NSIG))
    g_set_error (&error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'signal' has to be a number from 1 to %d", NSIG - 1);
  if (error == NULL && gw_kept_job_signal (job, (int) number, &error))
    gw_call_return (call, NULL);
  else
    gw_call_fail (call, error);
}

static void
run_forget (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  GwKeptJob *job = find_job (arguments, &error);

  if (job != NULL && gw_jobs_forget (job, &error))
    gw_call_return (call, NULL);
  else
    gw_call_fail (call, error);
}

static const char *const implies_exec[] = { "guest-exec", NULL };

const GwCommand gw_commands_job[] = {
  { "guestwire-job-start", "Start a program that outlives its host and the agent", "0.1", GW_COMMAND_IN_FRAMES,
    run_start,
    { { "path", GW_ARGUMENT_STRING },
      { "arg", GW_ARGUMENT_STRINGS, TRUE },
      { "env", GW_ARGUMENT_STRINGS, TRUE },
      { "env-add", GW_ARGUMENT_STRINGS, TRUE },
      { "cwd", GW_ARGUMENT_STRING, TRUE },
      { "user", GW_ARGUMENT_STRING, TRUE },
      { "name", GW_ARGUMENT_STRING, TRUE } },
    implies_exec },
  { "guestwire-job-list", "Tell of the jobs that there are", "0.1",
    GW_COMMAND_IN_FRAMES | GW_COMMAND_WHILE_FROZEN, run_list, { { NULL } },
    implies_exec },
  { "guestwire-job-attach", "Send a job's output on streams, until it has ended", "0.1", GW_COMMAND_IN_FRAMES,
    run_attach,
    { { "job", GW_ARGUMENT_STRING }, { "from", GW_ARGUMENT_ANY, TRUE } }, implies_exec },
  { "guestwire-job-wait", "Wait until a job has ended", "0.1", GW_COMMAND_IN_FRAMES | GW_COMMAND_WHILE_FROZEN, run_wait,
    { { "job", GW_ARGUMENT_STRING } }, implies_exec },
  { "guestwire-job-signal", "Send a signal to a job", "0.1", GW_COMMAND_IN_FRAMES | GW_COMMAND_WHILE_FROZEN, run_signal,
    { { "job", GW_ARGUMENT_STRING }, { "signal", GW_ARGUMENT_INT } }, implies_exec },
  { "guestwire-job-forget", "Forget a job that has ended, and its output", "0.1", GW_COMMAND_IN_FRAMES, run_forget,
    { { "job", GW_ARGUMENT_STRING } }, implies_exec },
  { NULL },
};
