/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that freeze and thaw, and what has to be written before the first
 * file system is frozen and after the last one is thawed. */

#include "gw-freeze-job.h"

#include "gw-freeze-mark.h"
#include "gw-later.h"
#include "gw-log.h"

typedef struct
{
  GwFreezeJob *job;
  void (*work) (GwFreezeJob *job);
  GSourceFunc done;
} Start;

static gpointer
run_thread (gpointer data)
{
  g_autofree Start *start = data;

  start->work (start->job);
  gw_later_call (NULL, start->done, NULL, NULL);
  return NULL;
}

static void
begin (GwFreezeJob *job)
{
  job->count = 0;
  g_clear_error (&job->problem);
  if (job->frozen == NULL)
    job->frozen = gw_frozen_new ();
}

static gboolean
start_thread (GwFreezeJob *job, void (*work) (GwFreezeJob *job), GSourceFunc done)
{
  Start *start = g_new (Start, 1);

  begin (job);
  *start = (Start){ job, work, done };
  job->thread = g_thread_try_new ("guestwire-freeze", run_thread, start, &job->problem);
  if (job->thread == NULL)
    g_free (start);
  return job->thread != NULL;
}

static void
freeze (GwFreezeJob *job)
{
  if (job->mark != NULL)
    gw_freeze_mark_write (job->mark, job->leased);
  gw_log_hold (TRUE);
  gw_freeze_work (job->ways, job->only, &job->stopped, job->frozen, &job->problem);
  job->count = job->frozen->len;
  if (job->problem == NULL && job->count == 0 && job->mark != NULL)
    gw_freeze_mark_remove (job->mark);
}

static void
thaw (GwFreezeJob *job)
{
  job->count = gw_thaw_work (job->ways, job->frozen, &job->problem);
  if (job->mark != NULL)
    gw_freeze_mark_remove (job->mark);
}

/**
 * gw_freeze_job_freeze:
 * @done: called in the loop; joins the thread
 *
 * Messages are held from some time on before the first one is frozen.
 *
 * Returns: %FALSE with @job's problem set if there is no thread to be had
 */
gboolean
gw_freeze_job_freeze (GwFreezeJob *job, GSourceFunc done)
{
  return start_thread (job, freeze, done);
}

/* The same. */
gboolean
gw_freeze_job_thaw (GwFreezeJob *job, GSourceFunc done)
{
  return start_thread (job, thaw, done);
}

/* In the thread that asks. */
void
gw_freeze_job_thaw_now (GwFreezeJob *job)
{
  begin (job);
  thaw (job);
}

/* Waits for the end of what is under way. */
void
gw_freeze_job_join (GwFreezeJob *job)
{
  if (job->thread != NULL)
    g_thread_join (g_steal_pointer (&job->thread));
}
