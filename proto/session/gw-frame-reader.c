/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds frames in a stream of bytes that may hold anything: a header counts if
 * its check is good, and whatever makes no frame is handed out as such, in
 * order. Knows no order of frames. */

#include "gw-frame.h"

#include <string.h>

#include "gw-le.h"
#include "gw-limits.h"

struct _GwFrameReader
{
  guint64 seed;
  gsize frame_max;
  GByteArray *bytes;
  gsize skipped;       /* of bytes: in no frame, and not told yet */
  gsize at;            /* of bytes: here a frame may begin */
  gsize quiet_end;     /* of bytes: a gap came here, over which no frame goes */
  gint64 heard_us;
  guint64 received;
  guint64 hashed;
};

/**
 * gw_frame_reader_new:
 * @frame_max: the largest frame that is taken
 *
 * Returns: (transfer full): a reader for one direction of one connection
 */
GwFrameReader *
gw_frame_reader_new (guint64 seed, gsize frame_max)
{
  GwFrameReader *reader = g_new0 (GwFrameReader, 1);

  reader->seed = seed;
  reader->frame_max = frame_max;
  reader->bytes = g_byte_array_new ();
  return reader;
}

void
gw_frame_reader_free (GwFrameReader *reader)
{
  g_byte_array_unref (reader->bytes);
  g_free (reader);
}

/* Drops what is told and taken from the front. */
static void
compact (GwFrameReader *reader)
{
  gsize done = reader->at - reader->skipped;

  if (done == 0)
    return;
  g_byte_array_remove_range (reader->bytes, 0, done);
  reader->at -= done;
  reader->quiet_end -= MIN (done, reader->quiet_end);
}

/**
 * gw_frame_reader_receive:
 * @now_us: monotonic time in microseconds
 *
 * Takes bytes in. What they hold is then there for gw_frame_reader_next(),
 * to be called until there is no more: only less than one frame is kept.
 */
void
gw_frame_reader_receive (GwFrameReader *reader, const guint8 *data, gsize length, gint64 now_us)
{
  compact (reader);
  g_byte_array_append (reader->bytes, data, length);
  reader->heard_us = now_us;
  reader->received += length;
}

/* When the last byte came, which may be before it was looked at. */
gint64
gw_frame_reader_get_heard (GwFrameReader *reader)
{
  return reader->heard_us;
}

/* Whether something waits for bytes of which none has come for long. */
gint64
gw_frame_reader_get_deadline (GwFrameReader *reader)
{
  if (reader->at == reader->bytes->len)
    return G_MAXINT64;
  return reader->heard_us + GW_FRAME_QUIET_US;
}

/**
 * gw_frame_reader_pass_time:
 *
 * After a silence, what is not whole never will be. To be called also ahead
 * of gw_frame_reader_receive(), with gw_frame_reader_next() after it.
 */
void
gw_frame_reader_pass_time (GwFrameReader *reader, gint64 now_us)
{
  if (gw_frame_reader_get_deadline (reader) <= now_us)
    reader->quiet_end = reader->bytes->len;
}

static void
skip (GwFrameReader *reader, gsize length)
{
  reader->at += length;
  reader->skipped += length;
}

static GwFrameReaderEvent
tell_skipped (GwFrameReader *reader, GBytes **skipped)
{
  gsize length = MIN (reader->skipped, GW_FRAME_SKIPPED_MAX);

  *skipped = g_bytes_new (reader->bytes->data + reader->at - reader->skipped, length);
  reader->skipped -= length;
  return GW_FRAME_READER_SKIPPED;
}

/* Whether a frame of @length from here on may still become whole: if not, it
 * is none. */
static gboolean
may_wait (GwFrameReader *reader, gsize length)
{
  return reader->at >= reader->quiet_end || reader->at + length <= reader->quiet_end;
}

typedef enum
{
  NO_FRAME,
  NOT_WHOLE,
  BEHIND_JUNK, /* which is to be told first */
  WHOLE,
} Finding;

