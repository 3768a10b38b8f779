/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One job. Its supervisor needs no agent; so all that is known here comes from
 * its folder: that it goes on, prints or has ended, from a FIFO that the
 * supervisor has open. Knows no command and no stream. */

#include "gw-kept-job.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-job-reader.h"
#include "gw-poll.h"
#include "gw-program-store.h"

struct _GwKeptJob
{
  char *folder;
  char *id;
  JsonObject *facts;
  GPid pid;
  int bell; /* -1 once it has ended */
  GwPollItem *item;
  gboolean ended;
  gboolean lost; /* its supervisor was killed */
  GwJobEnd end;
  GwKeptJobFunc ended_func;
  gpointer data;
  GList *watches;
};

struct _GwJobWatch
{
  GwKeptJob *job;
  gboolean output; /* wants to know of that too */
  GwKeptJobFunc func;
  gpointer data;
};

/* --- Its name ------------------------------------------------------------- */

/* No vowels, and so no words. */
static const char letters[] = "bcdfghjkmnpqrstvwxz";

/**
 * gw_kept_job_boot_tag:
 *
 * Jobs are numbered anew after each boot. So that none of before is taken for
 * one of now, their ids begin with two letters that are the boot's.
 *
 * Returns: (transfer full): the letters
 */
char *
gw_kept_job_boot_tag (void)
{
  const guint n = sizeof letters - 1;
  g_autofree char *boot = NULL;
  guint hash;

  g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL);
  hash = g_str_hash (boot != NULL ? boot : "");
  return g_strdup_printf ("%c%c", letters[hash % n], letters[hash / n % n]);
}

/* Whether @text could be an id, of this boot or of another one. */
gboolean
gw_kept_job_looks_like_id (const char *text)
{
  gsize length = strspn (text, letters);

  return length == 2 && text[length] != '\0' && text[length + strspn (text + length, "0123456789")] == '\0';
}

static GwKeptJob *
job_new (const char *folder)
{
  GwKeptJob *job = g_new0 (GwKeptJob, 1);
  g_autofree char *tag = gw_kept_job_boot_tag ();

  job->folder = g_strdup (folder);
  job->id = g_strconcat (tag, strrchr (folder, '-') + 1, NULL);
  job->bell = -1;
  return job;
}

/**
 * gw_kept_job_make:
 * @facts: what is to be known of it
 *
 * Returns: (transfer full): a job that has a folder and was not begun, or %NULL
 *   with @error set
 */
GwKeptJob *
gw_kept_job_make (JsonObject *facts, GError **error)
{
  guint64 number;
  int folder = gw_program_store_new_job (&number);
  g_autofree char *name = gw_program_store_job_folder (number);
  GwKeptJob *job;

  if (folder < 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "there is no folder in which a job can be kept");
      return NULL;
    }
  job = job_new (name);
  job->facts = json_object_ref (facts);
  if (!gw_job_files_make (folder, facts, error))
    g_clear_pointer (&job, gw_kept_job_remove);
  close (folder);
  return job;
}

/* --- News ------------------------------------------------------------------- */

static void
tell_watches (GwKeptJob *job, gboolean of_output)
{
  g_autoptr (GList) watches = g_list_copy (job->watches);

  for (GList *link = watches; link != NULL; link = link->next)
    {
      GwJobWatch *watch = link->data;

      /* Who was told before may have ended others. */
      if (g_list_find (job->watches, watch) != NULL && (!of_output || watch->output))
        watch->func (job, watch->data);
    }
}

static void
read_end (GwKeptJob *job)
{
  int folder = gw_kept_job_enter (job);
  guint64 first;

  job->ended = TRUE;
  job->lost = folder < 0 || !gw_job_files_read_end (folder, &job->end);
  if (job->lost)
    job->end.at = g_get_real_time () / G_USEC_PER_SEC;
  for (GwStream i = GW_STREAM_STDOUT; job->lost && folder >= 0 && i < GW_STREAMS; i++)
    gw_job_reader_find_range (folder, i, &first, &job->end.totals[i]);
  if (folder >= 0)
    close (folder);
}

