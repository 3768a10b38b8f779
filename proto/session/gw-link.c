/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delivers numbered frames once and in order. A channel never overtakes
 * itself, and each frame has a count: so an answer that names a count tells
 * for sure what of the earlier frames is lost. Nothing is sent again because
 * of a clock; a clock only makes this side ask. Knows no bytes and no stream. */

#include "gw-link.h"

#include "gw-le.h"
#include "gw-limits.h"
#include "gw-pace.h"
#include "gw-received.h"
#include "gw-unacked.h"

struct _GwLink
{
  gboolean lossy;
  gsize frame_max;
  gsize window;
  GwPace pace;

  /* Out. */
  GwUnacked unacked;
  guint32 next_count;
  guint64 sent;
  guint64 losses;
  gint64 ask_us;       /* when to ask, if nothing is acknowledged; G_MAXINT64 for never */
  gint64 patience_us;  /* until the next asking */
  gint64 owed_us;      /* since when nothing was heard that is due; G_MAXINT64 when nothing is */

  GwReceived received;
  guint64 ignored;

  /* What to say next. */
  gboolean say_hello;
  gboolean unheard;
  gboolean say_pong;
  guint32 pong_count;
  gboolean say_ping;
  gboolean ping_open;  /* one is not answered yet */
  guint32 ping_count;
  gint64 ping_us;
};

/**
 * gw_link_new:
 * @lossy: bytes may get lost while a connection lasts
 * @first_seq: of the first frame to be sent
 *
 * Returns: (transfer full): a link without a connection
 */
GwLink *
gw_link_new (gboolean lossy, guint32 first_seq)
{
  GwLink *link = g_new0 (GwLink, 1);

  link->lossy = lossy;
  gw_unacked_init (&link->unacked, first_seq);
  gw_link_disconnect (link);
  return link;
}

void
gw_link_free (GwLink *link)
{
  gw_unacked_clear (&link->unacked);
  g_free (link);
}

/**
 * gw_link_disconnect:
 *
 * Forgets what belongs to a connection; what is unacknowledged stays.
 */
void
gw_link_disconnect (GwLink *link)
{
  gw_unacked_go_back (&link->unacked);
  link->ask_us = link->owed_us = G_MAXINT64;
  gw_received_connect (&link->received);
  link->say_hello = link->say_pong = link->say_ping = link->ping_open = FALSE;
}

/**
 * gw_link_connect:
 * @frame_max: the largest frame that may be sent
 * @window: bytes that may be on the way
 * @reckless: they always are, whatever is measured
 *
 * A new connection begins; what is unacknowledged is sent again on it.
 */
void
gw_link_connect (GwLink *link, gsize frame_max, gsize window, gboolean reckless)
{
  gw_link_disconnect (link);
  link->frame_max = frame_max;
  link->window = window;
  link->next_count = 0;
  gw_pace_start (&link->pace, link->lossy && !reckless, frame_max, window);
  link->patience_us = gw_pace_patience (&link->pace);
}

/* Whether the other side has what was sent to it: one that was restored from a
 * snapshot has less, or something else. */
gboolean
gw_link_may_resume (const GwLink *link, guint32 untrusted_received, guint64 untrusted_digest)
{
  return gw_unacked_has_sent (&link->unacked, untrusted_received)
         && gw_unacked_get_digest (&link->unacked, untrusted_received) == untrusted_digest;
}

/* --- Acknowledgements of ours -------------------------------------------- */

/* The other side has all before @received. */
static void
take_ack (GwLink *link, guint32 received, gint64 now_us)
{
  gint64 sent_us;
  guint64 before;
  gsize arrived = gw_unacked_forget (&link->unacked, received, &sent_us, &before);

  if (arrived == 0)
    return;
  gw_pace_arrived (&link->pace, arrived);
  if (sent_us != 0)
    gw_pace_measured (&link->pace, before, now_us - sent_us);
  link->patience_us = gw_pace_patience (&link->pace);
  link->ask_us = link->unacked.on_the_way > 0 ? now_us + link->patience_us : G_MAXINT64;
}

/**
 * gw_link_resume:
 * @received: what gw_link_may_resume() allows
 */
void
gw_link_resume (GwLink *link, guint32 received)
{
  gint64 sent_us;
  guint64 before;

  gw_unacked_forget (&link->unacked, received, &sent_us, &before);
  gw_unacked_go_back (&link->unacked);
}

/* The other side had seen the frame of @count when it said this, and the
 * oldest still lacks, which was sent before. */
