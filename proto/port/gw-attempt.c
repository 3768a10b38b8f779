/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs what blocks in a thread, and tells by a descriptor that it is done. GIO's
 * own way to do so is bound to one main context, while a client moves from one
 * to another. An attempt that is abandoned ends by itself. */

#include "gw-attempt.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gw-error.h"

struct _GwAttempt
{
  GwAttemptFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GCancellable *cancellable;
  int event; /* readable once the thread is done */
};

static void
clear (gpointer data)
{
  GwAttempt *attempt = data;

  if (attempt->event >= 0)
    close (attempt->event);
  g_object_unref (attempt->cancellable);
  attempt->free_data (attempt->data);
}

static void
unref (GwAttempt *attempt)
{
  g_atomic_rc_box_release_full (attempt, clear);
}

static gpointer
run (gpointer data)
{
  GwAttempt *attempt = data;

  attempt->func (attempt->data, attempt->cancellable);
  (void) eventfd_write (attempt->event, 1);
  unref (attempt);
  return NULL;
}

/**
 * gw_attempt_start:
 * @name: of the thread
 * @data: (transfer full): for @func, and for who waits for it
 *
 * Returns: (transfer full): an attempt on the way, to be given to
 *   gw_attempt_abandon() whatever becomes of it; or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwAttempt *
gw_attempt_start (const char *name, GwAttemptFunc func, gpointer data, GDestroyNotify free_data, GError **error)
{
  GwAttempt *attempt = g_atomic_rc_box_new0 (GwAttempt);
  g_autoptr (GError) failure = NULL;
  GThread *thread = NULL;
  int number;

  attempt->func = func;
  attempt->data = data;
  attempt->free_data = free_data;
  attempt->cancellable = g_cancellable_new ();
  attempt->event = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  number = errno;
  if (attempt->event >= 0)
    thread = g_thread_try_new (name, run, g_atomic_rc_box_acquire (attempt), &failure);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return attempt;
    }
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, failure != NULL ? failure->message : g_strerror (number));
  if (attempt->event >= 0)
    unref (attempt); /* the thread's */
  unref (attempt);
  return NULL;
}

void
gw_attempt_abandon (GwAttempt *attempt)
{
  g_cancellable_cancel (attempt->cancellable);
  unref (attempt);
}

/* A descriptor that is readable once the attempt is done. */
int
gw_attempt_get_event (GwAttempt *attempt)
{
  return attempt->event;
}

/* Of an attempt that is done: what the thread has left there. */
gpointer
gw_attempt_get_data (GwAttempt *attempt)
{
  return attempt->data;
}