static void
stop_listening (GwKeptJob *job)
{
  g_clear_pointer (&job->item, gw_poll_remove);
  if (job->bell >= 0)
    close (job->bell);
  job->bell = -1;
}

/* Empties the bell. Returns FALSE where nobody is there who would ring it. */
static gboolean
listen_to_bell (GwKeptJob *job)
{
  char buffer[4096];
  gssize length;

  do
    length = read (job->bell, buffer, sizeof buffer);
  while (length > 0 || (length < 0 && errno == EINTR));
  return length < 0 && errno == EAGAIN;
}

static void
on_bell (guint32 events, gpointer data)
{
  GwKeptJob *job = data;

  if (listen_to_bell (job))
    {
      tell_watches (job, TRUE);
      return;
    }
  stop_listening (job);
  read_end (job);
  tell_watches (job, FALSE);
  job->ended_func (job, job->data);
}

/* Nobody is woken for output that nobody follows; of its end the kernel tells
 * in any case. */
static gboolean
listen (GwKeptJob *job)
{
  gboolean output = FALSE;

  for (GList *link = job->watches; link != NULL; link = link->next)
    output = output || ((GwJobWatch *) link->data)->output;
  g_clear_pointer (&job->item, gw_poll_remove);
  job->item = gw_poll_add (NULL, job->bell, output ? EPOLLIN : 0, on_bell, job, NULL);
  return job->item != NULL;
}

/**
 * gw_kept_job_begin:
 * @ended: called once, from the loop, if it has not ended yet
 *
 * Its supervisor has begun.
 *
 * Returns: whether all is well
 */
gboolean
gw_kept_job_begin (GwKeptJob *job, GPid pid, GwKeptJobFunc ended, gpointer data)
{
  int folder = gw_kept_job_enter (job);

  /* Its supervisor may not have written it yet. */
  job->pid = pid;
  job->ended_func = ended;
  job->data = data;
  if (folder < 0)
    return FALSE;
  job->bell = gw_job_files_open_bell (folder);
  close (folder);
  if (job->bell >= 0 && listen_to_bell (job))
    return listen (job);
  stop_listening (job);
  read_end (job);
  return TRUE;
}

/**
 * gw_kept_job_find:
 * @folder: its name
 *
 * Returns: (transfer full) (nullable): a job that an earlier agent has started,
 *   for gw_kept_job_begin(); %NULL if it never began: then the folder is removed
 */
GwKeptJob *
gw_kept_job_find (const char *folder)
{
  GwKeptJob *job = job_new (folder);
  int fd = gw_kept_job_enter (job);

  if (fd >= 0)
    {
      job->facts = gw_job_files_read_facts (fd);
      job->pid = gw_job_files_read_pid (fd);
      close (fd);
    }
  if (job->facts != NULL && job->pid > 0)
    return job;
  gw_kept_job_remove (job);
  return NULL;
}

/* If it runs, it goes on, and a later agent finds it. */
void
gw_kept_job_free (GwKeptJob *job)
{
  stop_listening (job);
  g_list_free_full (job->watches, g_free);
  g_clear_pointer (&job->facts, json_object_unref);
  g_free (job->folder);
  g_free (job->id);
  g_free (job);
}

/* Forgets it, and what it has printed. */
void
gw_kept_job_remove (GwKeptJob *job)
{
  gw_program_store_remove (job->folder);
  gw_kept_job_free (job);
}

/* --- Watches ---------------------------------------------------------------- */

/**
 * gw_kept_job_watch:
 * @output: whether to tell of new output too
 * @func: called from the loop, when there is news
 *
 * Returns: (transfer full): a watch; the job lives at least as long
 */
GwJobWatch *
gw_kept_job_watch (GwKeptJob *job, gboolean output, GwKeptJobFunc func, gpointer data)
{
  GwJobWatch *watch = g_new0 (GwJobWatch, 1);

  watch->job = job;
  watch->output = output;
  watch->func = func;
  watch->data = data;
  job->watches = g_list_append (job->watches, watch);
  if (job->bell >= 0)
    listen (job);
  return watch;
}

void
gw_kept_job_unwatch (GwJobWatch *watch)
{
  GwKeptJob *job = watch->job;

  job->watches = g_list_remove (job->watches, watch);
  g_free (watch);
  if (job->bell >= 0)
    listen (job);
}

