/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job of a guest: the object, and what an agent has told of it. What is asked
 * of the agent is in gw-job-calls.c, and what it writes in gw-job-attach.c. */

#include "gw-job-private.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-reply.h"

/**
 * GwJob:
 *
 * A program in a guest that outlives whoever has started it.
 *
 * It goes on when the client is closed, and when the agent is restarted or
 * upgraded; it ends with the guest. Any client may come back to it, by its id or
 * its name: to wait for its end, to read what it writes, to send it signals. Of
 * its output the newest part is kept, and what is not kept any more is told.
 *
 * It takes a client in frames (see #GwClient:wants-frames).
 *
 * It belongs to the thread that its #GwClient belongs to.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwJob, gw_job, G_TYPE_OBJECT)

static void
gw_job_finalize (GObject *object)
{
  GwJob *self = GW_JOB (object);

  g_free (self->id);
  g_free (self->name);
  g_strfreev (self->arguments);
  g_free (self->user);
  g_object_unref (self->client);
  G_OBJECT_CLASS (gw_job_parent_class)->finalize (object);
}

static void
gw_job_class_init (GwJobClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_job_finalize;
}

static void
gw_job_init (GwJob *self)
{
  self->outcome.exit_status = -1;
}

/**
 * gw_job_new:
 * @client: what it is reached by
 * @id: its id in the guest, or a name that was given to it
 *
 * Whether there is such a job shows when something is asked of it.
 *
 * Returns: (transfer full): a #GwJob of which only that is known
 *
 * Since: 0.1
 */
GwJob *
gw_job_new (GwClient *client, const char *id)
{
  GwJob *job;

  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  job = g_object_new (GW_TYPE_JOB, NULL);
  job->client = g_object_ref (client);
  job->id = g_strdup (id);
  return job;
}

/* --- What an agent has told ---------------------------------------------- */

static const char *
find_string (JsonObject *row, const char *name)
{
  JsonNode *value = json_object_get_member (row, name);

  return value != NULL && JSON_NODE_HOLDS_VALUE (value) ? json_node_get_string (value) : NULL;
}

static char **
find_strings (JsonObject *row, const char *name)
{
  JsonNode *value = json_object_get_member (row, name);
  JsonArray *array = value != NULL && JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  guint length = array != NULL ? json_array_get_length (array) : 0;
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; i < length; i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      const char *word = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_string (element) : NULL;

      g_ptr_array_add (words, g_strdup (word != NULL ? word : ""));
    }
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

/* A size is never below 0. */
static guint64
find_size (JsonObject *row, const char *name)
{
  JsonNode *value = json_object_get_member (row, name);
  gint64 end;

  return value != NULL && JSON_NODE_HOLDS_OBJECT (value) && gw_reply_find_int (value, "end", &end) ? MAX (end, 0) : 0;
}

/* Returns %FALSE with an error set if nobody knows how it ended. */
gboolean
gw_job_check_end (const char *id, JsonNode *untrusted_end, GError **error)
{
  gboolean lost;

  if (!gw_reply_find_boolean (untrusted_end, "lost", &lost) || !lost)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_GUEST, "nobody knows how job %s ended: its supervisor in the guest was killed",
               id);
  return FALSE;
}

gboolean
gw_job_take_end (GwJob *job, JsonNode *untrusted_end, GError **error)
{
  job->ended = TRUE;
  return gw_job_check_end (job->id, untrusted_end, error)
         && gw_process_outcome_read_end (&job->outcome, untrusted_end, "guestwire-job-wait", error);
}

/**
 * gw_job_new_from_row:
 * @untrusted_row: of guestwire-job-list, or what guestwire-job-start returned
 *
 * Returns: (transfer full): the job, or %NULL with %GW_ERROR_PROTOCOL set
 */
GwJob *
gw_job_new_from_row (GwClient *client, JsonNode *untrusted_row, GError **error)
{
  JsonObject *row = JSON_NODE_HOLDS_OBJECT (untrusted_row) ? json_node_get_object (untrusted_row) : NULL;
  const char *id = row != NULL ? find_string (row, "job") : NULL;
  GwJob *job;

  if (id == NULL || *id == '\0' || strlen (id) > GW_JOB_NAME_MAX)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "the agent tells of a job without an id");
      return NULL;
    }
  job = gw_job_new (client, id);
  job->name = g_strdup (find_string (row, "name"));
  job->arguments = find_strings (row, "argv");
  gw_reply_find_boolean (untrusted_row, "argv-cut", &job->arguments_cut);
  job->user = g_strdup (find_string (row, "user"));
  gw_reply_find_int (untrusted_row, "pid", &job->pid);
  gw_reply_find_int (untrusted_row, "started", &job->started);
  gw_reply_find_int (untrusted_row, "ended", &job->end_time);
  job->sizes[0] = find_size (row, "stdout");
  job->sizes[1] = find_size (row, "stderr");
  if (g_strcmp0 (find_string (row, "state"), "ended") == 0)
    gw_job_take_end (job, untrusted_row, NULL);
  return job;
}

