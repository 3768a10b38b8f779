/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One frame as bytes. Its checks are keyed with a seed that only this
 * connection has, so that frames of an earlier one, and one's own echo, are
 * none. Knows no order of frames. */

#include "gw-frame.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "gw-le.h"
#include "gw-limits.h"

#define FLAGS (GW_FRAME_IGNORABLE | GW_FRAME_UNHEARD)
#define TYPE 0x1F
#define CHECKED_SIZE (GW_FRAME_HEADER_SIZE - 4)

void
gw_frame_clear (GwFrame *frame)
{
  g_clear_pointer (&frame->payload, g_bytes_unref);
}

/* --- Seeds, checks and masks --------------------------------------------- */

/**
 * gw_frame_seed:
 * @host_nonce: GW_NONCE_SIZE bytes, and so are @guest_nonce and @session
 *
 * Returns: what keys all frames of one direction of one connection
 */
guint64
gw_frame_seed (const guint8 *host_nonce, const guint8 *guest_nonce, const guint8 *session, GwFrameDirection direction)
{
  guint8 bytes[3 * GW_NONCE_SIZE + 1];

  memcpy (bytes, host_nonce, GW_NONCE_SIZE);
  memcpy (bytes + GW_NONCE_SIZE, guest_nonce, GW_NONCE_SIZE);
  memcpy (bytes + 2 * GW_NONCE_SIZE, session, GW_NONCE_SIZE);
  bytes[3 * GW_NONCE_SIZE] = direction;
  return XXH64 (bytes, sizeof bytes, 0);
}

/* Half of the header's hash is on the wire, and the other half keys what
 * follows, so that no payload can stand behind another's header. */
static guint32
payload_check (const guint8 *masked, const GwFramePromise *promise)
{
  return (guint32) XXH64 (masked, promise->payload_length, promise->hash);
}

/* Copies and masks, or unmasks. HELLO shows all byte values on the wire, and
 * is the same always. */
static void
mask_payload (guint8 *to, const guint8 *from, guint64 seed, guint8 type, const GwFramePromise *promise)
{
  guint64 hash = GUINT64_TO_LE (promise->hash);
  guint64 key = type == GW_FRAME_HELLO ? 0 : GUINT64_TO_LE (XXH64 (&hash, sizeof hash, seed));
  gsize i = 0;

  for (; i + sizeof key <= promise->payload_length; i += sizeof key)
    {
      guint64 word;

      memcpy (&word, from + i, sizeof word);
      word ^= key;
      memcpy (to + i, &word, sizeof word);
    }
  for (; i < promise->payload_length; i++)
    to[i] = from[i] ^ ((const guint8 *) &key)[i % sizeof key];
}

/* --- Encoding ------------------------------------------------------------ */

/**
 * gw_frame_encode:
 * @frame: with a payload of at most GW_FRAME_MAX less GW_FRAME_OVERHEAD
 *
 * Returns: (transfer full): the frame as it stands on the wire
 */
GBytes *
gw_frame_encode (const GwFrame *frame, guint64 seed)
{
  GwFramePromise promise = { 0 };
  const guint8 *payload = frame->payload != NULL ? g_bytes_get_data (frame->payload, &promise.payload_length) : NULL;
  gsize length = GW_FRAME_HEADER_SIZE + (promise.payload_length > 0 ? promise.payload_length + GW_FRAME_CHECK_SIZE : 0);
  guint8 *bytes = g_malloc (length);

  bytes[0] = GW_FRAME_MAGIC;
  bytes[1] = frame->type | frame->flags;
  gw_le_put_u16 (bytes + 2, frame->stream);
  gw_le_put_u32 (bytes + 4, frame->seq);
  gw_le_put_u32 (bytes + 8, frame->ack);
  gw_le_put_u32 (bytes + 12, promise.payload_length);
  gw_le_put_u32 (bytes + 16, frame->count);
  promise.hash = XXH64 (bytes, CHECKED_SIZE, seed);
  gw_le_put_u32 (bytes + CHECKED_SIZE, (guint32) promise.hash);
  if (promise.payload_length > 0)
    {
      guint8 *masked = bytes + GW_FRAME_HEADER_SIZE;

      mask_payload (masked, payload, seed, frame->type, &promise);
      gw_le_put_u32 (masked + promise.payload_length, payload_check (masked, &promise));
    }
  return g_bytes_new_take (bytes, length);
}

