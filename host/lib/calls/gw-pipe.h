/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-session.h"

G_BEGIN_DECLS

/* One stream of a session on the host's side, with what has come on it and was
 * not taken yet. Outlives its session, and then says so. */
typedef struct _GwPipe GwPipe;

/* What streams are carried by. */
typedef struct
{
  GwSession *session;
  void (*flush) (gpointer user_data); /* the session may have something to say */
  gpointer user_data;
} GwPipeCarrier;

typedef void (*GwPipeFunc) (GwPipe *pipe, gpointer user_data);

GwPipe *gw_pipe_new (guint16 id, const GwPipeCarrier *carrier);
GwPipe *gw_pipe_ref (GwPipe *pipe);
void gw_pipe_unref (GwPipe *pipe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwPipe, gw_pipe_unref)

/* For whoever has the session. */
void gw_pipe_receive (GwPipe *pipe, GBytes *bytes);
void gw_pipe_notice (GwPipe *pipe);
void gw_pipe_receive_fin (GwPipe *pipe);
void gw_pipe_lose (GwPipe *pipe, const char *why);
gboolean gw_pipe_is_over (GwPipe *pipe);

/* For whoever uses it. */
void gw_pipe_listen (GwPipe *pipe, GwPipeFunc changed, gpointer user_data);
GSource *gw_pipe_create_source (GwPipe *pipe, gboolean (*ready) (GwPipe *pipe));

gboolean gw_pipe_is_readable (GwPipe *pipe);
gboolean gw_pipe_has_said_all (GwPipe *pipe);
gboolean gw_pipe_is_at_end (GwPipe *pipe);
const char *gw_pipe_get_why_lost (GwPipe *pipe);
GBytes *gw_pipe_take (GwPipe *pipe);
void gw_pipe_stop_reading (GwPipe *pipe, const char *why);
gssize gw_pipe_read (GwPipe *pipe, void *buffer, gsize length, GError **error);

gboolean gw_pipe_is_writable (GwPipe *pipe);
gsize gw_pipe_get_room (GwPipe *pipe);
gssize gw_pipe_write (GwPipe *pipe, const void *data, gsize length, GError **error);
gssize gw_pipe_write_bytes (GwPipe *pipe, GBytes *bytes, GError **error);
void gw_pipe_finish (GwPipe *pipe);
void gw_pipe_reset (GwPipe *pipe, const char *why);

G_END_DECLS
