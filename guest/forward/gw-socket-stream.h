/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-streams.h"

G_BEGIN_DECLS

/* A socket of this guest that a stream is tied to. It lives by itself from when
 * it is made, until both have ended or the session has. */

gboolean gw_socket_stream_has_room (GError **error);
gboolean gw_socket_stream_begin (int fd, GwStreams *streams, const char *purpose, GError **error);

G_END_DECLS
