/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"

G_BEGIN_DECLS

/* Numbered frames that were sent and are not acknowledged, oldest first. Knows
 * which of them are on the way. */
typedef struct
{
  GwFrame frame;  /* seq, and count when it was sent last */
  gsize size;
  guint64 digest; /* of all up to it */
  guint64 arrived_before; /* bytes that were acknowledged when it was sent */
  gint64 sent_us; /* 0: sent more than once, so that its acknowledgement tells no time */
} GwUnackedFrame;

typedef struct
{
  GQueue frames;      /* of GwUnackedFrame */
  GList *again;       /* the first of them that is not on the way, or lost; NULL for none */
  gsize on_the_way;   /* bytes of those before it */
  guint32 next_seq;
  guint64 digest;     /* of all frames that were ever added */
  guint64 forgotten;  /* of those that are acknowledged */
  guint64 n_again;    /* times that one was sent again */
} GwUnacked;

void gw_unacked_init (GwUnacked *unacked, guint32 first_seq);
void gw_unacked_clear (GwUnacked *unacked);

guint gw_unacked_get_n (const GwUnacked *unacked);
guint32 gw_unacked_get_oldest_seq (const GwUnacked *unacked);
gboolean gw_unacked_has_sent (const GwUnacked *unacked, guint32 untrusted_received);
guint64 gw_unacked_get_digest (const GwUnacked *unacked, guint32 received);
gsize gw_unacked_forget (GwUnacked *unacked, guint32 received, gint64 *sent_us, guint64 *arrived_before);
gboolean gw_unacked_lost_before (const GwUnacked *unacked, guint32 count);
void gw_unacked_go_back (GwUnacked *unacked);

GwUnackedFrame *gw_unacked_add (GwUnacked *unacked, const GwFrame *frame, gint64 now_us);
GwUnackedFrame *gw_unacked_next_again (GwUnacked *unacked);

/* Whether @a is before @b, modulo 2^32: of numbers and of counts. */
static inline gboolean
gw_seq_is_before (guint32 a, guint32 b)
{
  return (gint32) (a - b) < 0;
}

G_END_DECLS
