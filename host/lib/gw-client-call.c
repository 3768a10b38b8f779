/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of a client, each a task until its end. */

#include "gw-client-private.h"

typedef struct
{
  guint64 call;
  const GwLiveCallEvents *events;
  gpointer user_data;
} LiveCall;

void
gw_client_on_ended (guint64 call, JsonNode *value, GError *error, gpointer user_data)
{
  GwClient *self = user_data;
  GwPending *pending = g_hash_table_lookup (self->calls, &call);
  gpointer live;

  if (pending != NULL)
    {
      g_hash_table_remove (self->calls, &call);
      gw_pending_end (pending, value, error);
    }
  else if (g_hash_table_steal_extended (self->live_calls, &call, NULL, &live))
    {
      g_autofree LiveCall *ended = live;

      ended->events->ended (value, error, ended->user_data);
    }
  else
    g_assert_not_reached ();
}

/* Ends a call early; one that has ended is left. */
void
gw_client_cancel_call (GwClient *self, guint64 call)
{
  gw_wire_cancel (self->wire, call);
  gw_wire_flush (self->wire);
}

static void
on_call_cancelled (GwPending *pending, gpointer user_data)
{
  gw_client_cancel_call (user_data, *gw_pending_get_call (pending));
}

/**
 * gw_client_begin_live_call:
 * @events: static; what to call
 *
 * The client speaks frames, and lives until the call has ended.
 *
 * Returns: the call's number, or 0 with an error as from gw_wire_call() set
 */
guint64
gw_client_begin_live_call (GwClient *self, const char *command, JsonNode *arguments, const GwLiveCallEvents *events,
                           gpointer user_data, GError **error)
{
  guint64 call = gw_wire_call (self->wire, command, arguments, G_MAXINT64, error);
  LiveCall *live;

  if (call == 0)
    return 0;
  live = g_new0 (LiveCall, 1);
  *live = (LiveCall){ call, events, user_data };
  g_hash_table_insert (self->live_calls, &live->call, live);
  gw_wire_take_pipes (self->wire, call, events->pipe, user_data);
  gw_wire_flush (self->wire);
  return call;
}

/**
 * gw_client_call_async:
 * @client: an open #GwClient
 * @command: the command's name, for example `guest-ping`
 * @arguments: (nullable): its arguments, an object; %NULL for none. Must not
 *   change before this returns
 * @timeout_ms: how long it may take, waiting for its turn included, in
 *   milliseconds; %GW_TIMEOUT_DEFAULT for 30 seconds, %GW_TIMEOUT_NONE for no
 *   limit
 * @cancellable: (nullable): a #GCancellable. It ends the call for this
 *   program; in frames the agent is told, else a command that it has begun goes
 *   on
 * @callback: (scope async): called when the call has ended
 * @user_data: for @callback
 *
 * Calls a command of the agent.
 *
 * Since: 0.1
 */
void
gw_client_call_async (GwClient *client, const char *command, JsonNode *arguments, int timeout_ms,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;
  GwPending *pending;
  guint64 call;

  g_return_if_fail (GW_IS_CLIENT (client));
  g_return_if_fail (command != NULL);
  g_return_if_fail (arguments == NULL || JSON_NODE_HOLDS_OBJECT (arguments));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  task = gw_pending_task_new (client, gw_client_call_async, cancellable, callback, user_data);
  if (g_cancellable_is_cancelled (cancellable))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled before it was sent", command);
      return;
    }
  call = gw_wire_call (client->wire, command, arguments, gw_client_timeout_to_us (timeout_ms), &error);
  if (call == 0)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  /* Cancelled where the client lives, not where the result goes. */
  pending = gw_pending_new (task, call, gw_wire_get_context (client->wire), on_call_cancelled, client);
  g_hash_table_insert (client->calls, (gpointer) gw_pending_get_call (pending), pending);
  gw_wire_flush (client->wire);
}

/**
 * gw_client_call_finish:
 * @client: a #GwClient
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * What is returned comes from the guest: it is JSON within bounds, and that is
 * all that has been checked.
 *
 * Returns: (transfer full): what the command returned; or %NULL with one of
 *   these set: %GW_ERROR_GUEST (the command failed; the message is the
 *   agent's), %GW_ERROR_COMMAND_NOT_FOUND, %GW_ERROR_DENIED,
 *   %GW_ERROR_NOT_DELIVERED, %GW_ERROR_TIMED_OUT, %GW_ERROR_PEER_LOST,
 *   %GW_ERROR_PEER_RESTARTED (in frames), %GW_ERROR_BUSY (too many calls wait), %GW_ERROR_TOO_LARGE (the request or
 *   the reply), %GW_ERROR_INVALID_JSON or %GW_ERROR_PROTOCOL (the reply cannot
 *   be read), %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
JsonNode *
gw_client_call_finish (GwClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
