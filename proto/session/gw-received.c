/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes numbered frames in order, once, and decides when to say so. Knows
 * nothing of what this side sends. */

#include "gw-received.h"

#include "gw-limits.h"
#include "gw-unacked.h"

/* A new connection: counts begin anew, numbers go on. */
void
gw_received_connect (GwReceived *received)
{
  *received = (GwReceived){
    .expected = received->expected,
    .digest = received->digest,
    .n_gaps = received->n_gaps,
    .ack_us = G_MAXINT64,
    .nak_us = G_MININT64,
  };
}

/* Whether @untrusted_frame was sent after all that were seen. */
gboolean
gw_received_is_new (const GwReceived *received, const GwFrame *untrusted_frame)
{
  return !received->counted || gw_seq_is_before (received->last_count, untrusted_frame->count);
}

/* Whether one that is not new is certainly no copy of the frame that came with
 * its count: then its sender was restored from a snapshot. Such a sender's
 * counts come by here before they are new again. */
gboolean
gw_received_is_other (const GwReceived *received, const GwFrame *untrusted_frame)
{
  guint64 print = received->prints[untrusted_frame->count % GW_LINK_REMEMBERED];

  return received->last_count - untrusted_frame->count < GW_LINK_REMEMBERED && print != 0
         && print != untrusted_frame->print;
}

/* Between the last one and this some may have been lost. */
void
gw_received_see (GwReceived *received, const GwFrame *frame)
{
  guint32 skipped = received->counted ? frame->count - received->last_count - 1 : 0;

  for (guint32 i = 1; i <= MIN (skipped, GW_LINK_REMEMBERED - 1); i++)
    received->prints[(frame->count - i) % GW_LINK_REMEMBERED] = 0;
  received->prints[frame->count % GW_LINK_REMEMBERED] = frame->print;
  received->counted = TRUE;
  received->last_count = frame->count;
}

static void
owe_ack (GwReceived *received, gint64 now_us)
{
  received->ack_us = MIN (received->ack_us, now_us + GW_LINK_ACK_US);
}

/* Once for each gap, and again where the first may have been lost. */
static void
miss (GwReceived *received, const GwFrame *frame, gint64 nak_gap_us, gint64 now_us)
{
  if (received->nak_us != G_MININT64 && received->nak_seq == received->expected
      && now_us - received->nak_us < nak_gap_us)
    return;
  received->say_nak = TRUE;
  received->nak_count = frame->count;
  received->nak_seq = received->expected;
  received->nak_us = now_us;
  received->n_gaps++;
}

/**
 * gw_received_take:
 * @frame: a numbered frame
 * @ack_after: bytes that are acknowledged at once
 * @nak_gap_us: between two complaints of the same gap
 *
 * Returns: whether it is the next
 */
gboolean
gw_received_take (GwReceived *received, const GwFrame *frame, gsize ack_after, gint64 nak_gap_us, gint64 now_us)
{
  if (frame->seq != received->expected)
    {
      if (gw_seq_is_before (frame->seq, received->expected))
        owe_ack (received, now_us);
      else
        miss (received, frame, nak_gap_us, now_us);
      return FALSE;
    }
  received->expected++;
  received->digest = gw_frame_digest (received->digest, frame);
  received->unanswered += GW_FRAME_OVERHEAD + (frame->payload != NULL ? g_bytes_get_size (frame->payload) : 0);
  owe_ack (received, now_us);
  if (received->unanswered >= ack_after)
    received->ack_due = TRUE;
  return TRUE;
}

void
gw_received_pass_time (GwReceived *received, gint64 now_us)
{
  if (received->ack_us > now_us)
    return;
  received->ack_due = TRUE;
  received->ack_us = G_MAXINT64;
}

/* A frame goes, and has the acknowledgement. */
void
gw_received_told (GwReceived *received)
{
  received->ack_us = G_MAXINT64;
  received->ack_due = FALSE;
  received->unanswered = 0;
}
