/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between a GTask and what it waits for. Listens to its cancellable on the
 * client's main context, and hands its result over on its own: the program's
 * callback may close or free the client, so it never runs inside of an event
 * of ours. Knows no client. */

#include "gw-pending.h"

#include "gw-later.h"

/* Carries a cancellation from the thread that cancels to the client's. A
 * GCancellable's own source is not used: GLib (2.74) leaks one that is
 * destroyed while another thread is in g_cancellable_cancel(). */
typedef struct
{
  GMainContext *context;
  GwPending *pending; /* NULL once it has ended; only the client's thread looks */
} Carrier;

struct _GwPending
{
  GTask *task;
  guint64 call;
  Carrier *carrier;        /* NULL if nothing can cancel it */
  gulong cancelled_handler;
  GwPendingFunc func;
  gpointer user_data;
};

/**
 * gw_pending_task_new:
 * @tag: the function that is called
 *
 * Returns: (transfer full): a task whose result counts even if it is
 *   cancelled after that came
 */
GTask *
gw_pending_task_new (gpointer object, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  GTask *task = g_task_new (object, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

static void
carrier_clear (gpointer data)
{
  Carrier *carrier = data;

  g_main_context_unref (carrier->context);
}

static void
carrier_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, carrier_clear);
}

static gboolean
on_carried (gpointer data)
{
  Carrier *carrier = data;

  if (carrier->pending != NULL)
    carrier->pending->func (carrier->pending, carrier->pending->user_data);
  return G_SOURCE_REMOVE;
}

/* In whatever thread cancels. */
static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Carrier *carrier = data;

  gw_later_call (carrier->context, on_carried, g_atomic_rc_box_acquire (carrier), carrier_unref);
}

/**
 * gw_pending_new:
 * @call: a number for the caller
 * @context: where @cancelled may run
 * @cancelled: called when the task is cancelled; may end it
 *
 * Returns: (transfer full): a new #GwPending, to be given to gw_pending_end()
 */
GwPending *
gw_pending_new (GTask *task, guint64 call, GMainContext *context, GwPendingFunc cancelled, gpointer user_data)
{
  GwPending *pending = g_new0 (GwPending, 1);

  pending->task = g_object_ref (task);
  pending->call = call;
  pending->func = cancelled;
  pending->user_data = user_data;
  if (g_task_get_cancellable (task) == NULL)
    return pending;
  pending->carrier = g_atomic_rc_box_new0 (Carrier);
  pending->carrier->context = g_main_context_ref (context);
  pending->carrier->pending = pending;
  pending->cancelled_handler
      = g_cancellable_connect (g_task_get_cancellable (task), G_CALLBACK (on_cancelled), pending->carrier, NULL);
  return pending;
}

/* The number, in a place that lasts as long as @pending. */
const guint64 *
gw_pending_get_call (GwPending *pending)
{
  return &pending->call;
}

typedef struct
{
  GTask *task;
  JsonNode *value;
  GError *error;
} Result;

static void
result_free (gpointer data)
{
  Result *result = data;

  g_clear_object (&result->task);
  g_clear_pointer (&result->value, json_node_unref);
  g_clear_error (&result->error);
  g_free (result);
}

static gboolean
on_result (gpointer data)
{
  Result *result = data;

  if (result->error != NULL)
    g_task_return_error (result->task, g_steal_pointer (&result->error));
  else
    g_task_return_pointer (result->task, g_steal_pointer (&result->value), (GDestroyNotify) json_node_unref);
  return G_SOURCE_REMOVE;
}

/**
 * gw_pending_end:
 * @pending: (transfer full): what has ended
 * @value: (transfer full) (nullable): the task's result
 * @error: (transfer full) (nullable): or why there is none
 *
 * Returns the task, a little later.
 */
void
gw_pending_end (GwPending *pending, JsonNode *value, GError *error)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Result *result = g_new0 (Result, 1);

  result->task = g_steal_pointer (&pending->task);
  result->value = value;
  result->error = error;
  g_source_set_priority (source, g_task_get_priority (result->task));
  g_source_set_callback (source, on_result, result, result_free);

  if (pending->carrier != NULL)
    {
      pending->carrier->pending = NULL;
      /* Waits for a cancellation that is on its way. */
      g_cancellable_disconnect (g_task_get_cancellable (result->task), pending->cancelled_handler);
      carrier_unref (pending->carrier);
    }
  g_free (pending);
  g_source_attach (source, g_task_get_context (result->task));
}
