/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blocking twins: the asynchronous function, run on a private main context
 * to which the client moves meanwhile. So they need no running loop, and no
 * other source of the program is dispatched under its feet. */

#include "gw-client-private.h"

typedef struct
{
  GwClient *client;
  GMainContext *context;
  GMainContext *home;
  GAsyncResult *result;
} Blocking;

static void
begin (Blocking *blocking, GwClient *client)
{
  blocking->client = g_object_ref (client);
  blocking->context = g_main_context_new ();
  blocking->home = gw_client_move_in (client, blocking->context);
  g_main_context_push_thread_default (blocking->context);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Blocking *blocking = user_data;

  blocking->result = g_object_ref (result);
}

static void
wait_for_result (Blocking *blocking)
{
  while (blocking->result == NULL)
    g_main_context_iteration (blocking->context, TRUE);
}

static void
end (Blocking *blocking)
{
  g_main_context_pop_thread_default (blocking->context);
  gw_client_move_out (blocking->client, blocking->home);
  g_main_context_unref (blocking->context);
  g_object_unref (blocking->result);
  g_object_unref (blocking->client);
}

/**
 * gw_client_open:
 * @client: a #GwClient
 * @timeout_ms: as for gw_client_open_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Does what gw_client_open_async() does, and blocks until it is done. The
 * client then lives on the calling thread's default main context.
 *
 * Returns: %TRUE if the client is open; else %FALSE with an error as from
 *   gw_client_open_finish()
 *
 * Since: 0.1
 */
gboolean
gw_client_open (GwClient *client, int timeout_ms, GCancellable *cancellable, GError **error)
{
  Blocking blocking = { 0 };
  gboolean opened;

  g_return_val_if_fail (GW_IS_CLIENT (client), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  begin (&blocking, client);
  gw_client_open_async (client, timeout_ms, cancellable, on_done, &blocking);
  wait_for_result (&blocking);
  opened = gw_client_open_finish (client, blocking.result, error);
  end (&blocking);
  return opened;
}

/**
 * gw_client_call:
 * @client: an open #GwClient
 * @command: the command's name
 * @arguments: (nullable): its arguments, an object; %NULL for none
 * @timeout_ms: as for gw_client_call_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Calls a command of the agent, and blocks until the call has ended.
 *
 * Returns: (transfer full): what the command returned; or %NULL with an error
 *   as from gw_client_call_finish()
 *
 * Since: 0.1
 */
JsonNode *
gw_client_call (GwClient *client, const char *command, JsonNode *arguments, int timeout_ms, GCancellable *cancellable,
                GError **error)
{
  Blocking blocking = { 0 };
  JsonNode *value;

  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (arguments == NULL || JSON_NODE_HOLDS_OBJECT (arguments), NULL);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  begin (&blocking, client);
  gw_client_call_async (client, command, arguments, timeout_ms, cancellable, on_done, &blocking);
  wait_for_result (&blocking);
  value = gw_client_call_finish (client, blocking.result, error);
  end (&blocking);
  return value;
}