/* --- Decoding ------------------------------------------------------------ */

/**
 * gw_frame_decode_header:
 * @untrusted_header: GW_FRAME_HEADER_SIZE bytes
 * @frame_max: of the whole frame
 * @frame: (out caller-allocates): without its payload
 * @promise: (out caller-allocates): what comes behind it
 *
 * Returns: whether it is a header of this connection and direction
 */
gboolean
gw_frame_decode_header (const guint8 *untrusted_header, guint64 seed, gsize frame_max, GwFrame *frame,
                        GwFramePromise *promise)
{
  guint32 untrusted_length = gw_le_get_u32 (untrusted_header + 12);

  /* First what costs nothing: junk may be full of what looks like headers. */
  if (untrusted_header[0] != GW_FRAME_MAGIC || (untrusted_header[1] & ~(FLAGS | TYPE)) != 0
      || untrusted_length > frame_max - GW_FRAME_OVERHEAD)
    return FALSE;
  promise->hash = XXH64 (untrusted_header, CHECKED_SIZE, seed);
  if (gw_le_get_u32 (untrusted_header + CHECKED_SIZE) != (guint32) promise->hash)
    return FALSE;
  promise->payload_length = untrusted_length;
  *frame = (GwFrame){
    .type = untrusted_header[1] & TYPE,
    .flags = untrusted_header[1] & FLAGS,
    .stream = gw_le_get_u16 (untrusted_header + 2),
    .seq = gw_le_get_u32 (untrusted_header + 4),
    .ack = gw_le_get_u32 (untrusted_header + 8),
    .count = gw_le_get_u32 (untrusted_header + 16),
    .print = promise->hash,
  };
  return TRUE;
}

/**
 * gw_frame_decode_payload:
 * @untrusted_payload: as many bytes as @promise says, and their check
 *
 * Returns: (transfer full) (nullable): the payload, or %NULL if it is not
 *   what the header was made for
 */
GBytes *
gw_frame_decode_payload (const guint8 *untrusted_payload, guint64 seed, guint8 type, const GwFramePromise *promise)
{
  guint8 *payload;

  if (gw_le_get_u32 (untrusted_payload + promise->payload_length) != payload_check (untrusted_payload, promise))
    return NULL;
  payload = g_malloc (promise->payload_length);
  mask_payload (payload, untrusted_payload, seed, type, promise);
  return g_bytes_new_take (payload, promise->payload_length);
}

/**
 * gw_frame_digest:
 * @before: of all numbered frames before it; 0 where there are none
 *
 * Two sides whose digests agree have the same history.
 *
 * Returns: that of all up to @frame
 */
guint64
gw_frame_digest (guint64 before, const GwFrame *frame)
{
  gsize length = 0;
  const guint8 *payload = frame->payload != NULL ? g_bytes_get_data (frame->payload, &length) : NULL;

  return XXH64 (payload != NULL ? payload : (const guint8 *) "", length,
                before ^ (frame->type + 256u * (guint64) frame->stream));
}

/* Each byte value once: a channel that changes one does not get it across. */
GBytes *
gw_frame_hello_payload (void)
{
  guint8 bytes[GW_FRAME_HELLO_SIZE];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = i;
  return g_bytes_new (bytes, sizeof bytes);
}

const char *
gw_frame_type_name (guint8 type)
{
  static const char *const names[TYPE + 1] = {
    [GW_FRAME_HELLO] = "HELLO",   [GW_FRAME_ACK] = "ACK",         [GW_FRAME_NAK] = "NAK",   [GW_FRAME_PING] = "PING",
    [GW_FRAME_PONG] = "PONG",     [GW_FRAME_DATA] = "DATA",       [GW_FRAME_MESSAGE] = "MESSAGE",
    [GW_FRAME_OPEN] = "OPEN",     [GW_FRAME_CREDIT] = "CREDIT",   [GW_FRAME_FIN] = "FIN",
    [GW_FRAME_RESET] = "RESET",   [GW_FRAME_CLOSE] = "CLOSE",
  };

  return type <= TYPE && names[type] != NULL ? names[type] : "unknown";
}
