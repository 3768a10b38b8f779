/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blocking twins of a client's functions. */

#include "gw-blocking.h"
#include "gw-client.h"

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
  GwBlocking blocking;
  gboolean opened;

  g_return_val_if_fail (GW_IS_CLIENT (client), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, client);
  gw_client_open_async (client, timeout_ms, cancellable, gw_blocking_done, &blocking);
  opened = gw_client_open_finish (client, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
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
  GwBlocking blocking;
  JsonNode *value;

  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (command != NULL, NULL);
  g_return_val_if_fail (arguments == NULL || JSON_NODE_HOLDS_OBJECT (arguments), NULL);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  gw_blocking_begin (&blocking, client);
  gw_client_call_async (client, command, arguments, timeout_ms, cancellable, gw_blocking_done, &blocking);
  value = gw_client_call_finish (client, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return value;
}
