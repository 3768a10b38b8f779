/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A forward's start and its end, and what it does when the agent was lost. */

#include "gw-blocking.h"
#include "gw-forward-private.h"
#include "gw-later.h"
#include "gw-limits.h"
#include "gw-pending.h"

/* --- The client --------------------------------------------------------- */

/* Whether connections can be forwarded by what the client is now. */
gboolean
gw_forward_is_ready (GwForward *self, GError **error)
{
  const char *why = gw_wire_get_why_text (self->client->wire);

  if (gw_client_get_framed (self->client))
    return TRUE;
  if (self->client->state != GW_CLIENT_OPEN)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "the channel is not open; nothing was forwarded");
  else if (!self->client->wants_frames)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_UNSUPPORTED,
                         "to forward takes a client that was opened with wants-frames");
  else
    g_set_error (error, GW_ERROR, GW_ERROR_UNSUPPORTED,
                 "to forward takes an agent that speaks frames, and this one speaks text only (%s)",
                 why != NULL ? why : "it is reached through libvirt");
  return FALSE;
}

static void
look_at_client (GwForward *self)
{
  g_autoptr (GError) error = NULL;

  if (self->stopped)
    return;
  gw_forward_send_waiting (self);
  if (self->direction == GW_FORWARD_TO_GUEST || self->starting != NULL || self->call != 0 || self->again != NULL
      || self->client->state == GW_CLIENT_OPENING)
    return;
  if (self->client->state == GW_CLIENT_CLOSED)
    gw_forward_open_client (self);
  else if (gw_forward_is_ready (self, &error))
    gw_forward_listen_there (self);
  else
    {
      gw_forward_tell_lost (self, error);
      gw_forward_try_again (self);
    }
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GwForward) self = data;
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->opening);
  if (self->stopped || gw_client_open_finish (GW_CLIENT (object), result, &error))
    {
      look_at_client (self);
      return;
    }
  /* Another one opens it just now, and its state will tell. */
  if (self->client->state == GW_CLIENT_OPENING)
    return;
  gw_forward_refuse_waiting (self, error);
  if (self->direction == GW_FORWARD_TO_HOST)
    gw_forward_try_again (self);
}

/* If nobody does. */
void
gw_forward_open_client (GwForward *self)
{
  if (self->opening != NULL || self->client->state != GW_CLIENT_CLOSED)
    return;
  self->opening = g_cancellable_new ();
  g_main_context_push_thread_default (self->context);
  gw_client_open_async (self->client, GW_TIMEOUT_DEFAULT, self->opening, on_opened, g_object_ref (self));
  g_main_context_pop_thread_default (self->context);
}

static void
on_state (GObject *object, GParamSpec *pspec, gpointer data)
{
  look_at_client (data);
}

static gboolean
on_again (gpointer data)
{
  GwForward *self = data;

  gw_later_clear (&self->again);
  look_at_client (self);
  return G_SOURCE_REMOVE;
}

/* Listens in the guest again, after a while. */
void
gw_forward_try_again (GwForward *self)
{
  self->again_ms = self->again_ms == 0 ? GW_FORWARD_AGAIN_FIRST_MS : MIN (self->again_ms * 2, GW_FORWARD_AGAIN_LAST_MS);
  gw_later_set (&self->again, self->context, self->again_ms, on_again, self);
}

/* --- Its start ---------------------------------------------------------- */

/* Takes @error: why it is not; NULL where it listens. */
void
gw_forward_started (GwForward *self, GError *error)
{
  GwWait *starting = g_steal_pointer (&self->starting);

  if (starting == NULL)
    {
      g_clear_error (&error);
      return;
    }
  gw_wait_end (starting, error);
  if (!self->listening)
    gw_forward_stop (self);
}

static void
on_start_over (GwWait *wait, GError *why, gpointer data)
{
  GwForward *self = data;

  if (g_error_matches (why, GW_ERROR, GW_ERROR_TIMED_OUT))
    {
      g_free (why->message);
      why->message = g_strdup ("the forward was not started in time");
    }
  self->starting = NULL;
  gw_wait_end (wait, why);
  gw_forward_stop (self);
}

static gboolean
read_addresses (GwForward *self, GError **error)
{
  self->listen_at = gw_endpoint_parse (self->listen, GW_ENDPOINT_LISTEN, error);
  if (self->listen_at != NULL)
    self->connect_to = gw_endpoint_parse (self->connect, GW_ENDPOINT_CONNECT, error);
  return self->connect_to != NULL;
}

