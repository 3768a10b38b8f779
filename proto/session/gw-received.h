/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"
#include "gw-limits.h"

G_BEGIN_DECLS

/* What has come of the other side's frames, and what is due to it for that. */
typedef struct
{
  guint32 expected;   /* number of the next frame */
  guint64 digest;     /* of all before it */
  gboolean counted;   /* a frame has come on this connection */
  guint32 last_count;
  guint64 prints[GW_LINK_REMEMBERED]; /* of the last frames, by count; 0: lost */
  gsize unanswered;   /* bytes of numbered frames since the last acknowledgement */
  gint64 ack_us;      /* when the next is due; G_MAXINT64 for never */
  gboolean ack_due;
  gboolean say_nak;
  guint32 nak_count;  /* of the frame that showed the gap */
  guint32 nak_seq;    /* which was expected then */
  gint64 nak_us;      /* when; G_MININT64 for never */
  guint64 n_gaps;     /* complaints, on all connections */
} GwReceived;

void gw_received_connect (GwReceived *received);
gboolean gw_received_is_new (const GwReceived *received, const GwFrame *untrusted_frame);
gboolean gw_received_is_other (const GwReceived *received, const GwFrame *untrusted_frame);
void gw_received_see (GwReceived *received, const GwFrame *frame);
gboolean gw_received_take (GwReceived *received, const GwFrame *frame, gsize ack_after, gint64 nak_gap_us,
                           gint64 now_us);
void gw_received_pass_time (GwReceived *received, gint64 now_us);
void gw_received_told (GwReceived *received);

G_END_DECLS
