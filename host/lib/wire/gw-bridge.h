/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gw-address.h"
#include "gw-listener.h"

G_BEGIN_DECLS

#define GW_TYPE_BRIDGE (gw_bridge_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwBridge, gw_bridge, GW, BRIDGE, GObject)

GW_PUBLIC
GwBridge *gw_bridge_new (GwAddress *address, GwListener *listener) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
gboolean gw_bridge_start (GwBridge *bridge, GError **error);
GW_PUBLIC
void gw_bridge_stop (GwBridge *bridge);

G_END_DECLS
