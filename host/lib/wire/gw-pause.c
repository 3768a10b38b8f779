/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A time that passes, as one step of something asynchronous. */

#include "gw-pause.h"

#include "gw-later.h"
#include "gw-pending.h"

typedef struct
{
  GwPending *pending;
  GSource *timer;
} Pause;

/* Takes @error. */
static void
end (Pause *pause, GError *error)
{
  gw_later_clear (&pause->timer);
  gw_pending_end (pause->pending, NULL, error);
  g_free (pause);
}

static gboolean
on_passed (gpointer data)
{
  end (data, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GwPending *pending, gpointer data)
{
  end (data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
}

/**
 * gw_pause_async:
 * @object: (nullable): what the task is of
 * @ms: how long
 *
 * On the thread-default main context.
 */
void
gw_pause_async (gpointer object, guint ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                gpointer user_data)
{
  g_autoptr (GTask) task = gw_pending_task_new (object, gw_pause_async, cancellable, callback, user_data);
  Pause *pause = g_new0 (Pause, 1);

  gw_later_set (&pause->timer, g_task_get_context (task), ms, on_passed, pause);
  pause->pending = gw_pending_new (task, 0, g_task_get_context (task), on_cancelled, pause);
}

/* FALSE with %G_IO_ERROR_CANCELLED set if it was cancelled. */
gboolean
gw_pause_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_task_propagate_pointer (G_TASK (result), &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
