/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which stream is whose. Knows what a stream is for no more than by its
 * purpose, and no port. */

#include "gw-streams.h"

#include <string.h>

#include "gw-limits.h"

typedef struct
{
  const GwStreamEvents *events; /* NULL: nobody is there any more who would use what comes */
  gpointer data;
  gboolean finished; /* by the other side */
} Stream;

struct _GwStreams
{
  GwSession *session;
  GHashTable *table; /* id -> Stream */
  guint reserved;    /* that will be opened */
  void (*changed) (gpointer data);
  gpointer data;
  GwStreamsOverFunc over;
  gpointer over_data;
};

GwStreams *
gw_streams_new (GwSession *session, void (*changed) (gpointer data), gpointer data)
{
  GwStreams *streams = g_new0 (GwStreams, 1);

  streams->session = session;
  streams->table = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  streams->changed = changed;
  streams->data = data;
  return streams;
}

void
gw_streams_free (GwStreams *streams)
{
  gw_streams_end (streams);
  g_hash_table_unref (streams->table);
  g_free (streams);
}

/* Whether nobody is there at present whom they would reach. */
gboolean
gw_streams_is_parked (GwStreams *streams)
{
  return gw_session_get_state (streams->session) == GW_SESSION_PARKED;
}

static Stream *
find (GwStreams *streams, guint16 id)
{
  return g_hash_table_lookup (streams->table, GUINT_TO_POINTER (id));
}

static void
forget (GwStreams *streams, guint16 id)
{
  g_hash_table_remove (streams->table, GUINT_TO_POINTER (id));
}

/**
 * gw_streams_watch_over:
 * @func: (nullable): called once, when the session is over; replaces the one
 *   before
 */
void
gw_streams_watch_over (GwStreams *streams, GwStreamsOverFunc func, gpointer data)
{
  streams->over = func;
  streams->over_data = data;
}

/* The session is over. */
void
gw_streams_end (GwStreams *streams)
{
  GwStreamsOverFunc func = streams->over;

  streams->over = NULL;
  if (func != NULL)
    func (streams, streams->over_data);
}

/* --- From the session --------------------------------------------------- */

static void
take_data (GwStreams *streams, guint16 id, GBytes *bytes)
{
  Stream *stream = find (streams, id);

  if (stream != NULL && stream->events != NULL)
    stream->events->received (bytes, stream->data);
  else
    gw_streams_consume (streams, id, g_bytes_get_size (bytes));
}

static void
take_fin (GwStreams *streams, guint16 id)
{
  Stream *stream = find (streams, id);

  if (stream == NULL)
    return;
  stream->finished = TRUE;
  if (stream->events != NULL)
    stream->events->finished (stream->data);
  else
    forget (streams, id);
}

static void
take_reset (GwStreams *streams, guint16 id)
{
  Stream *stream = find (streams, id);
  Stream last;

  if (stream == NULL)
    return;
  last = *stream;
  forget (streams, id);
  if (last.events != NULL)
    last.events->reset (last.data);
}

/**
 * gw_streams_handle:
 *
 * Returns: whether @event was one of streams
 */
gboolean
gw_streams_handle (GwStreams *streams, const GwSessionEvent *event)
{
  Stream *stream;

  switch (event->kind)
    {
    case GW_SESSION_EVENT_STREAM_OPENED:
      gw_streams_reset (streams, event->stream, "this agent knows of nothing that a host opens a stream for");
      return TRUE;
    case GW_SESSION_EVENT_STREAM_ACCEPTED:
      /* It had room before. */
      return TRUE;
    case GW_SESSION_EVENT_STREAM_DATA:
      take_data (streams, event->stream, event->bytes);
      return TRUE;
    case GW_SESSION_EVENT_STREAM_WRITABLE:
      stream = find (streams, event->stream);
      if (stream != NULL && stream->events != NULL)
        stream->events->writable (stream->data);
      return TRUE;
    case GW_SESSION_EVENT_STREAM_FIN:
      take_fin (streams, event->stream);
      return TRUE;
    case GW_SESSION_EVENT_STREAM_RESET:
      take_reset (streams, event->stream);
      return TRUE;
    default:
      return FALSE;
    }
}

/* --- To the session ----------------------------------------------------- */

/**
 * gw_streams_reserve:
 *
 * For somebody who will open @count streams a little later, and cannot go back
 * then.
 */
gboolean
gw_streams_reserve (GwStreams *streams, guint count, GError **error)
{
  if (g_hash_table_size (streams->table) + streams->reserved + count > GW_STREAMS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%u streams are open already; wait for some to end",
                   g_hash_table_size (streams->table) + streams->reserved);
      return FALSE;
    }
  streams->reserved += count;
  return TRUE;
}

/* To be called before they are opened, or instead. */
void
gw_streams_release (GwStreams *streams, guint count)
{
  streams->reserved -= count;
}

/**
 * gw_streams_open:
 * @purpose: what for: a JSON object
 * @events: (nullable): %NULL: what comes is dropped
 *
 * Returns: the stream's id, or 0 with @error set
 */
guint16
gw_streams_open (GwStreams *streams, const char *purpose, const GwStreamEvents *events, gpointer data, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (purpose, strlen (purpose));
  guint16 id = gw_session_stream_open (streams->session, bytes, error);
  Stream *stream;

  if (id == 0)
    return 0;
  stream = g_new0 (Stream, 1);
  stream->events = events;
  stream->data = data;
  g_hash_table_replace (streams->table, GUINT_TO_POINTER (id), stream);
  streams->changed (streams->data);
  return id;
}

gsize
gw_streams_get_room (GwStreams *streams, guint16 id)
{
  return gw_session_stream_get_room (streams->session, id);
}

/* @bytes: not more than there is room for */
void
gw_streams_write (GwStreams *streams, guint16 id, GBytes *bytes)
{
  gboolean written = gw_session_stream_write (streams->session, id, bytes, NULL);

  g_assert (written);
  streams->changed (streams->data);
}

void
gw_streams_consume (GwStreams *streams, guint16 id, gsize length)
{
  gw_session_stream_consume (streams->session, id, length);
  streams->changed (streams->data);
}

/* All is written. */
void
gw_streams_finish (GwStreams *streams, guint16 id)
{
  gw_session_stream_finish (streams->session, id);
  streams->changed (streams->data);
}

/* Ends both directions at once. */
void
gw_streams_reset (GwStreams *streams, guint16 id, const char *why)
{
  forget (streams, id);
  gw_session_stream_reset (streams->session, id, why);
  streams->changed (streams->data);
}

/**
 * gw_streams_leave:
 *
 * Forgets who used a stream: nobody is called from here on, and what still
 * comes on it is dropped.
 */
void
gw_streams_leave (GwStreams *streams, guint16 id)
{
  Stream *stream = find (streams, id);

  if (stream == NULL)
    return;
  stream->events = NULL;
  if (stream->finished)
    forget (streams, id);
}