/* --- What is known --------------------------------------------------------- */

/**
 * gw_job_get_client:
 * @job: a #GwJob
 *
 * Returns: (transfer none): what it is reached by
 *
 * Since: 0.1
 */
GwClient *
gw_job_get_client (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), NULL);
  return job->client;
}

/**
 * gw_job_get_id:
 * @job: a #GwJob
 *
 * Returns: (transfer none): what it is called by; no other job has it while the
 *   guest runs
 *
 * Since: 0.1
 */
const char *
gw_job_get_id (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), NULL);
  return job->id;
}

/**
 * gw_job_get_name:
 * @job: a #GwJob
 *
 * Returns: (transfer none) (nullable): the name that it was given, if any
 *
 * Since: 0.1
 */
const char *
gw_job_get_name (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), NULL);
  return job->name;
}

/**
 * gw_job_get_arguments:
 * @job: a #GwJob
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1) (element-type utf8): the
 *   program and its arguments, as far as the guest remembers them: see
 *   gw_job_get_arguments_cut(); %NULL if the job was not listed
 *
 * Since: 0.1
 */
const char *const *
gw_job_get_arguments (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), NULL);
  return (const char *const *) job->arguments;
}

/**
 * gw_job_get_arguments_cut:
 * @job: a #GwJob
 *
 * Returns: whether it has more arguments than gw_job_get_arguments() tells, or
 *   longer ones
 *
 * Since: 0.1
 */
gboolean
gw_job_get_arguments_cut (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), FALSE);
  return job->arguments_cut;
}

/**
 * gw_job_get_user:
 * @job: a #GwJob
 *
 * Returns: (transfer none) (nullable): the user that was asked for; %NULL for
 *   the agent's
 *
 * Since: 0.1
 */
const char *
gw_job_get_user (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), NULL);
  return job->user;
}

/**
 * gw_job_get_pid:
 * @job: a #GwJob
 *
 * Returns: its process id in the guest; 0 if that is not known
 *
 * Since: 0.1
 */
gint64
gw_job_get_pid (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), 0);
  return job->pid;
}

/**
 * gw_job_get_started:
 * @job: a #GwJob
 *
 * Returns: when it was started, by the guest's clock, in seconds since 1970; 0
 *   if the job was not listed
 *
 * Since: 0.1
 */
gint64
gw_job_get_started (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), 0);
  return job->started;
}

/**
 * gw_job_get_ended:
 * @job: a #GwJob
 *
 * Returns: whether it is known to have ended
 *
 * Since: 0.1
 */
gboolean
gw_job_get_ended (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), FALSE);
  return job->ended;
}

/**
 * gw_job_get_end_time:
 * @job: a #GwJob
 *
 * Returns: when it ended, as gw_job_get_started(); 0 if it was not listed
 *   since
 *
 * Since: 0.1
 */
gint64
gw_job_get_end_time (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), 0);
  return job->end_time;
}

/**
 * gw_job_get_exit_status:
 * @job: a #GwJob
 *
 * Returns: what it exited with; -1 if it is not known to have, or if a signal
 *   ended it
 *
 * Since: 0.1
 */
int
gw_job_get_exit_status (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), -1);
  return job->outcome.exit_status;
}

/**
 * gw_job_get_signal:
 * @job: a #GwJob
 *
 * Returns: the number of the signal that ended it; 0 if none is known to have
 *
 * Since: 0.1
 */
int
gw_job_get_signal (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), 0);
  return job->outcome.signal;
}

/**
 * gw_job_get_output_size:
 * @job: a #GwJob
 *
 * Returns: how many bytes it had written to standard output when it was listed
 *
 * Since: 0.1
 */
guint64
gw_job_get_output_size (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), 0);
  return job->sizes[0];
}

/**
 * gw_job_get_errors_size:
 * @job: a #GwJob
 *
 * Returns: how many bytes it had written to standard error when it was listed
 *
 * Since: 0.1
 */
guint64
gw_job_get_errors_size (GwJob *job)
{
  g_return_val_if_fail (GW_IS_JOB (job), 0);
  return job->sizes[1];
}
