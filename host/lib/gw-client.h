/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "gw-address.h"
#include "gw-listener.h"

G_BEGIN_DECLS

/**
 * GW_TIMEOUT_DEFAULT:
 *
 * Stands for the usual time that something may take: 30 seconds.
 *
 * Since: 0.1
 */
#define GW_TIMEOUT_DEFAULT 0

/**
 * GW_TIMEOUT_NONE:
 *
 * Stands for no limit in time.
 *
 * Since: 0.1
 */
#define GW_TIMEOUT_NONE (-1)

/**
 * GwClientState:
 * @GW_CLIENT_CLOSED: there is no channel; gw_client_open() makes one
 * @GW_CLIENT_OPENING: the channel is being opened, or no agent has answered yet
 * @GW_CLIENT_OPEN: an agent has answered
 *
 * What a #GwClient is at.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CLIENT_CLOSED,
  GW_CLIENT_OPENING,
  GW_CLIENT_OPEN,
} GwClientState;

#define GW_TYPE_CLIENT (gw_client_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwClient, gw_client, GW, CLIENT, GObject)

GW_PUBLIC
GwClient *gw_client_new (GwAddress *address) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwClient *gw_client_new_for_listener (GwListener *listener) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwAddress *gw_client_get_address (GwClient *client);
GW_PUBLIC
GwClientState gw_client_get_state (GwClient *client);
GW_PUBLIC
void gw_client_set_wants_frames (GwClient *client, gboolean wants_frames);
GW_PUBLIC
gboolean gw_client_get_framed (GwClient *client);

GW_PUBLIC
void gw_client_open_async (GwClient *client, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
GW_PUBLIC
gboolean gw_client_open_finish (GwClient *client, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_client_open (GwClient *client, int timeout_ms, GCancellable *cancellable, GError **error);
GW_PUBLIC
void gw_client_close (GwClient *client);

GW_PUBLIC
void gw_client_call_async (GwClient *client, const char *command, JsonNode *arguments, int timeout_ms,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
JsonNode *gw_client_call_finish (GwClient *client, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
JsonNode *gw_client_call (GwClient *client, const char *command, JsonNode *arguments, int timeout_ms,
                          GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
