/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"
#include "gw-port.h"

G_BEGIN_DECLS

/* A channel of Xen's that a thread of its own looks up. */
typedef struct _GwConnectXen GwConnectXen;

GwConnectXen *gw_connect_xen_start (GwAddress *address, GError **error);
void gw_connect_xen_abandon (GwConnectXen *attempt);
int gw_connect_xen_get_event (GwConnectXen *attempt);
int gw_connect_xen_finish (GwConnectXen *attempt, GwPortKind *kind, gboolean *may_pass, GError **error);

G_END_DECLS
