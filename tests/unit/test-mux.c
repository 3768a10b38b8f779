/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-mux and gw-messages: what a hostile side may not do, and that credit
 * comes back. */

#include <string.h>

#include "gw-le.h"
#include "gw-limits.h"
#include "gw-messages.h"
#include "gw-mux.h"
#include "gw-session-event.h"
#include "rows.h"

/* What a guest sends to a host, that has stream 2 open and accepted with
 * credit for it, and stream 4 open and not accepted. In the tables a letter and
 * a stream: o OPEN, c CREDIT, d DATA of 10 bytes, D DATA of none, b DATA above
 * the credit, f FIN, r RESET. The last one is refused if there is a '!'. */
typedef struct
{
  const char *name;
  const char *steps;
} Row;

static const Row rows[] = {
  { "data-and-fin", "d2d2f2" },
  { "data-behind-fin", "f2d2!" },
  { "fin-twice", "f2f2!" },
  { "data-above-credit", "b2!" },
  { "data-without-any", "D2!" },
  { "data-of-an-unknown-stream", "d6!" },
  { "fin-of-an-unknown-stream", "f6!" },
  { "credit-and-reset-may-be-late", "c6r6" },
  { "data-before-it-is-accepted", "d4!" },
  { "fin-before-it-is-accepted", "f4!" },
  { "accepted-later", "c4d4f4" },
  { "reset-instead-of-acceptance", "r4" },
  { "data-behind-reset", "r2d2" },
  { "open-of-its-own", "o1d1!" },
  { "open-of-ours", "o6!" },
  { "open-of-stream-0", "o0!" },
  { "open-twice", "o1o1!" },
  { "open-and-reset", "o1r1" },
};

static void
drain (GwMux *mux, GQueue *events)
{
  GwFrame frame;

  while (gw_mux_next_control (mux, &frame) || gw_mux_next_data (mux, 1000, &frame))
    gw_frame_clear (&frame);
  gw_session_event_clear_all (events);
}

static gboolean
receive (GwMux *mux, char what, guint16 stream, GError **error)
{
  static const char letters[] = "ocdDbfr";
  static const guint8 types[]
      = { GW_FRAME_OPEN, GW_FRAME_CREDIT, GW_FRAME_DATA, GW_FRAME_DATA, GW_FRAME_DATA, GW_FRAME_FIN, GW_FRAME_RESET };
  gsize length = what == 'o' || what == 'c' ? 8 : what == 'd' ? 10 : what == 'b' ? GW_SESSION_BUFFER : 0;
  guint8 *payload = g_malloc0 (length + 1);
  g_auto (GwFrame) frame = { .type = types[strchr (letters, what) - letters], .stream = stream };

  payload[0] = 100;
  frame.payload = g_bytes_new_take (payload, length);
  return gw_mux_receive (mux, &frame, error);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  GQueue events = G_QUEUE_INIT;
  g_autoptr (GwMux) mux = gw_mux_new (TRUE, &events);
  g_autoptr (GBytes) purpose = g_bytes_new_static ("", 0);

  g_assert_cmpuint (gw_mux_open (mux, purpose, NULL), ==, 2);
  g_assert_cmpuint (gw_mux_open (mux, purpose, NULL), ==, 4);
  drain (mux, &events);
  g_assert_true (receive (mux, 'c', 2, NULL));
  for (const char *at = row->steps; *at != '\0' && *at != '!'; at += 2)
    {
      g_autoptr (GError) error = NULL;
      gboolean good = receive (mux, at[0], at[1] - '0', &error);

      g_assert_cmpint (good, ==, at[2] != '!');
      g_assert_true (good || g_error_matches (error, GW_ERROR, GW_ERROR_PROTOCOL));
    }
  drain (mux, &events);
}