static void
find_lost (GwLink *link, guint32 count)
{
  if (!gw_unacked_lost_before (&link->unacked, count))
    return;
  gw_unacked_go_back (&link->unacked);
  link->losses++;
  link->ask_us = G_MAXINT64;
  gw_pace_lost (&link->pace);
}

/* --- In ------------------------------------------------------------------ */

void
gw_link_set_expected (GwLink *link, guint32 seq)
{
  link->received.expected = seq;
}

guint32
gw_link_get_expected (const GwLink *link)
{
  return link->received.expected;
}

/* Of all that was delivered. */
guint64
gw_link_get_digest (const GwLink *link)
{
  return link->received.digest;
}

static gboolean
read_count (const GwFrame *untrusted_frame, guint32 *count)
{
  if (untrusted_frame->payload == NULL || g_bytes_get_size (untrusted_frame->payload) != sizeof *count)
    return FALSE;
  *count = gw_le_get_u32 (g_bytes_get_data (untrusted_frame->payload, NULL));
  return TRUE;
}

static void
take_unnumbered (GwLink *link, const GwFrame *frame, gint64 now_us)
{
  guint32 count;

  if (frame->type == GW_FRAME_PING)
    {
      link->say_pong = TRUE;
      link->pong_count = frame->count;
    }
  if ((frame->type != GW_FRAME_PONG && frame->type != GW_FRAME_NAK) || !read_count (frame, &count))
    return;
  if (frame->type == GW_FRAME_PONG && link->ping_open && count == link->ping_count)
    {
      gw_pace_timed (&link->pace, now_us - link->ping_us);
      link->ping_open = FALSE;
    }
  find_lost (link, count);
}

/* Whether an answer is due. */
static gboolean
is_owed (const GwLink *link)
{
  return link->unacked.on_the_way > 0 || link->ping_open;
}

/**
 * gw_link_receive:
 * @untrusted_frame: whole, and with good checks
 * @now_us: monotonic time in microseconds
 *
 * Returns: what to do with it
 */
GwLinkVerdict
gw_link_receive (GwLink *link, const GwFrame *untrusted_frame, gint64 now_us)
{
  gboolean is_next = FALSE;
  /* A HELLO may have been said before anything was heard. */
  gboolean has_ack = untrusted_frame->type != GW_FRAME_HELLO;

  if (!gw_received_is_new (&link->received, untrusted_frame))
    {
      link->ignored++;
      return gw_received_is_other (&link->received, untrusted_frame) ? GW_LINK_DIVERGED : GW_LINK_DROP;
    }
  if (has_ack && !gw_unacked_has_sent (&link->unacked, untrusted_frame->ack))
    {
      link->ignored++;
      return GW_LINK_DROP;
    }
  gw_received_see (&link->received, untrusted_frame);
  if (has_ack)
    take_ack (link, untrusted_frame->ack, now_us);
  if ((untrusted_frame->type & GW_FRAME_NUMBERED) != 0)
    is_next = gw_received_take (&link->received, untrusted_frame, link->window / (link->lossy ? 4 : 2),
                                MAX (link->pace.srtt_us, GW_LINK_ACK_US), now_us);
  else
    take_unnumbered (link, untrusted_frame, now_us);
  link->owed_us = is_owed (link) ? now_us : G_MAXINT64;
  return is_next ? GW_LINK_DELIVER : GW_LINK_DROP;
}

/* --- Out ----------------------------------------------------------------- */

/* Each frame has the latest acknowledgement. */
static void
stamp (GwLink *link, GwFrame *frame)
{
  frame->ack = link->received.expected;
  frame->count = link->next_count++;
  gw_received_told (&link->received);
}

static void
send (GwLink *link, GwUnackedFrame *sent, GwFrame *frame, gint64 now_us)
{
  *frame = sent->frame;
  if (frame->payload != NULL)
    g_bytes_ref (frame->payload);
  stamp (link, frame);
  sent->frame.count = frame->count;
  link->sent++;
  if (link->ask_us == G_MAXINT64)
    link->ask_us = now_us + link->patience_us;
  link->owed_us = MIN (link->owed_us, now_us);
}

static gboolean
has_room (const GwLink *link)
{
  return link->unacked.on_the_way + link->frame_max <= link->pace.window;
}

/* Says a @type that tells of a frame of the other side's. */
static void
say_count (GwLink *link, GwFrameType type, guint32 count, GwFrame *frame)
{
  guint8 bytes[4];

  gw_le_put_u32 (bytes, count);
  *frame = (GwFrame){ .type = type, .payload = g_bytes_new (bytes, sizeof bytes) };
  stamp (link, frame);
}

