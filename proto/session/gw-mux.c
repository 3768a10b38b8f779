/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens, fills, empties and ends the streams of a session, and says which is
 * next. Knows neither numbers nor the wire, and not what a stream is for. */

#include "gw-mux-private.h"

#include "gw-error.h"
#include "gw-le.h"
#include "gw-limits.h"

GwMux *
gw_mux_new (gboolean is_host, GQueue *events)
{
  GwMux *mux = g_new0 (GwMux, 1);

  mux->events = events;
  mux->is_host = is_host;
  mux->last_id = is_host ? 0 : G_MAXUINT16;
  mux->pool.free = GW_SESSION_BUFFER - 2 * GW_STREAMS_MAX * GW_STREAM_SHARE_LEAST;
  mux->pool.lent_max = GW_STREAM_LENT_MAX;
  mux->streams = g_hash_table_new (NULL, NULL);
  g_queue_init (&mux->control);
  g_queue_init (&mux->data);
  return mux;
}

/* For tests: one stream may have so much on the way, beyond what memory is meant for it. */
void
gw_mux_lend_more (GwMux *mux, gsize lent_max)
{
  mux->pool.lent_max = lent_max;
  mux->pool.free += 2 * lent_max;
}

void
gw_mux_free (GwMux *mux)
{
  GHashTableIter iter;
  gpointer stream;

  g_queue_clear (&mux->control);
  g_queue_clear (&mux->data);
  g_hash_table_iter_init (&iter, mux->streams);
  while (g_hash_table_iter_next (&iter, NULL, &stream))
    gw_stream_free (stream, &mux->pool);
  g_hash_table_unref (mux->streams);
  g_free (mux);
}

GwStream *
gw_mux_find (GwMux *mux, guint16 id)
{
  return g_hash_table_lookup (mux->streams, GUINT_TO_POINTER (id));
}

/* For its owner: what was reset is no stream any more. */
GwStream *
gw_mux_find_live (GwMux *mux, guint16 id)
{
  GwStream *stream = gw_mux_find (mux, id);

  return stream == NULL || stream->reset ? NULL : stream;
}

GwStream *
gw_mux_add (GwMux *mux, guint16 id, gboolean ours)
{
  GwStream *stream = gw_stream_new (id, ours);

  g_hash_table_insert (mux->streams, GUINT_TO_POINTER (id), stream);
  mux->opened[ours]++;
  return stream;
}

void
gw_mux_drop (GwMux *mux, GwStream *stream)
{
  if (stream->in_control)
    g_queue_remove (&mux->control, stream);
  if (stream->in_data)
    g_queue_remove (&mux->data, stream);
  g_hash_table_remove (mux->streams, GUINT_TO_POINTER (stream->id));
  mux->opened[stream->ours]--;
  gw_stream_free (stream, &mux->pool);
}

static void
queue_control (GwMux *mux, GwStream *stream)
{
  if (!stream->in_control)
    g_queue_push_tail (&mux->control, stream);
  stream->in_control = TRUE;
}

void
gw_mux_queue_data (GwMux *mux, GwStream *stream)
{
  if (stream->in_data || (!gw_stream_has_data (stream) && !gw_stream_has_fin (stream)))
    return;
  g_queue_push_tail (&mux->data, stream);
  stream->in_data = TRUE;
}

GwSessionEvent *
gw_mux_tell (GwMux *mux, GwSessionEventKind kind, GwStream *stream)
{
  GwSessionEvent *event = gw_session_event_push (mux->events, kind);

  event->stream = stream->id;
  return event;
}

void
gw_mux_drop_if_done (GwMux *mux, GwStream *stream)
{
  if (stream->fin_sent && stream->fin_received && stream->consumed == stream->received)
    gw_mux_drop (mux, stream);
}

/* --- For the owner ------------------------------------------------------- */

