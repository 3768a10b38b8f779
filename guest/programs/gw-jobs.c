/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All jobs: those that run, and the last that have ended, up to bounds. Starts
 * them, and finds those of an earlier agent. Knows no command. */

#include "gw-jobs.h"

#include <string.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-live-start.h"
#include "gw-program-store.h"

static GList *jobs;        /* of GwKeptJob*, in the order of their starts */
static guint starting;
static guint supervisors;  /* of this agent's own */
static GwKeptJobFunc tell_end; /* NULL: nobody wants to know */
static gpointer tell_data;

/* --- What is forgotten ------------------------------------------------------- */

static void
forget (GwKeptJob *job)
{
  jobs = g_list_remove (jobs, job);
  gw_kept_job_remove (job);
}

/* The one that has ended first; but none that somebody reads. */
static GwKeptJob *
find_oldest (const GwKeptJob *spared, guint *n_ended, guint64 *bytes)
{
  GwKeptJob *oldest = NULL;

  *n_ended = 0;
  *bytes = 0;
  for (GList *link = jobs; link != NULL; link = link->next)
    {
      GwKeptJob *job = link->data;
      int folder = gw_kept_job_has_ended (job) ? gw_kept_job_enter (job) : -1;

      if (!gw_kept_job_has_ended (job))
        continue;
      (*n_ended)++;
      if (folder >= 0)
        {
          *bytes += gw_job_files_size (folder);
          close (folder);
        }
      if (job != spared && !gw_kept_job_is_watched (job)
          && (oldest == NULL || gw_kept_job_get_end (job)->at < gw_kept_job_get_end (oldest)->at))
        oldest = job;
    }
  return oldest;
}

/* Looked at where somebody is awake anyway.
 *
 * @spared: (nullable): somebody has it in his hands */
static void
forget_some (const GwKeptJob *spared)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  guint n_ended;
  guint64 bytes;
  GwKeptJob *oldest;

  while ((oldest = find_oldest (spared, &n_ended, &bytes)) != NULL
         && (n_ended > GW_JOBS_ENDED_MAX || (bytes > GW_JOBS_ENDED_BYTES && n_ended > 1)
             || gw_kept_job_get_end (oldest)->at < now - GW_JOBS_ENDED_S))
    forget (oldest);
}

/* --- Ends --------------------------------------------------------------------- */

static void
tell (GwKeptJob *job)
{
  int folder = tell_end != NULL ? gw_kept_job_enter (job) : -1;

  if (folder < 0)
    return;
  if (!gw_job_files_is_told (folder))
    {
      gw_job_files_mark_told (folder);
      tell_end (job, tell_data);
    }
  close (folder);
}

static void
on_ended (GwKeptJob *job, gpointer data)
{
  tell (job);
  forget_some (job);
}

/**
 * gw_jobs_tell_ends:
 * @ended: (nullable): called now and from the loop; %NULL for nobody
 */
void
gw_jobs_tell_ends (GwKeptJobFunc ended, gpointer data)
{
  tell_end = ended;
  tell_data = data;
  for (GList *link = jobs; link != NULL; link = link->next)
    if (gw_kept_job_has_ended (link->data))
      tell (link->data);
}

/* --- Those of an earlier agent -------------------------------------------------- */

static int
by_start (gconstpointer a, gconstpointer b)
{
  return gw_kept_job_get_number ((GwKeptJob *) a) < gw_kept_job_get_number ((GwKeptJob *) b) ? -1 : 1;
}

/**
 * gw_jobs_restore:
 *
 * Finds what an earlier agent has started: gw_program_open() comes first.
 */
void
gw_jobs_restore (void)
{
  g_autoptr (GPtrArray) names = gw_program_store_list (GW_STORE_JOBS);

  for (guint i = 0; i < names->len; i++)
    {
      GwKeptJob *job = gw_kept_job_find (names->pdata[i]);

      if (job == NULL)
        continue;
      if (gw_kept_job_begin (job, gw_kept_job_get_pid (job), on_ended, NULL))
        jobs = g_list_prepend (jobs, job);
      else
        gw_kept_job_free (job);
    }
  jobs = g_list_sort (jobs, by_start);
  forget_some (NULL);
}

/* A later agent finds them again. */
void
gw_jobs_close (void)
{
  g_list_free_full (g_steal_pointer (&jobs), (GDestroyNotify) gw_kept_job_free);
  tell_end = NULL;
}

/* --- Start ---------------------------------------------------------------------- */

typedef struct
{
  GwKeptJob *job;
  GwLiveKeeping keeping;
  GwJobsStartedFunc started;
  gpointer data;
} Start;

static guint
count_running (void)
{
  guint n = starting;

  for (GList *link = jobs; link != NULL; link = link->next)
    n += gw_kept_job_has_ended (link->data) ? 0 : 1;
  return n;
}

/* As much of @word as there is room for, in whole characters. */
static char *
cut_word (const char *word, gsize room)
{
  const char *end = word + MIN (strlen (word), room);

  while (end > word && (*end & 0xC0) == 0x80)
    end--;
  return g_strndup (word, end - word);
}