/**
 * gw_link_take_hello:
 * @frame: (out caller-allocates): what to send
 *
 * Returns: whether HELLO is to be said, ahead of all else
 */
gboolean
gw_link_take_hello (GwLink *link, GwFrame *frame)
{
  if (!link->say_hello)
    return FALSE;
  link->say_hello = FALSE;
  *frame = (GwFrame){ .type = GW_FRAME_HELLO, .seq = gw_unacked_get_oldest_seq (&link->unacked) };
  frame->flags = link->unheard ? GW_FRAME_UNHEARD : 0;
  frame->payload = gw_frame_hello_payload ();
  stamp (link, frame);
  return TRUE;
}

/* The last frame of a connection. */
void
gw_link_close (GwLink *link, const char *why, gsize length, GwFrame *frame)
{
  *frame = (GwFrame){ .type = GW_FRAME_CLOSE, .payload = length > 0 ? g_bytes_new (why, length) : NULL };
  stamp (link, frame);
}

/**
 * gw_link_take:
 * @frame: (out caller-allocates): what to send
 *
 * Returns: whether the link has something to say, or to say again
 */
gboolean
gw_link_take (GwLink *link, GwFrame *frame, gint64 now_us)
{
  GwUnackedFrame *sent;

  if (link->say_pong)
    {
      link->say_pong = FALSE;
      say_count (link, GW_FRAME_PONG, link->pong_count, frame);
      return TRUE;
    }
  if (link->received.say_nak)
    {
      link->received.say_nak = FALSE;
      say_count (link, GW_FRAME_NAK, link->received.nak_count, frame);
      return TRUE;
    }
  if (link->say_ping)
    {
      *frame = (GwFrame){ .type = GW_FRAME_PING };
      stamp (link, frame);
      link->say_ping = FALSE;
      link->ping_open = TRUE;
      link->ping_count = frame->count;
      link->ping_us = now_us;
      link->owed_us = MIN (link->owed_us, now_us);
      return TRUE;
    }
  if (!has_room (link) || (sent = gw_unacked_next_again (&link->unacked)) == NULL)
    return FALSE;
  send (link, sent, frame, now_us);
  return TRUE;
}

/* Whether a new frame may be numbered. */
gboolean
gw_link_has_room (const GwLink *link)
{
  return link->unacked.again == NULL && has_room (link) && gw_unacked_get_n (&link->unacked) < GW_LINK_FRAMES_MAX;
}

/**
 * gw_link_number:
 * @frame: (inout): a new frame, with type, stream and payload
 *
 * Makes it one that is delivered. There must be room.
 */
void
gw_link_number (GwLink *link, GwFrame *frame, gint64 now_us)
{
  GwUnackedFrame *sent = gw_unacked_add (&link->unacked, frame, now_us);

  sent->arrived_before = link->pace.arrived;
  send (link, sent, frame, now_us);
}

/* To be called when there is nothing else to send. */
gboolean
gw_link_take_ack (GwLink *link, GwFrame *frame)
{
  if (!link->received.ack_due)
    return FALSE;
  *frame = (GwFrame){ .type = GW_FRAME_ACK };
  stamp (link, frame);
  return TRUE;
}

/* @unheard: the other side's has not come yet. */
void
gw_link_hello (GwLink *link, gboolean unheard)
{
  link->say_hello = TRUE;
  link->unheard = unheard;
}

/* Asks the other side what it has. */
void
gw_link_ping (GwLink *link)
{
  link->say_ping = TRUE;
}

/* --- Time ---------------------------------------------------------------- */

gint64
gw_link_get_deadline (const GwLink *link)
{
  return MIN (link->received.ack_us, link->ask_us);
}

void
gw_link_pass_time (GwLink *link, gint64 now_us)
{
  gw_received_pass_time (&link->received, now_us);
  if (link->ask_us > now_us)
    return;
  link->patience_us = MIN (2 * link->patience_us, GW_LINK_ASK_MOST_US);
  link->ask_us = now_us + link->patience_us;
  gw_link_ping (link);
}

/* Since when the other side owes an answer and nothing was heard of it;
 * G_MAXINT64 when it owes none. */
gint64
gw_link_get_owed_since (const GwLink *link)
{
  return link->owed_us;
}

gsize
gw_link_get_window (const GwLink *link)
{
  return link->pace.window;
}

GwLinkCounts
gw_link_get_counts (const GwLink *link)
{
  return (GwLinkCounts){ link->sent, link->unacked.n_again, link->losses, link->received.n_gaps, link->ignored };
}
