/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-link: a table of what is sent, lost and heard, and what the link does. */

#include <string.h>

#include "gw-limits.h"
#include "gw-link.h"
#include "rows.h"

#define FRAME_MAX 1024
#define WINDOW (64 * GW_KIB)

/* Two links; a frame of A is a letter, 'a' on. In the tables, one letter each:
 *   s  A sends its next frame, and it arrives
 *   x  A sends its next frame, and it is lost
 *   p  A asks;  k  B acknowledges
 *   r  B says all that it has to say, and it arrives
 *   R  the same, and it is lost
 *   d  A's last frame arrives once more
 *   c  both have a new connection, and A resumes
 *   t  a second passes for A
 * Out: what B has delivered, then what A has yet to see acknowledged. */
typedef struct
{
  const char *name;
  const char *steps;
  const char *delivered;
  guint32 first_seq;
  gboolean lossy;
} Row;

static const Row rows[] = {
  { "in-order", "sss", "abc", 0, TRUE },
  { "numbers-wrap", "sssss", "abcde", G_MAXUINT32 - 2, TRUE },
  { "gap-stops", "sxss", "a", 0, TRUE },
  { "nak-brings-the-rest", "sxssrsss", "abcd", 0, TRUE },
  { "nak-over-the-wrap", "sxssrsss", "abcd", G_MAXUINT32, TRUE },
  { "copy-is-dropped", "sds", "ab", 0, TRUE },
  { "last-one-lost-is-asked-for", "sxtsrs", "ab", 0, TRUE },
  { "last-one-lost-where-none-get-lost", "sxtsrs", "ab", 0, FALSE },
  { "no-answer-sends-nothing-again", "sxtstststs", "a", 0, TRUE },
  { "nak-lost-and-asked-for", "sxssRtsrsss", "abcd", 0, TRUE },
  { "lost-twice", "xsrxstsrss", "ab", 0, TRUE },
  { "resumed", "sxcs", "ab", 0, FALSE },
  { "resumed-with-lost-acknowledgement", "ssRcs", "abc", 0, FALSE },
  { "resumed-twice", "xxcxcss", "ab", 0, FALSE },
};

typedef struct
{
  GwLink *a;
  GwLink *b;
  gint64 now_us;
  char next;
  GwFrame last;
  GString *delivered;
} Play;

static void
hear (Play *play, GwLink *link, const GwFrame *frame)
{
  if (gw_link_receive (link, frame, play->now_us) == GW_LINK_DELIVER)
    g_string_append_len (play->delivered, g_bytes_get_data (frame->payload, NULL), 1);
}

/* What the link has to say, or a new frame. */
static void
send_next (Play *play, gboolean arrives)
{
  gw_frame_clear (&play->last);
  if (!gw_link_take (play->a, &play->last, play->now_us))
    {
      g_assert_true (gw_link_has_room (play->a));
      play->last = (GwFrame){ .type = GW_FRAME_DATA, .stream = 2, .payload = g_bytes_new (&play->next, 1) };
      play->next++;
      gw_link_number (play->a, &play->last, play->now_us);
    }
  play->last.print = play->last.count + 1;
  if (arrives)
    hear (play, play->b, &play->last);
}

static void
answer (Play *play, gboolean arrives)
{
  gboolean more = TRUE;

  gw_link_pass_time (play->b, play->now_us + GW_LINK_ACK_US);
  while (more)
    {
      g_auto (GwFrame) frame = { 0 };

      more = gw_link_take (play->b, &frame, play->now_us) || gw_link_take_ack (play->b, &frame);
      if (more && arrives)
        hear (play, play->a, &frame);
    }
}

static void
reconnect (Play *play)
{
  guint32 received = gw_link_get_expected (play->b);

  g_assert_true (gw_link_may_resume (play->a, received, gw_link_get_digest (play->b)));
  g_assert_false (gw_link_may_resume (play->a, received, gw_link_get_digest (play->b) + 1));
  g_assert_false (gw_link_may_resume (play->a, received + 10, gw_link_get_digest (play->b)));
  g_assert_false (gw_link_may_resume (play->a, received - 10, gw_link_get_digest (play->b)));
  gw_link_resume (play->a, received);
  gw_link_connect (play->a, FRAME_MAX, WINDOW, FALSE);
  gw_link_connect (play->b, FRAME_MAX, WINDOW, FALSE);
}

static void
step (Play *play, char what)
{
  if (what == 's' || what == 'x')
    send_next (play, what == 's');
  else if (what == 'r' || what == 'R')
    answer (play, what == 'r');
  else if (what == 'd')
    hear (play, play->b, &play->last);
  else if (what == 'c')
    reconnect (play);
  else if (what == 't')
    {
      play->now_us += GW_LINK_ASK_MOST_US;
      gw_link_pass_time (play->a, play->now_us);
    }
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  Play play = {
    .a = gw_link_new (row->lossy, row->first_seq),
    .b = gw_link_new (row->lossy, 7),
    .now_us = 1000000,
    .next = 'a',
    .delivered = g_string_new (NULL),
  };

  gw_link_connect (play.a, FRAME_MAX, WINDOW, FALSE);
  gw_link_connect (play.b, FRAME_MAX, WINDOW, FALSE);
  gw_link_set_expected (play.b, row->first_seq);
  gw_link_set_expected (play.a, 7);
  for (const char *at = row->steps; *at != '\0'; at++)
    step (&play, *at);
  g_assert_cmpstr (play.delivered->str, ==, row->delivered);
  gw_frame_clear (&play.last);
  gw_link_free (play.a);
  gw_link_free (play.b);
  g_string_free (play.delivered, TRUE);
}