/**
 * gw_forward_start_async:
 * @forward: a #GwForward that was not started before
 * @timeout_ms: how long the start may take, in milliseconds;
 *   %GW_TIMEOUT_DEFAULT for 30 seconds, %GW_TIMEOUT_NONE for no limit
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it listens, or will not
 * @user_data: for @callback
 *
 * Begins to listen. The client must be open and speak frames. A unix socket that
 * nobody listens on any more is replaced, any other file never.
 *
 * Since: 0.1
 */
void
gw_forward_start_async (GwForward *forward, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (GW_IS_FORWARD (forward));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (!forward->started);

  forward->started = TRUE;
  if (forward->context == NULL)
    forward->context = g_main_context_ref_thread_default ();
  task = gw_pending_task_new (forward, gw_forward_start_async, cancellable, callback, user_data);
  if (!read_addresses (forward, &error) || g_cancellable_set_error_if_cancelled (cancellable, &error)
      || !gw_forward_is_ready (forward, &error))
    {
      forward->stopped = TRUE;
      g_task_return_error (task, error);
      return;
    }
  g_object_ref (forward);
  forward->starting
      = gw_wait_new (task, timeout_ms == GW_TIMEOUT_DEFAULT ? 30000 : timeout_ms, on_start_over, forward);
  forward->state_handler = g_signal_connect (forward->client, "notify::state", G_CALLBACK (on_state), forward);
  if (forward->direction == GW_FORWARD_TO_GUEST)
    gw_forward_listen_here (forward);
  else
    gw_forward_listen_there (forward);
}

/**
 * gw_forward_start_finish:
 * @forward: a #GwForward
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if it listens; else %FALSE with one of these set:
 *   %GW_ERROR_INVALID_ADDRESS, %GW_ERROR_BUSY (another program listens there),
 *   %GW_ERROR_CONNECT (this host cannot listen there), %GW_ERROR_GUEST (the guest
 *   cannot), %GW_ERROR_UNSUPPORTED (there are no frames),
 *   %GW_ERROR_COMMAND_NOT_FOUND and %GW_ERROR_DENIED (the agent does not forward),
 *   %GW_ERROR_TIMED_OUT, %G_IO_ERROR_CANCELLED, or what is set by
 *   gw_client_call_finish() when the agent is lost
 *
 * Since: 0.1
 */
gboolean
gw_forward_start_finish (GwForward *forward, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, forward), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return gw_wait_finish (result, error);
}

/**
 * gw_forward_start:
 * @forward: a #GwForward that was not started before
 * @timeout_ms: as for gw_forward_start_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Begins to listen, and blocks until it does. Connections are taken while the
 * thread-default main context runs afterwards.
 *
 * Returns: %TRUE if it listens; else %FALSE with an error as from
 *   gw_forward_start_finish()
 *
 * Since: 0.1
 */
gboolean
gw_forward_start (GwForward *forward, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean started;

  g_return_val_if_fail (GW_IS_FORWARD (forward), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (!forward->started, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  forward->context = g_main_context_ref_thread_default ();
  gw_blocking_begin (&blocking, forward->client);
  gw_forward_start_async (forward, timeout_ms, cancellable, gw_blocking_done, &blocking);
  started = gw_forward_start_finish (forward, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return started;
}

/* --- Its end ------------------------------------------------------------ */

/**
 * gw_forward_stop:
 * @forward: a #GwForward
 *
 * Listens no more, and ends all connections. Does nothing to one that was not
 * started, or was stopped.
 *
 * Since: 0.1
 */
void
gw_forward_stop (GwForward *forward)
{
  g_autoptr (GList) connections = NULL;

  g_return_if_fail (GW_IS_FORWARD (forward));

  if (!forward->started || forward->stopped)
    return;
  forward->stopped = TRUE;
  g_clear_signal_handler (&forward->state_handler, forward->client);
  gw_later_clear (&forward->again);
  g_clear_pointer (&forward->acceptor, gw_acceptor_free);
  g_cancellable_cancel (forward->opening);
  gw_forward_set_listening (forward, FALSE);
  if (forward->starting != NULL)
    gw_wait_end (g_steal_pointer (&forward->starting),
                 g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped before it listened"));
  if (forward->call != 0)
    gw_client_cancel_call (forward->client, forward->call);
  connections = g_hash_table_get_keys (forward->connections);
  for (GList *link = connections; link != NULL; link = link->next)
    gw_forward_connection_end (link->data, NULL);
  gw_forward_unref_later (forward);
}