/* Opened, filled and reset, again and again: all that was granted comes back. */
static void
test_reset_returns_credit (void)
{
  GQueue events = G_QUEUE_INIT;
  g_autoptr (GwMux) mux = gw_mux_new (TRUE, &events);
  g_autoptr (GBytes) purpose = g_bytes_new_static ("", 0);
  gsize first = 0;

  for (guint i = 0; i < 1000; i++)
    {
      guint16 stream = gw_mux_open (mux, purpose, NULL);

      drain (mux, &events);
      if (i == 0)
        first = gw_mux_get_granted (mux);
      g_assert_cmpuint (gw_mux_get_granted (mux), ==, first);
      g_assert_true (receive (mux, 'c', stream, NULL));
      g_assert_true (receive (mux, 'd', stream, NULL));
      if (i % 2 == 0)
        gw_mux_reset (mux, stream, "no more");
      g_assert_true (receive (mux, 'r', stream, NULL));
      drain (mux, &events);
      g_assert_cmpuint (gw_mux_get_n_streams (mux), ==, 0);
      g_assert_cmpuint (gw_mux_get_granted (mux), ==, 0);
    }
}

/* Whatever others hold, each has its least share. */
static void
test_each_stream_gets_something (void)
{
  GQueue events = G_QUEUE_INIT;
  g_autoptr (GwMux) mux = gw_mux_new (TRUE, &events);
  g_autoptr (GBytes) purpose = g_bytes_new_static ("", 0);

  for (guint i = 0; i < GW_STREAMS_MAX; i++)
    {
      gsize before = gw_mux_get_granted (mux);

      gw_mux_open (mux, purpose, NULL);
      drain (mux, &events);
      g_assert_true (receive (mux, 'o', 2 * i + 1, NULL));
      gw_mux_accept (mux, 2 * i + 1);
      drain (mux, &events);
      g_assert_cmpuint (gw_mux_get_granted (mux) - before, >=, 2 * GW_STREAM_SHARE_LEAST);
    }
  g_assert_cmpuint (gw_mux_get_granted (mux), <=, GW_SESSION_BUFFER);
  g_assert_cmpuint (gw_mux_open (mux, purpose, NULL), ==, 0);
  g_assert_false (receive (mux, 'o', 2 * GW_STREAMS_MAX + 1, NULL));
  drain (mux, &events);
}

/* --- Messages ------------------------------------------------------------- */

typedef struct
{
  const char *name;
  guint8 kind;
  guint8 flags;
  guint32 total;
  gsize part;
  gboolean good;
} Fragment;

/* Each comes behind a first fragment of request 1, which has 10 of 20 bytes. */
static const Fragment fragments[] = {
  { "the-rest", 1, 0, 0, 10, TRUE },
  { "more-than-announced", 1, 0, 0, 11, FALSE },
  { "nothing", 1, 0, 0, 0, FALSE },
  { "begun-twice", 1, 1, 20, 10, FALSE },
  { "abort", 1, 2, 0, 0, TRUE },
  { "abort-with-a-body", 1, 2, 0, 1, FALSE },
  { "abort-of-what-has-not-begun", 2, 2, 0, 0, FALSE },
  { "rest-of-what-has-not-begun", 2, 0, 0, 1, FALSE },
  { "another", 2, 1, 20, 10, TRUE },
  { "largest", 2, 1, GW_MESSAGE_MAX - 20, 10, TRUE },
  { "too-large-together", 2, 1, GW_MESSAGE_MAX - 19, 10, FALSE },
  { "unknown-kind", 6, 1, 10, 10, FALSE },
  { "kind-0", 0, 1, 10, 10, FALSE },
  { "unknown-flag", 2, 4, 10, 10, FALSE },
  { "above-credit", 2, 1, GW_MESSAGE_WINDOW, GW_MESSAGE_WINDOW - 9, FALSE },
};

