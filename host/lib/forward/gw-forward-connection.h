/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-endpoint.h"
#include "gw-forward.h"
#include "gw-pipe.h"

G_BEGIN_DECLS

/* One connection of a forward: a socket of this host, and a stream to one of
 * the guest. */
typedef struct _GwForwardConnection GwForwardConnection;

GwForwardConnection *gw_forward_connection_new (GwForward *forward, guint64 id, const char *peer);
void gw_forward_connection_free (GwForwardConnection *connection);

void gw_forward_connection_take_socket (GwForwardConnection *connection, int fd);
void gw_forward_connection_send (GwForwardConnection *connection);
void gw_forward_connection_take_pipe (GwForwardConnection *connection, GwPipe *pipe);
void gw_forward_connection_end (GwForwardConnection *connection, GError *error);

G_END_DECLS
