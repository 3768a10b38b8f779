/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-attempt.h"

G_BEGIN_DECLS

/* A connection over TCP that a thread of its own makes, names and all
 * addresses of a host included. */
GwAttempt *gw_connect_tcp_start (const char *host, guint16 port, GError **error);
int gw_connect_tcp_finish (GwAttempt *attempt, gboolean *may_pass, GError **error);

G_END_DECLS
