/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A connection over TCP that a thread of its own makes, names and all
 * addresses of a host included. */
typedef struct _GwConnectTcp GwConnectTcp;

GwConnectTcp *gw_connect_tcp_start (const char *host, guint16 port, GError **error);
void gw_connect_tcp_abandon (GwConnectTcp *attempt);
int gw_connect_tcp_get_event (GwConnectTcp *attempt);
int gw_connect_tcp_finish (GwConnectTcp *attempt, gboolean *may_pass, GError **error);

G_END_DECLS
