/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-attempt.h"
#include "gw-endpoint.h"

G_BEGIN_DECLS

/* A socket of datagrams between two places, whose names a thread of its own
 * looks up. */
GwAttempt *gw_connect_udp_start (const GwEndpoint *to, const GwEndpoint *from, GError **error);
int gw_connect_udp_finish (GwAttempt *attempt, gboolean *may_pass, GError **error);

G_END_DECLS
