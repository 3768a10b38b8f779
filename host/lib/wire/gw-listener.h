/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>
#include <sys/types.h>

#include "gw-address.h"
#include "gw-error.h"

G_BEGIN_DECLS

/**
 * GwListenerState:
 * @GW_LISTENER_CLOSED: there is no socket
 * @GW_LISTENER_LISTENING: the socket is there, and no hypervisor is connected
 * @GW_LISTENER_CONNECTED: a hypervisor is connected, and a client has it
 *
 * What a #GwListener is at.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_LISTENER_CLOSED,
  GW_LISTENER_LISTENING,
  GW_LISTENER_CONNECTED,
} GwListenerState;

#define GW_TYPE_LISTENER (gw_listener_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwListener, gw_listener, GW, LISTENER, GObject)

GW_PUBLIC
GwListener *gw_listener_new (const char *path) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwListener *gw_listener_new_for_address (GwAddress *address) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwAddress *gw_listener_get_address (GwListener *listener);
GW_PUBLIC
const char *gw_listener_get_path (GwListener *listener);
GW_PUBLIC
GwListenerState gw_listener_get_state (GwListener *listener);
GW_PUBLIC
void gw_listener_set_owner (GwListener *listener, gint64 uid, gint64 gid);
GW_PUBLIC
void gw_listener_set_mode (GwListener *listener, guint mode);
GW_PUBLIC
gboolean gw_listener_listen (GwListener *listener, GError **error);
GW_PUBLIC
void gw_listener_close (GwListener *listener);

G_END_DECLS