/* In turn, so that what is late for an old stream never meets a new one. */
static guint16
next_id (GwMux *mux)
{
  do
    {
      mux->last_id += 2;
      if (mux->last_id == 0)
        mux->last_id = 2;
    }
  while (gw_mux_find (mux, mux->last_id) != NULL);
  return mux->last_id;
}

/**
 * gw_mux_open:
 * @purpose: what for, at most GW_STREAM_PURPOSE_MAX bytes
 *
 * Returns: the stream's id, or 0 with @error set
 */
guint16
gw_mux_open (GwMux *mux, GBytes *purpose, GError **error)
{
  GwStream *stream;

  if (mux->opened[TRUE] >= GW_STREAMS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d streams are open already", GW_STREAMS_MAX);
      return 0;
    }
  if (g_bytes_get_size (purpose) > GW_STREAM_PURPOSE_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "a stream's purpose has more than %u bytes", GW_STREAM_PURPOSE_MAX);
      return 0;
    }
  stream = gw_mux_add (mux, next_id (mux), TRUE);
  stream->purpose = g_bytes_ref (purpose);
  queue_control (mux, stream);
  return stream->id;
}

static void
grant (GwMux *mux, GwStream *stream)
{
  if (stream->reset || !gw_stream_grant (stream, &mux->pool))
    return;
  stream->credit_due = TRUE;
  queue_control (mux, stream);
}

void
gw_mux_accept (GwMux *mux, guint16 id)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  if (stream == NULL || stream->ours || stream->accepted)
    return;
  stream->accepted = TRUE;
  grant (mux, stream);
  gw_mux_queue_data (mux, stream);
}

gboolean
gw_mux_write (GwMux *mux, guint16 id, GBytes *bytes, GError **error)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  if (stream == NULL || stream->finish)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "stream %u has ended", id);
      return FALSE;
    }
  if (!gw_stream_write (stream, bytes, error))
    return FALSE;
  gw_mux_queue_data (mux, stream);
  return TRUE;
}

gsize
gw_mux_get_room (GwMux *mux, guint16 id)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  return stream != NULL ? gw_stream_get_room (stream) : 0;
}

void
gw_mux_consume (GwMux *mux, guint16 id, gsize length)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  if (stream == NULL)
    return;
  gw_stream_consume (stream, &mux->pool, length);
  grant (mux, stream);
  gw_mux_drop_if_done (mux, stream);
}

void
gw_mux_finish (GwMux *mux, guint16 id)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  if (stream == NULL)
    return;
  stream->finish = TRUE;
  gw_mux_queue_data (mux, stream);
}

/* It is void for its owner; the other side is to be told. */
void
gw_mux_void (GwMux *mux, GwStream *stream, const char *why)
{
  stream->reset = stream->reset_due = TRUE;
  stream->why = g_strdup (why);
  gw_stream_drop_queue (stream);
  gw_stream_return (stream, &mux->pool);
  queue_control (mux, stream);
}

/**
 * gw_mux_reset:
 * @why: for the other side's owner; at most GW_REASON_MAX bytes of it are sent
 */
void
gw_mux_reset (GwMux *mux, guint16 id, const char *why)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  if (stream == NULL)
    return;
  /* The other side has never heard of it; or it has heard and said all, and
   * would answer no RESET. */
  if (stream->purpose != NULL || (stream->fin_sent && stream->fin_received))
    gw_mux_drop (mux, stream);
  else
    gw_mux_void (mux, stream, why);
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  return GPOINTER_TO_INT (a) - GPOINTER_TO_INT (b);
}

/* All end, and the other side is not told: it knows, or is not there. */
void
gw_mux_reset_all (GwMux *mux, const char *why)
{
  g_autoptr (GList) ids = g_list_sort (g_hash_table_get_keys (mux->streams), compare_ids);

  for (GList *link = ids; link != NULL; link = link->next)
    {
      GwStream *stream = gw_mux_find (mux, GPOINTER_TO_UINT (link->data));

      if (!stream->reset)
        gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_RESET, stream)->text = g_strdup (why);
      gw_mux_drop (mux, stream);
    }
}

