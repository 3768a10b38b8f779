/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"

G_BEGIN_DECLS

/**
 * GwForwardDirection:
 * @GW_FORWARD_TO_GUEST: this host listens, and the guest connects
 * @GW_FORWARD_TO_HOST: the guest listens, and this host connects
 *
 * Which way the connections of a #GwForward go.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_FORWARD_TO_GUEST,
  GW_FORWARD_TO_HOST,
} GwForwardDirection;

#define GW_TYPE_FORWARD (gw_forward_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwForward, gw_forward, GW, FORWARD, GObject)

GW_PUBLIC
GwForward *gw_forward_new (GwClient *client, GwForwardDirection direction, const char *listen,
                           const char *connect) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
void gw_forward_set_mode (GwForward *forward, guint mode);

GW_PUBLIC
void gw_forward_start_async (GwForward *forward, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
GW_PUBLIC
gboolean gw_forward_start_finish (GwForward *forward, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_forward_start (GwForward *forward, int timeout_ms, GCancellable *cancellable, GError **error);
GW_PUBLIC
void gw_forward_stop (GwForward *forward);

GW_PUBLIC
GwClient *gw_forward_get_client (GwForward *forward);
GW_PUBLIC
GwForwardDirection gw_forward_get_direction (GwForward *forward);
GW_PUBLIC
const char *gw_forward_get_listen (GwForward *forward);
GW_PUBLIC
const char *gw_forward_get_connect (GwForward *forward);
GW_PUBLIC
gboolean gw_forward_get_listening (GwForward *forward);
GW_PUBLIC
guint gw_forward_get_n_connections (GwForward *forward);

G_END_DECLS
