/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"
#include "gw-attempt.h"
#include "gw-port.h"

G_BEGIN_DECLS

/* A channel of Xen's that a thread of its own looks up. */
GwAttempt *gw_connect_xen_start (GwAddress *address, GError **error);
gboolean gw_connect_xen_finish (GwAttempt *attempt, GwEnds *ends, gboolean *may_pass, GError **error);

G_END_DECLS