static Finding
take_payload (GwFrameReader *reader, GwFrame *frame, const GwFramePromise *promise)
{
  gsize length = GW_FRAME_OVERHEAD + promise->payload_length;

  if (!may_wait (reader, length))
    return NO_FRAME;
  if (reader->bytes->len - reader->at < length)
    return NOT_WHOLE;
  reader->hashed += promise->payload_length;
  frame->payload = gw_frame_decode_payload (reader->bytes->data + reader->at + GW_FRAME_HEADER_SIZE, reader->seed,
                                            frame->type, promise);
  if (frame->payload == NULL)
    return NO_FRAME;
  frame->print ^= (guint64) gw_le_get_u32 (reader->bytes->data + reader->at + length - GW_FRAME_CHECK_SIZE) << 32;
  reader->at += length;
  return WHOLE;
}

/* At a byte that may begin a frame. */
static Finding
look (GwFrameReader *reader, GwFrame *frame)
{
  GwFramePromise promise;
  Finding finding = WHOLE;

  if (!may_wait (reader, GW_FRAME_HEADER_SIZE))
    {
      skip (reader, 1);
      return NO_FRAME;
    }
  if (reader->bytes->len - reader->at < GW_FRAME_HEADER_SIZE)
    return NOT_WHOLE;
  if (!gw_frame_decode_header (reader->bytes->data + reader->at, reader->seed, reader->frame_max, frame, &promise))
    {
      skip (reader, 1);
      return NO_FRAME;
    }
  if (reader->skipped > 0)
    return BEHIND_JUNK;
  if (promise.payload_length > 0)
    finding = take_payload (reader, frame, &promise);
  else
    reader->at += GW_FRAME_HEADER_SIZE;
  /* Other frames may be in what was to be the payload. */
  if (finding == NO_FRAME)
    skip (reader, GW_FRAME_HEADER_SIZE);
  return finding;
}

/* To the next byte that may begin a frame. */
static void
seek (GwFrameReader *reader)
{
  gsize length = reader->bytes->len - reader->at;
  const guint8 *from;
  const guint8 *found;

  if (length == 0)
    return;
  from = reader->bytes->data + reader->at;
  found = memchr (from, GW_FRAME_MAGIC, length);
  skip (reader, found != NULL ? (gsize) (found - from) : length);
}

/**
 * gw_frame_reader_next:
 * @frame: (out caller-allocates): for %GW_FRAME_READER_FRAME
 * @skipped: (out) (transfer full): for %GW_FRAME_READER_SKIPPED
 *
 * Returns: the next thing that came
 */
GwFrameReaderEvent
gw_frame_reader_next (GwFrameReader *reader, GwFrame *frame, GBytes **skipped)
{
  Finding finding = NO_FRAME;

  *frame = (GwFrame){ 0 };
  while (finding == NO_FRAME)
    {
      if (reader->hashed > GW_FRAME_HASH_FACTOR * reader->received + reader->frame_max)
        return GW_FRAME_READER_EXCESS;
      seek (reader);
      if (reader->skipped >= GW_FRAME_SKIPPED_MAX)
        break;
      finding = reader->at < reader->bytes->len ? look (reader, frame) : NOT_WHOLE;
    }
  if (finding == WHOLE)
    return GW_FRAME_READER_FRAME;
  return reader->skipped > 0 ? tell_skipped (reader, skipped) : GW_FRAME_READER_NONE;
}

/**
 * gw_frame_reader_steal:
 *
 * Returns: (transfer full): all that was not handed out; it is not read here
 */
GBytes *
gw_frame_reader_steal (GwFrameReader *reader)
{
  GBytes *rest;

  reader->at -= reader->skipped;
  reader->skipped = 0;
  compact (reader);
  rest = g_byte_array_free_to_bytes (reader->bytes);
  reader->bytes = g_byte_array_new ();
  reader->quiet_end = 0;
  return rest;
}