guint
gw_mux_get_n_streams (GwMux *mux)
{
  return g_hash_table_size (mux->streams);
}

/* Bytes that the other side may send, and those that came and are not used. */
gsize
gw_mux_get_granted (GwMux *mux)
{
  GHashTableIter iter;
  gpointer value;
  gsize sum = 0;

  g_hash_table_iter_init (&iter, mux->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    sum += ((GwStream *) value)->granted - ((GwStream *) value)->consumed;
  return sum;
}

/* --- Out ----------------------------------------------------------------- */

static GBytes *
credit_payload (guint64 limit, GBytes *purpose)
{
  gsize size = 0;
  const guint8 *text = purpose != NULL ? g_bytes_get_data (purpose, &size) : NULL;
  guint8 *payload = g_malloc (GW_MUX_CREDIT_SIZE + size);

  gw_le_put_u64 (payload, limit);
  if (size > 0)
    memcpy (payload + GW_MUX_CREDIT_SIZE, text, size);
  return g_bytes_new_take (payload, GW_MUX_CREDIT_SIZE + size);
}

/* What of its control is next; whether there was any. */
static gboolean
take_control (GwMux *mux, GwStream *stream, GwFrame *frame)
{
  *frame = (GwFrame){ .stream = stream->id };
  if (stream->purpose != NULL)
    {
      gw_stream_grant (stream, &mux->pool);
      frame->type = GW_FRAME_OPEN;
      frame->payload = credit_payload (stream->granted, stream->purpose);
      g_clear_pointer (&stream->purpose, g_bytes_unref);
    }
  else if (stream->reset_due)
    {
      gsize length = stream->why != NULL ? MIN (strlen (stream->why), GW_REASON_MAX) : 0;

      frame->type = GW_FRAME_RESET;
      frame->payload = length > 0 ? g_bytes_new (stream->why, length) : NULL;
      stream->reset_due = FALSE;
      if (stream->reset_received)
        gw_mux_drop (mux, stream);
    }
  else if (stream->credit_due && !stream->reset)
    {
      frame->type = GW_FRAME_CREDIT;
      frame->payload = credit_payload (stream->granted, NULL);
      stream->credit_due = FALSE;
    }
  return frame->type != 0;
}

/**
 * gw_mux_next_control:
 * @frame: (out caller-allocates): without a number
 *
 * Returns: whether there is an OPEN, CREDIT or RESET to be sent
 */
gboolean
gw_mux_next_control (GwMux *mux, GwFrame *frame)
{
  GwStream *stream;

  while ((stream = g_queue_pop_head (&mux->control)) != NULL)
    {
      stream->in_control = FALSE;
      if (take_control (mux, stream, frame))
        return TRUE;
    }
  return FALSE;
}

/**
 * gw_mux_next_data:
 * @payload_max: bytes of one frame
 * @frame: (out caller-allocates): without a number
 *
 * Each stream with data gets one frame in turn; as a frame has the same bound
 * for all, none that has much gets more than another that has.
 *
 * Returns: whether there is DATA or FIN to be sent
 */
gboolean
gw_mux_next_data (GwMux *mux, gsize payload_max, GwFrame *frame)
{
  GwStream *stream;

  while ((stream = g_queue_pop_head (&mux->data)) != NULL)
    {
      stream->in_data = FALSE;
      *frame = (GwFrame){ .stream = stream->id };
      if (gw_stream_has_data (stream))
        {
          frame->type = GW_FRAME_DATA;
          frame->payload = gw_stream_take (stream, payload_max);
          if (gw_stream_room_came (stream))
            gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_WRITABLE, stream);
          gw_mux_queue_data (mux, stream);
          return TRUE;
        }
      if (gw_stream_has_fin (stream))
        {
          frame->type = GW_FRAME_FIN;
          stream->fin_sent = TRUE;
          gw_mux_drop_if_done (mux, stream);
          return TRUE;
        }
    }
  return FALSE;
}
