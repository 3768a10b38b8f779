/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes between the loop and a thread, which may wait for a disk. Bytes go one
 * way: to the thread, bounded by the credit that the loop gives for what was
 * used; or from it, and then the thread waits when much has not been taken.
 * Knows neither the file nor the stream. */

#include "gw-file-job.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gw-later.h"
#include "gw-limits.h"

struct _GwFileJob
{
  int stopped; /* atomic */
  GMutex lock; /* for what follows */
  GCond cond;
  GQueue waiting; /* of GBytes* */
  gsize held;     /* in it */
  GwFileProgress progress;
  gsize used;     /* by the thread, and the loop does not know yet */
  gboolean finished; /* no more is given */
  gboolean ready;
  gboolean over;
  gboolean told; /* the loop will look */
  gboolean waits; /* the thread: else it need not be woken, which costs a call of the kernel */
  GError *error;

  GQueue taken; /* the thread's alone: what it has taken over in one go */
  gsize spent;  /* the same: what it has used, and not said */

  int wake_fd;  /* readable once it is stopped */
  GMainContext *context;
  GwFileJobFunc work;
  gpointer work_data;
  GwFileJobChangedFunc changed; /* the loop's alone */
  gpointer data;
};

static void
job_clear (gpointer data)
{
  GwFileJob *job = data;

  g_queue_clear_full (&job->waiting, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&job->taken, (GDestroyNotify) g_bytes_unref);
  if (job->wake_fd >= 0)
    close (job->wake_fd);
  g_clear_error (&job->error);
  g_main_context_unref (job->context);
  g_mutex_clear (&job->lock);
  g_cond_clear (&job->cond);
}

static void
job_unref (GwFileJob *job)
{
  g_atomic_rc_box_release_full (job, job_clear);
}

/* --- The thread ----------------------------------------------------------- */

static gboolean
on_told (gpointer data)
{
  GwFileJob *job = data;

  g_mutex_lock (&job->lock);
  job->told = FALSE;
  g_mutex_unlock (&job->lock);
  if (job->changed != NULL)
    job->changed (job, job->data);
  return G_SOURCE_REMOVE;
}

/* With the lock. */
static void
tell (GwFileJob *job)
{
  if (job->told)
    return;
  job->told = TRUE;
  gw_later_call (job->context, on_told, g_atomic_rc_box_acquire (job), (GDestroyNotify) job_unref);
}

static gpointer
run (gpointer data)
{
  GwFileJob *job = data;
  GError *error = NULL;

  job->work (job, job->work_data, &error);
  g_mutex_lock (&job->lock);
  job->error = error;
  job->over = TRUE;
  tell (job);
  g_mutex_unlock (&job->lock);
  job_unref (job);
  return NULL;
}

const int *
gw_file_job_get_stopped (GwFileJob *job)
{
  return &job->stopped;
}

/* The loop may use what the thread has found out so far. */
void
gw_file_job_set_ready (GwFileJob *job)
{
  g_mutex_lock (&job->lock);
  job->ready = TRUE;
  tell (job);
  g_mutex_unlock (&job->lock);
}

/* For what waits for something else too: readable once it is stopped. */
int
gw_file_job_get_wake_fd (GwFileJob *job)
{
  return job->wake_fd;
}

/* The loop hears of it with what comes next. */
void
gw_file_job_set_progress (GwFileJob *job, const GwFileProgress *progress)
{
  g_mutex_lock (&job->lock);
  job->progress = *progress;
  g_mutex_unlock (&job->lock);
}

/* With the lock. */
static void
tell_used (GwFileJob *job)
{
  if (job->spent == 0)
    return;
  job->used += job->spent;
  job->spent = 0;
  tell (job);
}

/* With the lock: until the loop has something for the thread. */
static void
wait_for_loop (GwFileJob *job)
{
  job->waits = TRUE;
  g_cond_wait (&job->cond, &job->lock);
  job->waits = FALSE;
}

/* Takes over all that waits: one lock for many blocks. */
static void
take_over (GwFileJob *job)
{
  g_mutex_lock (&job->lock);
  tell_used (job);
  while (g_queue_is_empty (&job->waiting) && !job->finished && !g_atomic_int_get (&job->stopped))
    wait_for_loop (job);
  job->taken = job->waiting;
  g_queue_init (&job->waiting);
  job->held = 0;
  g_mutex_unlock (&job->lock);
}

/**
 * gw_file_job_wait:
 *
 * Returns: (transfer full) (nullable): what was given next; %NULL when no more
 *   comes, or it was stopped. What was returned before counts as used
 */
GBytes *
gw_file_job_wait (GwFileJob *job)
{
  GBytes *bytes;

  if (g_queue_is_empty (&job->taken))
    take_over (job);
  else if (job->spent >= GW_FILE_USED_STEP)
    {
      g_mutex_lock (&job->lock);
      tell_used (job);
      g_mutex_unlock (&job->lock);
    }
  if (g_atomic_int_get (&job->stopped))
    return NULL;
  bytes = g_queue_pop_head (&job->taken);
  if (bytes != NULL)
    job->spent += g_bytes_get_size (bytes);
  return bytes;
}

/**
 * gw_file_job_put:
 * @bytes: (transfer full):
 *
 * Returns: %FALSE if it was stopped
 */
