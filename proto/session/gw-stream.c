/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credit of one stream, and what it has to send. Each has a least share of the
 * session's buffer for itself, so that none can starve another, and is lent
 * more of the rest as long as it uses it. Knows no frame and no other
 * stream. */

#include "gw-stream.h"

#include <string.h>

#include "gw-limits.h"

GwStream *
gw_stream_new (guint16 id, gboolean ours)
{
  GwStream *stream = g_new0 (GwStream, 1);

  stream->id = id;
  stream->ours = ours;
  g_queue_init (&stream->queue);
  return stream;
}

/* --- In ------------------------------------------------------------------ */

/* What the other side may send, and what came and is not used. */
static gsize
outstanding (const GwStream *stream)
{
  return stream->granted - stream->consumed;
}

static gsize
lent (const GwStream *stream)
{
  return outstanding (stream) > GW_STREAM_SHARE_LEAST ? outstanding (stream) - GW_STREAM_SHARE_LEAST : 0;
}

/**
 * gw_stream_grant:
 *
 * Lets the other side send more, if it is worth a frame.
 *
 * Returns: whether it is
 */
gboolean
gw_stream_grant (GwStream *stream, GwStreamPool *pool)
{
  gsize share = GW_STREAM_SHARE_LEAST + MIN (pool->lent_max, (pool->free + lent (stream)) / 2);
  guint64 limit = stream->consumed + share;

  if (stream->fin_received || limit < stream->granted + share / 2)
    return FALSE;
  pool->free += lent (stream);
  stream->granted = limit;
  pool->free -= lent (stream);
  return TRUE;
}

/* @length bytes of what was received are used up. */
void
gw_stream_consume (GwStream *stream, GwStreamPool *pool, gsize length)
{
  g_return_if_fail (length <= stream->received - stream->consumed);

  pool->free += lent (stream);
  stream->consumed += length;
  pool->free -= lent (stream);
}

/* Nothing more will come. */
void
gw_stream_return (GwStream *stream, GwStreamPool *pool)
{
  pool->free += lent (stream);
  stream->consumed = stream->granted;
}

void
gw_stream_free (GwStream *stream, GwStreamPool *pool)
{
  gw_stream_return (stream, pool);
  gw_stream_drop_queue (stream);
  g_clear_pointer (&stream->purpose, g_bytes_unref);
  g_free (stream->why);
  g_free (stream);
}

/* --- Out ----------------------------------------------------------------- */

gsize
gw_stream_get_room (const GwStream *stream)
{
  return stream->finish ? 0 : GW_STREAM_QUEUE_MAX - stream->queued;
}

gboolean
gw_stream_write (GwStream *stream, GBytes *bytes, GError **error)
{
  gsize length = g_bytes_get_size (bytes);

  if (length > gw_stream_get_room (stream))
    {
      stream->wants_room = TRUE;
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "stream %u has room for %" G_GSIZE_FORMAT " bytes, not for %" G_GSIZE_FORMAT,
                   stream->id, gw_stream_get_room (stream), length);
      return FALSE;
    }
  if (length > 0)
    g_queue_push_tail (&stream->queue, g_bytes_ref (bytes));
  stream->queued += length;
  stream->wants_room = stream->queued > GW_STREAM_QUEUE_MAX / 2;
  return TRUE;
}

/* Whether its writer, who had none, has room now. */
gboolean
gw_stream_room_came (GwStream *stream)
{
  if (!stream->wants_room || stream->finish || stream->queued > GW_STREAM_QUEUE_MAX / 2)
    return FALSE;
  stream->wants_room = FALSE;
  return TRUE;
}

gboolean
gw_stream_has_data (const GwStream *stream)
{
  return !stream->reset && stream->accepted && stream->queued > 0 && stream->sent < stream->limit;
}

gboolean
gw_stream_has_fin (const GwStream *stream)
{
  return !stream->reset && stream->accepted && stream->finish && !stream->fin_sent && stream->queued == 0;
}

/* Small writes go together in one frame. */
static GBytes *
join (GwStream *stream, gsize length)
{
  guint8 *joined = g_malloc (length);
  gsize done = 0;

  while (done < length)
    {
      g_autoptr (GBytes) head = g_queue_pop_head (&stream->queue);
      gsize size = g_bytes_get_size (head);
      gsize part = MIN (size, length - done);

      memcpy (joined + done, g_bytes_get_data (head, NULL), part);
      if (part < size)
        g_queue_push_head (&stream->queue, g_bytes_new_from_bytes (head, part, size - part));
      done += part;
    }
  return g_bytes_new_take (joined, length);
}

/* The front of a large one, which is not copied. */
static GBytes *
cut (GwStream *stream, gsize length)
{
  g_autoptr (GBytes) head = g_queue_pop_head (&stream->queue);

  g_queue_push_head (&stream->queue, g_bytes_new_from_bytes (head, length, g_bytes_get_size (head) - length));
  return g_bytes_new_from_bytes (head, 0, length);
}

/**
 * gw_stream_take:
 * @max: bytes of one frame
 *
 * Returns: (transfer full): what is to be sent next, within credit; there is
 *   something if gw_stream_has_data()
 */
GBytes *
gw_stream_take (GwStream *stream, gsize max)
{
  gsize length = MIN (MIN (stream->queued, max), stream->limit - stream->sent);
  GBytes *head = g_queue_peek_head (&stream->queue);

  stream->queued -= length;
  stream->sent += length;
  if (g_bytes_get_size (head) == length)
    return g_queue_pop_head (&stream->queue);
  if (g_bytes_get_size (head) > length)
    return cut (stream, length);
  return join (stream, length);
}

void
gw_stream_drop_queue (GwStream *stream)
{
  g_queue_clear_full (&stream->queue, (GDestroyNotify) g_bytes_unref);
  stream->queued = 0;
}