static gboolean
say (GwMessages *messages, const Fragment *fragment)
{
  gsize header = fragment->flags == GW_MESSAGE_WIRE_FIRST ? 16 : 12;
  guint8 *payload = g_malloc0 (header + fragment->part);
  g_autoptr (GBytes) bytes = g_bytes_new_take (payload, header + fragment->part);
  g_autoptr (GError) error = NULL;
  GwMessageArrival arrival;
  gboolean good;

  payload[0] = fragment->kind;
  payload[1] = fragment->flags;
  payload[4] = 1;
  if (header == 16)
    gw_le_put_u32 (payload + 12, fragment->total);
  good = gw_messages_receive (messages, bytes, &arrival, &error);
  g_clear_pointer (&arrival.body, g_bytes_unref);
  return good;
}

static void
test_fragment (gconstpointer data)
{
  static const Fragment first = { "first", 1, GW_MESSAGE_WIRE_FIRST, 20, 10, TRUE };
  g_autoptr (GwMessages) messages = gw_messages_new ();
  const Fragment *fragment = data;

  g_assert_true (say (messages, &first));
  g_assert_cmpint (say (messages, fragment), ==, fragment->good);
}

/* A short one waits for one fragment of a long one. */
static void
test_messages_take_turns (void)
{
  g_autoptr (GwMessages) messages = gw_messages_new ();
  g_autoptr (GBytes) large = g_bytes_new_take (g_malloc0 (200000), 200000);
  g_autoptr (GBytes) small = g_bytes_new_static ("{}", 2);
  const guint8 expected[] = { 1, 2, 1 };

  gw_messages_send (messages, GW_MESSAGE_WIRE_REQUEST, 1, large);
  gw_messages_send (messages, GW_MESSAGE_WIRE_REQUEST, 2, small);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_auto (GwFrame) frame = { 0 };

      g_assert_true (gw_messages_next (messages, GW_FRAME_MAX, &frame));
      g_assert_cmpuint (((const guint8 *) g_bytes_get_data (frame.payload, NULL))[4], ==, expected[i]);
    }
}

/* Moves all that credit lets go; how many messages have become whole. */
static guint
move (GwMessages *from, GwMessages *to)
{
  guint whole = 0;
  GwFrame frame = { 0 };

  for (;;)
    {
      GwMessageArrival arrival;

      if (gw_messages_next_credit (to, &frame))
        g_assert_true (gw_messages_receive_credit (from, frame.payload, NULL));
      gw_frame_clear (&frame);
      if (!gw_messages_next (from, GW_FRAME_MAX, &frame))
        return whole;
      g_assert_true (gw_messages_receive (to, frame.payload, &arrival, NULL));
      gw_frame_clear (&frame);
      whole += arrival.body != NULL;
      g_clear_pointer (&arrival.body, g_bytes_unref);
    }
}

/* One that is larger than the credit goes through, since its parts are let in;
 * whole ones that nobody takes stop the next. */
static void
test_message_credit (void)
{
  g_autoptr (GwMessages) from = gw_messages_new ();
  g_autoptr (GwMessages) to = gw_messages_new ();
  g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (3 * GW_MESSAGE_WINDOW), 3 * GW_MESSAGE_WINDOW);

  gw_messages_send (from, GW_MESSAGE_WIRE_REQUEST, 1, body);
  g_assert_cmpuint (move (from, to), ==, 1);
  gw_messages_send (from, GW_MESSAGE_WIRE_REQUEST, 2, body);
  g_assert_cmpuint (move (from, to), ==, 0);
  gw_messages_consume (to, 3 * GW_MESSAGE_WINDOW);
  g_assert_cmpuint (move (from, to), ==, 1);
}

static guint64
next_id (GwMessages *messages)
{
  g_auto (GwFrame) frame = { 0 };

  if (!gw_messages_next (messages, GW_FRAME_MAX, &frame))
    return 0;
  return ((const guint8 *) g_bytes_get_data (frame.payload, NULL))[4];
}

