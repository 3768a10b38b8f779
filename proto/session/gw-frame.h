/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-limits.h"

G_BEGIN_DECLS

#define GW_FRAME_MAGIC 0xF5
#define GW_FRAME_CHECK_SIZE 4
#define GW_FRAME_HEADER_SIZE (GW_FRAME_OVERHEAD - GW_FRAME_CHECK_SIZE)
#define GW_FRAME_HELLO_SIZE 256

/* In a type: the link delivers the frame once and in order. */
#define GW_FRAME_NUMBERED 0x10

/* Flags beside the type. A receiver that does not know the type passes over
 * the frame; and, in a HELLO, its sender has not heard the other's yet. */
#define GW_FRAME_IGNORABLE 0x20
#define GW_FRAME_UNHEARD 0x40

typedef enum
{
  GW_FRAME_HELLO = 1, /* all byte values; seq is the sender's next number */
  GW_FRAME_ACK = 2,
  GW_FRAME_NAK = 3,  /* count of the frame that showed a gap */
  GW_FRAME_PING = 4,
  GW_FRAME_PONG = 5, /* count of the PING */
  GW_FRAME_CLOSE = 6, /* why */
  GW_FRAME_DATA = 16,
  GW_FRAME_MESSAGE = 17,
  GW_FRAME_OPEN = 18,
  GW_FRAME_CREDIT = 19,
  GW_FRAME_FIN = 20,
  GW_FRAME_RESET = 21,
} GwFrameType;

typedef struct
{
  guint8 type;  /* of GwFrameType, or one that is not known */
  guint8 flags;
  guint16 stream;
  guint32 seq;
  guint32 ack;    /* the number that the sender expects next */
  guint32 count;  /* of the frames of this connection in this direction */
  GBytes *payload; /* NULL for none */
  guint64 print;   /* of one that came: another frame has another */
} GwFrame;

void gw_frame_clear (GwFrame *frame);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwFrame, gw_frame_clear)

typedef enum
{
  GW_FRAME_TO_GUEST = 'h', /* said by the host */
  GW_FRAME_TO_HOST = 'g',
} GwFrameDirection;

#define GW_NONCE_SIZE 16

guint64 gw_frame_seed (const guint8 *host_nonce, const guint8 *guest_nonce, const guint8 *session,
                       GwFrameDirection direction);
GBytes *gw_frame_encode (const GwFrame *frame, guint64 seed) G_GNUC_WARN_UNUSED_RESULT;
guint64 gw_frame_digest (guint64 before, const GwFrame *frame);
GBytes *gw_frame_hello_payload (void);
const char *gw_frame_type_name (guint8 type);

/* What a header says of the bytes behind it. */
typedef struct
{
  gsize payload_length;
  guint64 hash;
} GwFramePromise;

gboolean gw_frame_decode_header (const guint8 *untrusted_header, guint64 seed, gsize frame_max, GwFrame *frame,
                                 GwFramePromise *promise);
GBytes *gw_frame_decode_payload (const guint8 *untrusted_payload, guint64 seed, guint8 type,
                                 const GwFramePromise *promise);

/* Finds frames in bytes, and says which bytes are in none. */
typedef struct _GwFrameReader GwFrameReader;

typedef enum
{
  GW_FRAME_READER_NONE,    /* more bytes are needed, or time */
  GW_FRAME_READER_FRAME,   /* a frame, whole and checked */
  GW_FRAME_READER_SKIPPED, /* bytes that are in no frame */
  GW_FRAME_READER_EXCESS,  /* the sender makes work: it knows the seed, and breaks its frames */
} GwFrameReaderEvent;

GwFrameReader *gw_frame_reader_new (guint64 seed, gsize frame_max);
void gw_frame_reader_free (GwFrameReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwFrameReader, gw_frame_reader_free)

void gw_frame_reader_receive (GwFrameReader *reader, const guint8 *data, gsize length, gint64 now_us);
void gw_frame_reader_pass_time (GwFrameReader *reader, gint64 now_us);
gint64 gw_frame_reader_get_deadline (GwFrameReader *reader);
GwFrameReaderEvent gw_frame_reader_next (GwFrameReader *reader, GwFrame *frame, GBytes **skipped);
gint64 gw_frame_reader_get_heard (GwFrameReader *reader);
GBytes *gw_frame_reader_steal (GwFrameReader *reader);

G_END_DECLS