/* --- Single rules --------------------------------------------------------- */

static GwLink *
connected (gboolean lossy)
{
  GwLink *link = gw_link_new (lossy, 0);

  gw_link_connect (link, FRAME_MAX, WINDOW, FALSE);
  return link;
}

static guint
fill (GwLink *link, gint64 now_us)
{
  guint n = 0;

  while (gw_link_has_room (link))
    {
      g_auto (GwFrame) frame = { .type = GW_FRAME_DATA, .payload = g_bytes_new_take (g_malloc0 (900), 900) };

      gw_link_number (link, &frame, now_us);
      n++;
    }
  return n;
}

static void
test_window (void)
{
  g_autoptr (GwLink) link = connected (FALSE);

  g_assert_cmpuint (fill (link, 1), ==, WINDOW / (900 + GW_FRAME_OVERHEAD));
}

static void
test_lossy_begins_small (void)
{
  g_autoptr (GwLink) link = connected (TRUE);

  g_assert_cmpuint (fill (link, 1), ==, 2);
  g_assert_cmpuint (gw_link_get_window (link), ==, GW_LINK_WINDOW_FIRST);
}

/* An answer in each round trip of 5 ms: what is on the way doubles. */
static void
test_window_grows (void)
{
  g_autoptr (GwLink) link = connected (TRUE);
  gint64 now_us = 1;
  guint32 sent = 0;

  for (guint i = 0; i < 20; i++)
    {
      GwFrame ack = { .type = GW_FRAME_ACK, .count = i };

      sent += fill (link, now_us);
      now_us += 5000;
      ack.ack = sent;
      gw_link_receive (link, &ack, now_us);
    }
  g_assert_cmpuint (gw_link_get_window (link), >, 4 * GW_LINK_WINDOW_FIRST);
}

static void
test_ack_of_the_future (void)
{
  g_autoptr (GwLink) link = connected (FALSE);
  const GwFrame data = { .type = GW_FRAME_DATA, .ack = 1, .count = 0 };
  const GwFrame again = { .type = GW_FRAME_DATA, .ack = 0, .count = 1 };

  g_assert_cmpint (gw_link_receive (link, &data, 1), ==, GW_LINK_DROP);
  g_assert_cmpuint (gw_link_get_counts (link).ignored, ==, 1);
  g_assert_cmpint (gw_link_receive (link, &again, 1), ==, GW_LINK_DELIVER);
}

static void
test_another_frame_of_the_same_count (void)
{
  g_autoptr (GwLink) link = connected (FALSE);
  const GwFrame first = { .type = GW_FRAME_PING, .count = 5, .print = 1 };
  const GwFrame later = { .type = GW_FRAME_PING, .count = 9, .print = 2 };
  const GwFrame other = { .type = GW_FRAME_PING, .count = 5, .print = 3 };
  const GwFrame missed = { .type = GW_FRAME_PING, .count = 7, .print = 4 };

  gw_link_receive (link, &first, 1);
  gw_link_receive (link, &later, 1);
  g_assert_cmpint (gw_link_receive (link, &first, 1), ==, GW_LINK_DROP);
  g_assert_cmpint (gw_link_receive (link, &missed, 1), ==, GW_LINK_DROP);
  g_assert_cmpint (gw_link_receive (link, &other, 1), ==, GW_LINK_DIVERGED);
}

static void
test_no_timer_when_nothing_is_owed (void)
{
  g_autoptr (GwLink) link = connected (TRUE);
  g_auto (GwFrame) frame = { .type = GW_FRAME_DATA };
  const GwFrame ack = { .type = GW_FRAME_ACK, .ack = 1 };

  g_assert_cmpint (gw_link_get_deadline (link), ==, G_MAXINT64);
  gw_link_number (link, &frame, 1);
  g_assert_cmpint (gw_link_get_deadline (link), <, G_MAXINT64);
  g_assert_cmpint (gw_link_get_owed_since (link), ==, 1);
  gw_link_receive (link, &ack, 2);
  g_assert_cmpint (gw_link_get_deadline (link), ==, G_MAXINT64);
  g_assert_cmpint (gw_link_get_owed_since (link), ==, G_MAXINT64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/link/", rows, test_row);
  g_test_add_func ("/link/window", test_window);
  g_test_add_func ("/link/lossy-begins-small", test_lossy_begins_small);
  g_test_add_func ("/link/window-grows", test_window_grows);
  g_test_add_func ("/link/ack-of-the-future", test_ack_of_the_future);
  g_test_add_func ("/link/another-frame-of-the-same-count", test_another_frame_of_the_same_count);
  g_test_add_func ("/link/no-timer-when-nothing-is-owed", test_no_timer_when_nothing_is_owed);
  return g_test_run ();
}
