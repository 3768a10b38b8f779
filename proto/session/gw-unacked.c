/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was sent and may have to be sent again. Knows no clock and no answer. */

#include "gw-unacked.h"

static void
frame_free (GwUnackedFrame *sent)
{
  gw_frame_clear (&sent->frame);
  g_free (sent);
}

void
gw_unacked_init (GwUnacked *unacked, guint32 first_seq)
{
  *unacked = (GwUnacked){ .frames = G_QUEUE_INIT, .next_seq = first_seq };
}

void
gw_unacked_clear (GwUnacked *unacked)
{
  g_queue_clear_full (&unacked->frames, (GDestroyNotify) frame_free);
}

guint
gw_unacked_get_n (const GwUnacked *unacked)
{
  return unacked->frames.length;
}

guint32
gw_unacked_get_oldest_seq (const GwUnacked *unacked)
{
  return unacked->next_seq - unacked->frames.length;
}

/* Whether one who expects @untrusted_received next can be whom we speak to:
 * not below what was acknowledged, and not above what was sent. */
gboolean
gw_unacked_has_sent (const GwUnacked *unacked, guint32 untrusted_received)
{
  return untrusted_received - gw_unacked_get_oldest_seq (unacked) <= unacked->frames.length;
}

/* Of all frames before @received, which gw_unacked_has_sent() allows. */
guint64
gw_unacked_get_digest (const GwUnacked *unacked, guint32 received)
{
  guint32 n = received - gw_unacked_get_oldest_seq (unacked);
  GwUnackedFrame *last = n > 0 ? g_queue_peek_nth ((GQueue *) &unacked->frames, n - 1) : NULL;

  return last != NULL ? last->digest : unacked->forgotten;
}

static void
forget_oldest (GwUnacked *unacked)
{
  GwUnackedFrame *oldest = g_queue_peek_head (&unacked->frames);

  /* It may be acknowledged after it was believed lost. */
  if (unacked->again == unacked->frames.head)
    unacked->again = unacked->again->next;
  else
    unacked->on_the_way -= oldest->size;
  unacked->forgotten = oldest->digest;
  frame_free (g_queue_pop_head (&unacked->frames));
}

/**
 * gw_unacked_forget:
 * @received: the other side has all before it; as gw_unacked_has_sent() allows
 * @sent_us: (out): when the last of them was sent, or 0
 * @arrived_before: (out): and what had been acknowledged then
 *
 * Returns: how many bytes they were
 */
gsize
gw_unacked_forget (GwUnacked *unacked, guint32 received, gint64 *sent_us, guint64 *arrived_before)
{
  gsize size = 0;

  *sent_us = 0;
  *arrived_before = 0;
  while (gw_unacked_get_oldest_seq (unacked) != received)
    {
      GwUnackedFrame *oldest = g_queue_peek_head (&unacked->frames);

      size += oldest->size;
      *sent_us = oldest->sent_us;
      *arrived_before = oldest->arrived_before;
      forget_oldest (unacked);
    }
  return size;
}

/* Whether the oldest was sent before the frame of @count. */
gboolean
gw_unacked_lost_before (const GwUnacked *unacked, guint32 count)
{
  const GwUnackedFrame *oldest = unacked->frames.head != NULL ? unacked->frames.head->data : NULL;

  return oldest != NULL && unacked->again != unacked->frames.head && gw_seq_is_before (oldest->frame.count, count);
}

/* None is on the way: all are to be sent again. */
void
gw_unacked_go_back (GwUnacked *unacked)
{
  unacked->again = unacked->frames.head;
  unacked->on_the_way = 0;
}

/**
 * gw_unacked_add:
 * @frame: its payload is taken over
 *
 * Returns: (transfer none): the same with its number, on the way from now on
 */
GwUnackedFrame *
gw_unacked_add (GwUnacked *unacked, const GwFrame *frame, gint64 now_us)
{
  GwUnackedFrame *sent = g_new0 (GwUnackedFrame, 1);

  sent->frame = *frame;
  sent->frame.seq = unacked->next_seq++;
  sent->size = GW_FRAME_OVERHEAD + (frame->payload != NULL ? g_bytes_get_size (frame->payload) : 0);
  sent->digest = unacked->digest = gw_frame_digest (unacked->digest, frame);
  sent->sent_us = now_us;
  g_queue_push_tail (&unacked->frames, sent);
  unacked->on_the_way += sent->size;
  return sent;
}

/**
 * gw_unacked_next_again:
 *
 * Returns: (transfer none) (nullable): the next that is to be sent again, on
 *   the way from now on
 */
GwUnackedFrame *
gw_unacked_next_again (GwUnacked *unacked)
{
  GwUnackedFrame *sent;

  if (unacked->again == NULL)
    return NULL;
  sent = unacked->again->data;
  unacked->again = unacked->again->next;
  unacked->on_the_way += sent->size;
  sent->sent_us = 0;
  unacked->n_again++;
  return sent;
}
