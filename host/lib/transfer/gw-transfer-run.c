/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a copy: over a stream (gw-framed-copy.c) where the agent has that, else
 * by the commands that any agent has (gw-copy.c). */

#include "gw-transfer-private.h"

#include "gw-blocking.h"
#include "gw-copy.h"
#include "gw-framed-copy.h"
#include "gw-limits.h"
#include "gw-pending.h"

typedef struct
{
  GTask *task;
  int timeout_ms;
  gint64 begun_us;
  guint begun; /* how often */
} Framed;

/* What goes over streams alone. */
static gboolean
needs_stream (GwTransfer *self)
{
  return (self->flags & ~GW_TRANSFER_RESUME) != 0 || self->owner != NULL || self->host_fd >= 0;
}

/* An older agent, or one that has these commands blocked by their names: nothing
 * was done yet. What the others say of themselves, they say better. */
static gboolean
may_copy_in_text (GwTransfer *self, const GError *error)
{
  return !needs_stream (self)
         && (g_error_matches (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND)
             || g_error_matches (error, GW_ERROR, GW_ERROR_DENIED));
}

/* What has come is on a disk, and a channel there again: it goes on from there. */
static gboolean
may_go_on (const Framed *framed, const GError *error)
{
  GwTransfer *self = g_task_get_source_object (framed->task);

  if (self->host_fd >= 0 || (self->flags & GW_TRANSFER_RECURSIVE) != 0 || framed->begun >= GW_TRANSFER_BEGIN_MAX)
    return FALSE;
  return g_error_matches (error, GW_ERROR, GW_ERROR_PEER_RESTARTED)
         || (g_error_matches (error, GW_ERROR, GW_ERROR_PEER_LOST)
             && gw_client_get_state (self->client) != GW_CLIENT_CLOSED);
}

/* As gw_transfer_run_async() has it. A time that is over ends the next try at once. */
static int
get_time_left_ms (const Framed *framed)
{
  gint64 passed_ms = (g_get_monotonic_time () - framed->begun_us) / 1000;

  return framed->timeout_ms > 0 ? (int) MAX (framed->timeout_ms - passed_ms, 1) : framed->timeout_ms;
}

static void begin_framed (Framed *framed);

static void
framed_free (Framed *framed)
{
  g_object_unref (framed->task);
  g_free (framed);
}

static void
on_framed (GObject *object, GAsyncResult *result, gpointer data)
{
  Framed *framed = data;
  GwTransfer *self = g_task_get_source_object (framed->task);
  g_autoptr (GError) error = NULL;

  if (gw_framed_copy_finish (result, &error))
    g_task_return_boolean (framed->task, TRUE);
  else if (may_copy_in_text (self, error))
    gw_copy_start (g_object_ref (framed->task), framed->timeout_ms);
  else if (may_go_on (framed, error))
    {
      self->going_on = TRUE;
      begin_framed (framed);
      return;
    }
  else
    g_task_return_error (framed->task, g_steal_pointer (&error));
  framed_free (framed);
}

static void
begin_framed (Framed *framed)
{
  g_autoptr (GTask) part = gw_pending_task_new (g_task_get_source_object (framed->task), begin_framed,
                                                g_task_get_cancellable (framed->task), on_framed, framed);

  framed->begun++;
  gw_framed_copy_start (part, get_time_left_ms (framed));
}

/* Takes @task. */
static void
copy_framed (GTask *task, int timeout_ms)
{
  g_autoptr (GError) error = NULL;
  Framed *framed;

  if (!gw_copy_check_guest_path (g_task_get_source_object (task), &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  framed = g_new (Framed, 1);
  *framed = (Framed){ task, timeout_ms, g_get_monotonic_time (), 0 };
  begin_framed (framed);
}

/**
 * gw_transfer_run_async:
 * @transfer: a #GwTransfer that was not run before
 * @timeout_ms: how long it may take in all, in milliseconds;
 *   %GW_TIMEOUT_DEFAULT for a copy that takes as long as it likes while each
 *   answer of the agent comes within 30 seconds, %GW_TIMEOUT_NONE for no limit
 *   to either
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when the file is there, or will not be
 * @user_data: for @callback
 *
 * Copies the file. The client must be open.
 *
 * When it fails or is cancelled, it first tries for some seconds to remove its
 * traces in the guest.
 *
 * Since: 0.1
 */
void
gw_transfer_run_async (GwTransfer *transfer, int timeout_ms, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (GW_IS_TRANSFER (transfer));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (!transfer->started);

  transfer->started = TRUE;
  task = g_task_new (transfer, cancellable, callback, user_data);
  g_task_set_source_tag (task, gw_transfer_run_async);
  /* A file that is there counts. */
  g_task_set_check_cancellable (task, FALSE);
  if (gw_client_get_framed (transfer->client))
    copy_framed (task, timeout_ms);
  else if (needs_stream (transfer))
    {
      g_task_return_new_error (task, GW_ERROR, GW_ERROR_UNSUPPORTED,
                               "folders, streams, owners and SHA-256 take Guestwire's agent, and a client that speaks "
                               "frames with it; this is a text connection");
      g_object_unref (task);
    }
  else
    gw_copy_start (task, timeout_ms);
}

/**
 * gw_transfer_run_finish:
 * @transfer: a #GwTransfer
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the file was copied whole; else %FALSE with a #GFileError
 *   for what failed on this host, %GW_ERROR_GUEST for what failed in the
 *   guest, or another error as from gw_client_call_finish(). If anything of
 *   the copy is left in the guest, the message says where
 *
 * Since: 0.1
 */
gboolean
gw_transfer_run_finish (GwTransfer *transfer, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, transfer), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * gw_transfer_run:
 * @transfer: a #GwTransfer that was not run before
 * @timeout_ms: as for gw_transfer_run_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Copies the file, and blocks until that is done.
 *
 * Returns: %TRUE if it was copied whole; else %FALSE with an error as from
 *   gw_transfer_run_finish()
 *
 * Since: 0.1
 */
gboolean
gw_transfer_run (GwTransfer *transfer, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean copied;

  g_return_val_if_fail (GW_IS_TRANSFER (transfer), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (!transfer->started, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, transfer->client);
  gw_transfer_run_async (transfer, timeout_ms, cancellable, gw_blocking_done, &blocking);
  copied = gw_transfer_run_finish (transfer, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return copied;
}
