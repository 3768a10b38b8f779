/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"
#include "gw-port.h"

G_BEGIN_DECLS

/* Opening what needs no waiting, and the first step of what does. */
gboolean gw_connect (GwAddress *address, GwEnds *ends, gboolean *may_pass, GError **error);
int gw_connect_vsock (GwAddress *address, gboolean *waits, gboolean *may_pass, GError **error);
void gw_connect_vsock_failed (int number, gboolean *may_pass, GError **error);

G_END_DECLS
