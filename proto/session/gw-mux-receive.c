/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other side does to the streams. It may send anything: what no
 * honest side sends ends the session. */

#include "gw-mux-private.h"

#include "gw-error.h"
#include "gw-le.h"
#include "gw-limits.h"

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (GError **error, guint16 id, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "stream %u: %s", id, what);
  return FALSE;
}

static gboolean
is_theirs (GwMux *mux, guint16 untrusted_id)
{
  return untrusted_id != 0 && (untrusted_id % 2 == 0) != mux->is_host;
}

static gboolean
receive_open (GwMux *mux, guint16 untrusted_id, GBytes *untrusted_payload, GError **error)
{
  gsize size = untrusted_payload != NULL ? g_bytes_get_size (untrusted_payload) : 0;
  GwStream *stream;

  if (!is_theirs (mux, untrusted_id) || gw_mux_find (mux, untrusted_id) != NULL)
    return refuse (error, untrusted_id, "OPEN of an id that is not free");
  if (mux->opened[FALSE] >= GW_STREAMS_MAX)
    return refuse (error, untrusted_id, "OPEN of more than %d streams", GW_STREAMS_MAX);
  if (size < GW_MUX_CREDIT_SIZE || size > GW_MUX_CREDIT_SIZE + GW_STREAM_PURPOSE_MAX)
    return refuse (error, untrusted_id, "OPEN of %" G_GSIZE_FORMAT " bytes", size);
  stream = gw_mux_add (mux, untrusted_id, FALSE);
  stream->limit = gw_le_get_u64 (g_bytes_get_data (untrusted_payload, NULL));
  gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_OPENED, stream)->bytes
      = g_bytes_new_from_bytes (untrusted_payload, GW_MUX_CREDIT_SIZE, size - GW_MUX_CREDIT_SIZE);
  return TRUE;
}

/* One may be late, for a stream that has ended. */
static gboolean
receive_credit (GwMux *mux, guint16 id, GBytes *untrusted_payload, GError **error)
{
  GwStream *stream = gw_mux_find_live (mux, id);

  if (untrusted_payload == NULL || g_bytes_get_size (untrusted_payload) != GW_MUX_CREDIT_SIZE)
    return refuse (error, id, "CREDIT of a wrong size");
  if (stream == NULL)
    return TRUE;
  if (stream->purpose != NULL)
    return refuse (error, id, "CREDIT ahead of OPEN");
  if (stream->ours && !stream->accepted)
    {
      stream->accepted = TRUE;
      gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_ACCEPTED, stream);
    }
  stream->limit = MAX (stream->limit, gw_le_get_u64 (g_bytes_get_data (untrusted_payload, NULL)));
  gw_mux_queue_data (mux, stream);
  return TRUE;
}

static gboolean
receive_data (GwMux *mux, GwStream *stream, GBytes *untrusted_payload, GError **error)
{
  gsize size = untrusted_payload != NULL ? g_bytes_get_size (untrusted_payload) : 0;

  /* Sent before the other side knew of the reset. */
  if (stream->reset)
    return TRUE;
  if (stream->ours && !stream->accepted)
    return refuse (error, stream->id, "DATA before it was accepted");
  if (stream->fin_received || size == 0)
    return refuse (error, stream->id, size == 0 ? "DATA without any" : "DATA behind FIN");
  if (size > stream->granted - stream->received)
    return refuse (error, stream->id, "DATA above its credit");
  stream->received += size;
  gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_DATA, stream)->bytes = g_bytes_ref (untrusted_payload);
  return TRUE;
}

static gboolean
receive_fin (GwMux *mux, GwStream *stream, GError **error)
{
  if (stream->reset)
    {
      /* With both FINs it may have ended there, and no RESET comes. */
      if (stream->fin_sent)
        gw_mux_drop (mux, stream);
      return TRUE;
    }
  if (stream->fin_received)
    return refuse (error, stream->id, "FIN for a second time");
  if (stream->ours && !stream->accepted)
    return refuse (error, stream->id, "FIN before it was accepted");
  stream->fin_received = TRUE;
  gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_FIN, stream);
  gw_mux_drop_if_done (mux, stream);
  return TRUE;
}

static char *
reason_of (GBytes *untrusted_payload)
{
  gsize size = 0;
  const char *text = untrusted_payload != NULL ? g_bytes_get_data (untrusted_payload, &size) : "";

  return g_utf8_make_valid (text, MIN (size, GW_REASON_MAX));
}

static void
receive_reset (GwMux *mux, GwStream *stream, GBytes *untrusted_payload)
{
  stream->reset_received = TRUE;
  if (!stream->reset)
    {
      gw_mux_tell (mux, GW_SESSION_EVENT_STREAM_RESET, stream)->text = reason_of (untrusted_payload);
      gw_mux_void (mux, stream, NULL);
    }
  else if (!stream->reset_due)
    gw_mux_drop (mux, stream);
}

/**
 * gw_mux_receive:
 * @untrusted_frame: the next numbered frame of a stream
 *
 * Returns: %FALSE with @error set if it breaks the protocol
 */
gboolean
gw_mux_receive (GwMux *mux, const GwFrame *untrusted_frame, GError **error)
{
  guint16 id = untrusted_frame->stream;
  GwStream *stream = gw_mux_find (mux, id);

  if (untrusted_frame->type == GW_FRAME_OPEN)
    return receive_open (mux, id, untrusted_frame->payload, error);
  if (untrusted_frame->type == GW_FRAME_CREDIT)
    return receive_credit (mux, id, untrusted_frame->payload, error);
  if (stream == NULL && untrusted_frame->type == GW_FRAME_RESET)
    return TRUE;
  if (stream == NULL || stream->purpose != NULL)
    return refuse (error, id, "%s, and it is not open", gw_frame_type_name (untrusted_frame->type));
  if (untrusted_frame->type == GW_FRAME_DATA)
    return receive_data (mux, stream, untrusted_frame->payload, error);
  if (untrusted_frame->type == GW_FRAME_FIN)
    return receive_fin (mux, stream, error);
  receive_reset (mux, stream, untrusted_frame->payload);
  return TRUE;
}
