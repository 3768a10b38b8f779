/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between a GTask and something that ends it: with its cancellable, and a time
 * of its own. Knows not what is waited for. */

#include "gw-wait.h"

#include "gw-error.h"
#include "gw-later.h"
#include "gw-pending.h"

struct _GwWait
{
  GwPending *pending;
  GSource *timer; /* NULL for no limit */
  GwWaitFunc over;
  gpointer user_data;
};

static void
on_cancelled (GwPending *pending, gpointer data)
{
  GwWait *wait = data;

  wait->over (wait, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"), wait->user_data);
}

static gboolean
on_time_up (gpointer data)
{
  GwWait *wait = data;

  wait->over (wait, g_error_new_literal (GW_ERROR, GW_ERROR_TIMED_OUT, "not in time"), wait->user_data);
  return G_SOURCE_REMOVE;
}

/**
 * gw_wait_new:
 * @timeout_ms: 0 or less for no limit
 * @over: called on the task's main context; ends the wait
 *
 * Returns: (transfer full): to be given to gw_wait_end()
 */
GwWait *
gw_wait_new (GTask *task, int timeout_ms, GwWaitFunc over, gpointer user_data)
{
  GwWait *wait = g_new0 (GwWait, 1);

  wait->over = over;
  wait->user_data = user_data;
  wait->pending = gw_pending_new (task, 0, g_task_get_context (task), on_cancelled, wait);
  if (timeout_ms > 0)
    gw_later_set (&wait->timer, g_task_get_context (task), timeout_ms, on_time_up, wait);
  return wait;
}

/**
 * gw_wait_end:
 * @wait: (transfer full): what has ended
 * @error: (transfer full) (nullable): what went wrong
 *
 * Returns the task, a little later.
 */
void
gw_wait_end (GwWait *wait, GError *error)
{
  gw_later_clear (&wait->timer);
  gw_pending_end (wait->pending, NULL, error);
  g_free (wait);
}

gboolean
gw_wait_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_task_propagate_pointer (G_TASK (result), &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