/* --- Questions ------------------------------------------------------------------ */

const char *
gw_kept_job_get_id (GwKeptJob *job)
{
  return job->id;
}

/* Returns: (nullable): what who started it calls it */
const char *
gw_kept_job_get_name (GwKeptJob *job)
{
  return json_object_get_string_member_with_default (job->facts, "name", NULL);
}

GPid
gw_kept_job_get_pid (GwKeptJob *job)
{
  return job->pid;
}

/* Returns: a descriptor of its folder, or -1 */
int
gw_kept_job_enter (GwKeptJob *job)
{
  return gw_program_store_enter (job->folder);
}

gboolean
gw_kept_job_has_ended (GwKeptJob *job)
{
  return job->ended;
}

/* Whether somebody waits for news of it, or reads what it has printed. */
gboolean
gw_kept_job_is_watched (GwKeptJob *job)
{
  return job->watches != NULL;
}

/* Grows from job to job. */
guint64
gw_kept_job_get_number (GwKeptJob *job)
{
  return g_ascii_strtoull (strrchr (job->folder, '-') + 1, NULL, 10);
}

/* Of one that has ended. */
const GwJobEnd *
gw_kept_job_get_end (GwKeptJob *job)
{
  return &job->end;
}

/* @ends: (out): for each of its streams, how many bytes it has written */
void
gw_kept_job_find_ends (GwKeptJob *job, guint64 *ends)
{
  int folder = job->ended ? -1 : gw_kept_job_enter (job);
  guint64 first;

  memcpy (ends, job->end.totals, sizeof job->end.totals);
  for (GwStream i = GW_STREAM_STDOUT; folder >= 0 && i < GW_STREAMS; i++)
    gw_job_reader_find_range (folder, i, &first, &ends[i]);
  if (folder >= 0)
    close (folder);
}

/* Adds how it ended. */
void
gw_kept_job_describe_end (GwKeptJob *job, JsonObject *result)
{
  if (job->lost)
    json_object_set_boolean_member (result, "lost", TRUE);
  else if (WIFSIGNALED (job->end.wait_status))
    json_object_set_int_member (result, "signal", WTERMSIG (job->end.wait_status));
  else
    json_object_set_int_member (result, "exitcode", WEXITSTATUS (job->end.wait_status));
}

static void
describe_output (GwKeptJob *job, JsonObject *row, int folder, GwStream stream, const char *name)
{
  JsonObject *output = json_object_new ();
  guint64 first, end;

  gw_job_reader_find_range (folder, stream, &first, &end);
  if (job->ended)
    end = job->end.totals[stream];
  json_object_set_int_member (output, "first", MIN (first, end));
  json_object_set_int_member (output, "end", end);
  json_object_set_object_member (row, name, output);
}

/* Adds all that is known of it. */
void
gw_kept_job_describe (GwKeptJob *job, JsonObject *row)
{
  int folder = gw_kept_job_enter (job);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_set_string_member (row, "job", job->id);
  json_object_set_int_member (row, "pid", job->pid);
  json_object_iter_init (&iter, job->facts);
  while (json_object_iter_next (&iter, &name, &value))
    json_object_set_member (row, name, json_node_copy (value));
  json_object_set_string_member (row, "state", job->ended ? "ended" : "running");
  if (job->ended)
    {
      json_object_set_int_member (row, "ended", job->end.at);
      gw_kept_job_describe_end (job, row);
    }
  if (folder < 0)
    return;
  describe_output (job, row, folder, GW_STREAM_STDOUT, "stdout");
  describe_output (job, row, folder, GW_STREAM_STDERR, "stderr");
  close (folder);
}

/* To its process group, whose number its supervisor lets go of only after it
 * has told of the end. */
gboolean
gw_kept_job_signal (GwKeptJob *job, int signal_number, GError **error)
{
  if (!job->ended)
    on_bell (0, job);
  if (!job->ended && kill (-job->pid, signal_number) == 0)
    return TRUE;
  if (job->ended)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Job %s has ended", job->id);
  else
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot send signal %d to job %s: %s", signal_number, job->id,
                 g_strerror (errno));
  return FALSE;
}
