/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-endpoint.h"
#include "gw-limits.h"
#include "gw-unix-socket.h"

G_BEGIN_DECLS

/* What is listened on for an endpoint: a unix socket, or a port of all addresses
 * that a name stands for. */
typedef struct
{
  GwUnixSocket socket; /* has its own descriptor */
  int fds[GW_LISTENING_MAX];
  guint n_fds;
  guint16 port; /* of TCP: the one that was chosen */
} GwListening;

GwListening *gw_listening_open (const GwEndpoint *endpoint, mode_t mode, GError **error);
void gw_listening_close (GwListening *listening);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwListening, gw_listening_close)

G_END_DECLS