static void
add_words (JsonObject *facts, char *const *words)
{
  JsonArray *array = json_array_new ();
  gsize room = GW_JOB_WORDS_MAX;
  gboolean cut = FALSE;

  for (; *words != NULL && !cut; words++)
    {
      g_autofree char *word = cut_word (*words, room);

      json_array_add_string_element (array, word);
      cut = strlen (word) < strlen (*words);
      /* Empty ones are not free either. */
      room -= MIN (room, strlen (word) + 4);
      cut = cut || (room == 0 && words[1] != NULL);
    }
  json_object_set_array_member (facts, "argv", array);
  if (cut)
    json_object_set_boolean_member (facts, "argv-cut", TRUE);
}

static JsonObject *
describe (const GwLiveOrder *order, const char *name)
{
  JsonObject *facts = json_object_new ();

  if (name != NULL)
    json_object_set_string_member (facts, "name", name);
  add_words (facts, order->argv);
  if (order->user != NULL)
    {
      g_autofree char *user = cut_word (order->user, GW_JOB_NAME_MAX);

      json_object_set_string_member (facts, "user", user);
    }
  json_object_set_int_member (facts, "started", g_get_real_time () / G_USEC_PER_SEC);
  return facts;
}

static void
on_started (GwLiveEnds *ends, const GError *error, gpointer data)
{
  g_autofree Start *start = data;
  g_autoptr (GError) problem = error != NULL ? g_error_copy (error) : NULL;

  starting--;
  close (start->keeping.folder);
  if (problem == NULL && !gw_kept_job_begin (start->job, ends->pid, on_ended, NULL))
    g_set_error_literal (&problem, GW_ERROR, GW_ERROR_FAILED, "a job was started, and cannot be watched");
  if (problem != NULL)
    {
      gw_kept_job_remove (start->job);
      start->started (NULL, problem, start->data);
      return;
    }
  jobs = g_list_append (jobs, start->job);
  start->started (start->job, NULL, start->data);
  if (gw_kept_job_has_ended (start->job))
    on_ended (start->job, NULL);
}

static gboolean
check_name (const char *name, GError **error)
{
  if (*name == '\0' || strlen (name) > GW_JOB_NAME_MAX)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'name' has to have 1 to %d bytes", GW_JOB_NAME_MAX);
  else if (gw_kept_job_looks_like_id (name))
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "A job cannot be called '%s': that could be another one's id", name);
  else
    return TRUE;
  return FALSE;
}

static GwKeptJob *
make_job (const GwLiveOrder *order, const char *name, GError **error)
{
  g_autoptr (JsonObject) facts = describe (order, name);

  if (count_running () >= GW_JOBS_RUNNING_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d jobs run already; wait for some of them to end, or end them",
                   GW_JOBS_RUNNING_MAX);
      return NULL;
    }
  if (name != NULL && !check_name (name, error))
    return NULL;
  return gw_kept_job_make (facts, error);
}

/**
 * gw_jobs_start:
 * @order: (transfer full): what to start
 * @name: (nullable): what to call it
 * @started: called once, maybe at once
 */
void
gw_jobs_start (GwLiveOrder *order, const char *name, GwJobsStartedFunc started, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GwKeptJob *job;
  Start *start;

  forget_some (NULL);
  job = make_job (order, name, &error);
  if (job == NULL)
    {
      gw_live_order_free (order);
      started (NULL, error, data);
      return;
    }
  start = g_new0 (Start, 1);
  start->job = job;
  start->started = started;
  start->data = data;
  start->keeping = (GwLiveKeeping){ .folder = gw_kept_job_enter (job),
                                    .linger = supervisors < GW_JOBS_RUNNING_MAX + GW_EXEC_ORPHANS_MAX,
                                    .supervisors = &supervisors };
  order->keeping = &start->keeping;
  starting++;
  gw_live_start (order, on_started, start);
}

/* --- Questions -------------------------------------------------------------------- */

/* An id that cannot be one of this boot's. */
static gboolean
is_of_another_boot (const char *id)
{
  g_autofree char *tag = gw_kept_job_boot_tag ();

  return gw_kept_job_looks_like_id (id) && !g_str_has_prefix (id, tag);
}

/**
 * gw_jobs_find:
 * @id_or_name: of several jobs with this name, the last to start is meant
 *
 * Returns: (transfer none): the job, or %NULL with @error set
 */
GwKeptJob *
gw_jobs_find (const char *id_or_name, GError **error)
{
  GwKeptJob *named = NULL;

  for (GList *link = jobs; link != NULL; link = link->next)
    {
      if (g_str_equal (gw_kept_job_get_id (link->data), id_or_name))
        return link->data;
      if (g_strcmp0 (gw_kept_job_get_name (link->data), id_or_name) == 0)
        named = link->data;
    }
  if (named == NULL && is_of_another_boot (id_or_name))
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Job %.*s is gone: the guest was started again since",
                 GW_JOB_NAME_MAX, id_or_name);
  else if (named == NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "There is no job '%.*s', or it was forgotten", GW_JOB_NAME_MAX,
                 id_or_name);
  return named;
}

/* Returns: (transfer none): in the order of their starts */
GList *
gw_jobs_list (void)
{
  forget_some (NULL);
  return jobs;
}

gboolean
gw_jobs_forget (GwKeptJob *job, GError **error)
{
  if (!gw_kept_job_has_ended (job))
    g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "Job %s runs; end it first", gw_kept_job_get_id (job));
  else if (gw_kept_job_is_watched (job))
    g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "Job %s is being read; wait for that, or end it",
                 gw_kept_job_get_id (job));
  else
    {
      forget (job);
      return TRUE;
    }
  return FALSE;
}
