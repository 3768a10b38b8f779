/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-session.h"

G_BEGIN_DECLS

/* The streams of a session, as those who use them see them: each stream's
 * events go to whoever opened it. Nothing is called from inside of these
 * functions. */
typedef struct _GwStreams GwStreams;

typedef struct
{
  /* The other side wrote; say with gw_streams_consume() when it is used. */
  void (*received) (GBytes *bytes, gpointer data);
  /* There is room again. */
  void (*writable) (gpointer data);
  /* The other side has written all. */
  void (*finished) (gpointer data);
  /* By the other side, or with the session: the stream is void. */
  void (*reset) (gpointer data);
} GwStreamEvents;

/* @changed: the session may have something to send. */
GwStreams *gw_streams_new (GwSession *session, void (*changed) (gpointer data), gpointer data);
void gw_streams_free (GwStreams *streams);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwStreams, gw_streams_free)

/* The session is over; another one may follow on the same object. */
typedef void (*GwStreamsOverFunc) (GwStreams *streams, gpointer data);

void gw_streams_watch_over (GwStreams *streams, GwStreamsOverFunc func, gpointer data);
void gw_streams_end (GwStreams *streams);
gboolean gw_streams_is_parked (GwStreams *streams);
gboolean gw_streams_handle (GwStreams *streams, const GwSessionEvent *event);

gboolean gw_streams_reserve (GwStreams *streams, guint count, GError **error);
void gw_streams_release (GwStreams *streams, guint count);
guint16 gw_streams_open (GwStreams *streams, const char *purpose, const GwStreamEvents *events, gpointer data,
                         GError **error);
gsize gw_streams_get_room (GwStreams *streams, guint16 id);
void gw_streams_write (GwStreams *streams, guint16 id, GBytes *bytes);
void gw_streams_consume (GwStreams *streams, guint16 id, gsize length);
void gw_streams_finish (GwStreams *streams, guint16 id);
void gw_streams_reset (GwStreams *streams, guint16 id, const char *why);
void gw_streams_leave (GwStreams *streams, guint16 id);

G_END_DECLS