/* Also where something between them needs no credit, and there was none. */
static void
test_requests_begin_in_order (void)
{
  g_autoptr (GwMessages) from = gw_messages_new ();
  g_autoptr (GwMessages) to = gw_messages_new ();
  g_autoptr (GBytes) large = g_bytes_new_take (g_malloc0 (3 * GW_MESSAGE_WINDOW), 3 * GW_MESSAGE_WINDOW);
  g_autoptr (GBytes) small = g_bytes_new_static ("{}", 2);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_auto (GwFrame) credit = { 0 };

  gw_messages_send (from, GW_MESSAGE_WIRE_REQUEST, 1, large);
  g_assert_cmpuint (move (from, to), ==, 1);
  gw_messages_send (from, GW_MESSAGE_WIRE_REQUEST, 2, large);
  g_assert_cmpuint (move (from, to), ==, 0);
  gw_messages_send (from, GW_MESSAGE_WIRE_REQUEST, 5, small);
  gw_messages_send (from, GW_MESSAGE_WIRE_CANCEL, 1, nothing);
  gw_messages_send (from, GW_MESSAGE_WIRE_REQUEST, 6, small);
  g_assert_cmpuint (next_id (from), ==, 1);
  g_assert_cmpuint (next_id (from), ==, 0);
  gw_messages_consume (to, 3 * GW_MESSAGE_WINDOW);
  g_assert_true (gw_messages_next_credit (to, &credit));
  g_assert_true (gw_messages_receive_credit (from, credit.payload, NULL));
  g_assert_cmpuint (next_id (from), ==, 2);
  g_assert_cmpuint (next_id (from), ==, 5);
  g_assert_cmpuint (next_id (from), ==, 6);
}

static void
test_withdraw (void)
{
  g_autoptr (GwMessages) messages = gw_messages_new ();
  g_autoptr (GBytes) body = g_bytes_new_take (g_malloc0 (20000), 20000);
  g_autoptr (GBytes) small = g_bytes_new_static ("{}", 2);
  g_auto (GwFrame) frame = { 0 };

  gw_messages_send (messages, GW_MESSAGE_WIRE_REQUEST, 1, body);
  g_assert_true (gw_messages_withdraw (messages, GW_MESSAGE_WIRE_REQUEST, 1));
  g_assert_false (gw_messages_next (messages, GW_FRAME_MAX, &frame));
  gw_messages_send (messages, GW_MESSAGE_WIRE_REQUEST, 2, body);
  g_assert_true (gw_messages_next (messages, GW_FRAME_MAX, &frame));
  gw_frame_clear (&frame);
  g_assert_true (gw_messages_withdraw (messages, GW_MESSAGE_WIRE_REQUEST, 2));
  g_assert_true (gw_messages_next (messages, GW_FRAME_MAX, &frame));
  g_assert_cmpuint (((const guint8 *) g_bytes_get_data (frame.payload, NULL))[1], ==, GW_MESSAGE_WIRE_ABORT);
  gw_frame_clear (&frame);
  gw_messages_send (messages, GW_MESSAGE_WIRE_REQUEST, 3, small);
  g_assert_true (gw_messages_next (messages, GW_FRAME_MAX, &frame));
  g_assert_false (gw_messages_withdraw (messages, GW_MESSAGE_WIRE_REQUEST, 3));
  g_assert_cmpuint (gw_messages_get_queued (messages), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/mux/", rows, test_row);
  ADD_ROWS ("/messages/", fragments, test_fragment);
  g_test_add_func ("/mux/reset-returns-credit", test_reset_returns_credit);
  g_test_add_func ("/mux/each-stream-gets-something", test_each_stream_gets_something);
  g_test_add_func ("/messages/take-turns", test_messages_take_turns);
  g_test_add_func ("/messages/credit", test_message_credit);
  g_test_add_func ("/messages/requests-begin-in-order", test_requests_begin_in_order);
  g_test_add_func ("/messages/withdraw", test_withdraw);
  return g_test_run ();
}
