/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"
#include "gw-listener.h"
#include "gw-port.h"

G_BEGIN_DECLS

/* One try to open an address, for as long as that takes. Ends with one of its
 * events, never before gw_connector_new() has returned; it may be freed in
 * it. */
typedef struct _GwConnector GwConnector;

typedef struct
{
  /* What is in @ends belongs to the receiver. */
  void (*connected) (GwEnds *ends, gpointer user_data);
  /* @may_pass: whether another try may go better. @error belongs to the receiver. */
  void (*failed) (GError *error, gboolean may_pass, gpointer user_data);
} GwConnectorEvents;

GwConnector *gw_connector_new (GwAddress *address, GwListener *listener, GMainContext *context,
                               const GwConnectorEvents *events, gpointer user_data);
void gw_connector_free (GwConnector *connector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwConnector, gw_connector_free)

G_END_DECLS