gboolean
gw_file_job_put (GwFileJob *job, GBytes *bytes)
{
  g_mutex_lock (&job->lock);
  while (job->held >= GW_FILE_AHEAD_MAX && !g_atomic_int_get (&job->stopped))
    wait_for_loop (job);
  job->held += g_bytes_get_size (bytes);
  g_queue_push_tail (&job->waiting, bytes);
  tell (job);
  g_mutex_unlock (&job->lock);
  return !g_atomic_int_get (&job->stopped);
}

/* --- The loop ------------------------------------------------------------- */

/**
 * gw_file_job_start:
 * @work: called in a thread of its own
 * @changed: called from the loop, until it is over
 *
 * Returns: (transfer full): a job that runs, or %NULL with @error set
 */
GwFileJob *
gw_file_job_start (GwFileJobFunc work, gpointer work_data, GwFileJobChangedFunc changed, gpointer data, GError **error)
{
  GwFileJob *job = g_atomic_rc_box_new0 (GwFileJob);
  GThread *thread;

  g_mutex_init (&job->lock);
  g_cond_init (&job->cond);
  g_queue_init (&job->waiting);
  g_queue_init (&job->taken);
  job->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  job->context = g_main_context_ref_thread_default ();
  job->work = work;
  job->work_data = work_data;
  job->changed = changed;
  job->data = data;
  if (job->wake_fd < 0)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "eventfd: %s", g_strerror (errno));
  else
    {
      thread = g_thread_try_new ("guestwire-file", run, g_atomic_rc_box_acquire (job), error);
      if (thread != NULL)
        {
          g_thread_unref (thread);
          return job;
        }
      job_unref (job);
    }
  job_unref (job);
  return NULL;
}

/* With the lock. */
static void
wake (GwFileJob *job)
{
  if (job->waits)
    g_cond_signal (&job->cond);
  job->waits = FALSE;
}

void
gw_file_job_give (GwFileJob *job, GBytes *bytes)
{
  g_mutex_lock (&job->lock);
  g_queue_push_tail (&job->waiting, g_bytes_ref (bytes));
  job->held += g_bytes_get_size (bytes);
  wake (job);
  g_mutex_unlock (&job->lock);
}

/* Whether the thread keeps up with what it is given; else it tells when it does. */
gboolean
gw_file_job_has_room (GwFileJob *job)
{
  gboolean room;

  g_mutex_lock (&job->lock);
  room = job->held < GW_FILE_AHEAD_MAX;
  g_mutex_unlock (&job->lock);
  return room;
}

/* How far the thread is. */
GwFileProgress
gw_file_job_get_progress (GwFileJob *job)
{
  GwFileProgress progress;

  g_mutex_lock (&job->lock);
  progress = job->progress;
  g_mutex_unlock (&job->lock);
  return progress;
}

void
gw_file_job_finish (GwFileJob *job)
{
  g_mutex_lock (&job->lock);
  job->finished = TRUE;
  wake (job);
  g_mutex_unlock (&job->lock);
}

/* Returns: (transfer full) (nullable): what was put next, if any is there */
GBytes *
gw_file_job_take (GwFileJob *job)
{
  GBytes *bytes;

  g_mutex_lock (&job->lock);
  bytes = g_queue_pop_head (&job->waiting);
  if (bytes != NULL)
    {
      job->held -= g_bytes_get_size (bytes);
      /* Once for several blocks. */
      if (job->held <= GW_FILE_AHEAD_MAX / 2)
        wake (job);
    }
  g_mutex_unlock (&job->lock);
  return bytes;
}

/* How many bytes the thread has taken since this was last asked. */
gsize
gw_file_job_take_used (GwFileJob *job)
{
  gsize used;

  g_mutex_lock (&job->lock);
  used = job->used;
  job->used = 0;
  g_mutex_unlock (&job->lock);
  return used;
}

gboolean
gw_file_job_is_ready (GwFileJob *job)
{
  gboolean ready;

  g_mutex_lock (&job->lock);
  ready = job->ready;
  g_mutex_unlock (&job->lock);
  return ready;
}

/* Whether the thread has ended, and nothing is left to be taken unless it was
 * stopped, or failed: then @error is set. */
gboolean
gw_file_job_is_over (GwFileJob *job, GError **error)
{
  gboolean over;

  g_mutex_lock (&job->lock);
  over = job->over
         && (job->error != NULL || g_atomic_int_get (&job->stopped) || g_queue_is_empty (&job->waiting));
  if (over && job->error != NULL)
    g_propagate_error (error, g_steal_pointer (&job->error));
  g_mutex_unlock (&job->lock);
  return over;
}

/* To be called when it is over: nobody is told any more. */
void
gw_file_job_free (GwFileJob *job)
{
  job->changed = NULL;
  job_unref (job);
}

/* Nobody wants it any more. The loop looks once more, since the thread may have
 * ended before, with something left that nobody takes now. */
void
gw_file_job_stop (GwFileJob *job)
{
  g_mutex_lock (&job->lock);
  g_atomic_int_set (&job->stopped, 1);
  wake (job);
  tell (job);
  g_mutex_unlock (&job->lock);
  /* It can only be full, and is readable then. */
  if (eventfd_write (job->wake_fd, 1) != 0)
    g_debug ("eventfd: %s", g_strerror (errno));
}
