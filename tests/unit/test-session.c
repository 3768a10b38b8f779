/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host's session and a guest's, on a channel that does what channels do. */

#include <string.h>

#include "gw-limits.h"
#include "gw-open.h"
#include "gw-session-private.h"
#include "session-pair.h"

#define PING "{\"execute\":\"guest-ping\"}"

static const GwSessionKind *const kinds[] = { &gw_session_loss_free, &gw_session_xen, &gw_session_uart };

static void
answer_request (Pair *pair, guint64 request)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);

  g_assert_true (gw_session_reply (pair->guest, request, body, NULL));
  pair_pump (pair);
}

static void
test_opens (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      Pair pair;

      pair_start (&pair, kinds[i]);
      pair_open (&pair);
      pair_assert_events (&pair, "opened ", "opened ");
      g_assert_true (gw_session_has_feature (pair.host, "test"));
      g_assert_false (gw_session_has_feature (pair.host, "other"));
      pair_stop (&pair);
    }
}

static void
test_opens_byte_by_byte (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair.piece = 1;
  pair_open (&pair);
  pair_assert_events (&pair, "opened ", "opened ");
  pair_stop (&pair);
}

static void
test_stock_agent (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair.stock = TRUE;
  pair_call (&pair, PING);
  gw_session_connect (pair.host, pair.now_us);
  pair_pump (&pair);
  pair_assert_events (&pair, "ended:not-delivered text-only ", "");
  g_assert_cmpstr (pair.run->str, ==, "guest-sync-delimited guestwire-open ");
  g_assert_cmpint (gw_session_get_state (pair.host), ==, GW_SESSION_IDLE);
  pair_stop (&pair);
}

/* One changed byte in an open ends no session. */
static void
test_refused_once (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_cut (&pair, TRUE);
  pair_forget_events (&pair);
  pair.stock = TRUE;
  gw_session_connect (pair.host, pair.now_us);
  while (gw_session_get_state (pair.host) != GW_SESSION_OPENING)
    pair_turn (&pair);
  pair_turn (&pair);
  pair.stock = FALSE;
  pair_pump (&pair);
  pair_assert_events (&pair, "resumed ", "resumed ");
  pair_stop (&pair);
}

/* The guest is one of before, and does other things than it did. */
static void
test_rollback (gconstpointer data)
{
  gboolean reported = GPOINTER_TO_INT (data);
  guint16 stream;
  Pair pair;
  Pair past;

  /* Two runs that are the same but for what is said last: the second one's
   * guest is that of the first, restored. */
  pair_start (&past, &gw_session_loss_free);
  pair_start (&pair, &gw_session_loss_free);
  pair_open (&past);
  pair_open (&pair);
  stream = pair_stream (&past);
  g_assert_cmpuint (pair_stream (&pair), ==, stream);
  pair_write (pair.guest, stream, "what it did");
  pair_pump (&pair);
  pair_write (past.guest, stream, "what it does");
  pair_forget_events (&pair);
  gw_session_free (pair.guest);
  pair.guest = g_steal_pointer (&past.guest);
  if (reported)
    {
      g_autoptr (GBytes) lost = gw_session_take_output (pair.guest, pair.now_us);

      g_assert_nonnull (lost);
      pair_cut (&pair, TRUE);
      pair_open (&pair);
    }
  pair_wait (&pair, 1000000);
  g_assert_nonnull (strstr (pair.at[0]->str, "closed "));
  g_assert_nonnull (strstr (pair.at[0]->str, "opened "));
  g_assert_null (strstr (pair.at[0]->str, "resumed "));
  g_assert_cmpmem (pair.at_host->data, pair.at_host->len, "what it did", 11);
  pair_stop (&pair);
  pair_stop (&past);
}

static void
test_call (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_xen);
  pair_call (&pair, PING);
  pair_open (&pair);
  pair_assert_events (&pair, "opened ", "opened request ");
  answer_request (&pair, 1);
  pair_assert_events (&pair, "ended:reply ", "");
  pair_stop (&pair);
}

static void
test_stream (void)
{
  Pair pair;
  guint16 stream;

  pair_start (&pair, &gw_session_xen);
  pair_open (&pair);
  stream = pair_stream (&pair);
  g_assert_cmpuint (stream, ==, 2);
  pair_write (pair.host, stream, "to the guest");
  pair_write (pair.guest, stream, "to the host");
  gw_session_stream_finish (pair.host, stream);
  gw_session_stream_finish (pair.guest, stream);
  pair_pump (&pair);
  pair_assert_events (&pair, "opened stream-accepted stream-fin ", "opened stream-opened stream-fin ");
  g_assert_cmpmem (pair.at_guest->data, pair.at_guest->len, "to the guest", 12);
  g_assert_cmpmem (pair.at_host->data, pair.at_host->len, "to the host", 11);
  g_assert_cmpuint (gw_session_get_n_streams (pair.host), ==, 0);
  g_assert_cmpuint (gw_session_get_n_streams (pair.guest), ==, 0);
  g_assert_cmpuint (gw_session_get_granted (pair.host), ==, 0);
  pair_stop (&pair);
}

/* Much more than any buffer, on every kind. */
static void
test_much (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GBytes) piece = g_bytes_new_take (g_malloc0 (10000), 10000);
      gsize done = 0;
      guint16 stream;
      Pair pair;

      pair_start (&pair, kinds[i]);
      pair_open (&pair);
      stream = pair_stream (&pair);
      while (done < 3000000)
        {
          while (gw_session_stream_get_room (pair.guest, stream) >= 10000)
            {
              g_assert_true (gw_session_stream_write (pair.guest, stream, piece, NULL));
              done += 10000;
            }
          pair_wait (&pair, 1000);
        }
      pair_wait (&pair, 1000000);
      g_assert_cmpuint (pair.at_host->len, ==, done);
      pair_stop (&pair);
    }
}

static void
test_slow_reader_stops_its_writer (void)
{
  g_autoptr (GBytes) piece = g_bytes_new_take (g_malloc0 (10000), 10000);
  guint16 stream;
  guint64 call;
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair.no_consume = TRUE;
  pair_open (&pair);
  stream = pair_stream (&pair);
  for (guint i = 0; i < 1000; i++)
    {
      if (gw_session_stream_get_room (pair.guest, stream) >= 10000)
        g_assert_true (gw_session_stream_write (pair.guest, stream, piece, NULL));
      pair_wait (&pair, 1000);
    }
  g_assert_cmpuint (pair.at_host->len, <=, GW_SESSION_BUFFER);
  g_assert_cmpuint (gw_session_stream_get_room (pair.guest, stream), <, 10000);
  /* Others are not stopped. */
  pair_forget_events (&pair);
  call = pair_call (&pair, PING);
  pair_pump (&pair);
  answer_request (&pair, call);
  pair_assert_events (&pair, "ended:reply ", "request ");
  pair_stop (&pair);
}

/* --- Losses --------------------------------------------------------------- */

#define RECKLESS_WINDOW (4 * GW_MIB)

/* As QEMU's queue for Xen's consoles, which drops its middle: with a window that is made
 * for it that meets frames, and nothing else would be a test. */
static void
test_middle_dropped (void)
{
  static const GwSessionKind reckless = { TRUE, GW_FRAME_MAX_XEN, RECKLESS_WINDOW, TRUE };
  g_autoptr (GBytes) piece = g_bytes_new_take (g_malloc0 (10000), 10000);
  g_autofree char *traffic = NULL;
  gsize done = 0;
  guint16 stream;
  Pair pair;

  pair_start (&pair, &reckless);
  pair_open (&pair);
  stream = pair_stream (&pair);
  while (pair.to_host->len < 2 * GW_MIB)
    {
      g_autoptr (GBytes) output = NULL;

      if (gw_session_stream_get_room (pair.guest, stream) >= 10000)
        {
          g_assert_true (gw_session_stream_write (pair.guest, stream, piece, NULL));
          done += 10000;
        }
      output = gw_session_take_output (pair.guest, pair.now_us);
      g_assert_nonnull (output);
      g_byte_array_append (pair.to_host, g_bytes_get_data (output, NULL), g_bytes_get_size (output));
    }
  g_byte_array_remove_range (pair.to_host, GW_MIB / 2, GW_MIB);
  pair_wait (&pair, 10000000);
  g_assert_cmpuint (pair.at_host->len, ==, done);
  traffic = gw_session_describe_traffic (pair.guest);
  g_assert_null (strstr (traffic, " 0 of them again"));
  g_assert_nonnull (strstr (traffic, ", 1 losses found;"));
  pair_stop (&pair);
}

static void
test_resumes (void)
{
  guint16 stream;
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  stream = pair_stream (&pair);
  pair_forget_events (&pair);
  pair_call (&pair, PING);
  pair_write (pair.host, stream, "all of it");
  pair.guest_lost = TRUE;
  pair_pump (&pair);
  pair_cut (&pair, TRUE);
  pair_assert_events (&pair, "parked ", "parked ");
  pair.guest_lost = FALSE;
  pair_open (&pair);
  pair_assert_events (&pair, "resumed ", "resumed request ");
  g_assert_cmpmem (pair.at_guest->data, pair.at_guest->len, "all of it", 9);
  answer_request (&pair, 1);
  pair_assert_events (&pair, "ended:reply ", "");
  pair_stop (&pair);
}

/* Xen's consoles do not say that a host went. */
static void
test_resumes_unreported (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_xen);
  pair_open (&pair);
  pair_forget_events (&pair);
  pair_cut (&pair, FALSE);
  pair_open (&pair);
  pair_assert_events (&pair, "parked resumed ", "parked text resumed ");
  pair_stop (&pair);
}

/* Where there are several sessions, one that is asked for by its id is wanted, and
 * ends where it cannot go on; no other one is. */
static void
test_asked_for_with_another_digest (void)
{
  GwOpen open = { .frame_max = GW_FRAME_MAX, .window = GW_LINK_WINDOW, .resume = TRUE, .digest = 1 };
  g_autoptr (GError) error = NULL;
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_cut (&pair, TRUE);
  pair_forget_events (&pair);
  for (guint known = 0; known < 2; known++)
    {
      g_autoptr (GBytes) request = NULL;
      g_autoptr (GwMessage) message = NULL;

      if (known)
        memcpy (open.session, pair.guest->id, sizeof open.session);
      request = gw_open_request (&open, 3);
      message = gw_message_parse (request, &error);
      g_assert_no_error (error);
      g_assert_cmpint (gw_session_wants (pair.guest, message), ==, known);
      if (known)
        g_assert_true (gw_session_accept (pair.guest, message, pair.now_us, &error));
      g_assert_no_error (error);
    }
  pair_pump (&pair);
  pair_assert_events (&pair, "", "closed ");
  pair_stop (&pair);
}

static void
test_restart_of_the_agent (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_call (&pair, PING);
  pair_pump (&pair);
  pair_forget_events (&pair);
  pair_restart_guest (&pair);
  pair_cut (&pair, TRUE);
  pair_open (&pair);
  pair_assert_events (&pair, "parked ended:peer-restarted closed opened ", "opened ");
  pair_stop (&pair);
}

static void
test_restart_unreported (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_xen);
  pair_open (&pair);
  pair_forget_events (&pair);
  pair_call (&pair, PING);
  pair_restart_guest (&pair);
  pair_wait (&pair, 20000000);
  pair_assert_events (&pair, "parked ended:peer-restarted closed opened ", "opened ");
  pair_stop (&pair);
}

/* An agent that speaks text again complains of the first frame that comes, and
 * nobody waits for a silence. */
static void
test_restart_complained_of (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_forget_events (&pair);
  pair_restart_guest (&pair);
  pair_call (&pair, PING);
  pair_wait (&pair, 2 * GW_SESSION_DOUBT_US);
  pair_assert_events (&pair, "parked ended:peer-restarted closed opened ", "opened ");
  pair_stop (&pair);
}

/* The same where the host has nothing to say: it asks, as somebody waits. */
static void
test_restart_in_a_long_call (void)
{
  Pair pair;

  pair_start_alive (&pair, &gw_session_loss_free, 1000 * GW_SESSION_BUSY_KEEPALIVE_US);
  pair_open (&pair);
  pair_call (&pair, PING);
  pair_pump (&pair);
  pair_forget_events (&pair);
  pair_restart_guest (&pair);
  pair_wait (&pair, GW_SESSION_BUSY_KEEPALIVE_US + 2 * GW_SESSION_DOUBT_US);
  pair_assert_events (&pair, "parked ended:peer-restarted closed opened ", "opened ");
  pair_stop (&pair);
}

static void
test_complaint_in_frames (void)
{
  static const char words[] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Invalid JSON syntax\"}}\n";
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_forget_events (&pair);
  g_byte_array_append (pair.to_host, (const guint8 *) words, strlen (words));
  pair_wait (&pair, 4 * GW_SESSION_DOUBT_US);
  pair_call (&pair, PING);
  pair_pump (&pair);
  answer_request (&pair, 1);
  pair_assert_events (&pair, "ended:reply ", "request ");
  pair_stop (&pair);
}

static void
test_park_ends (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_call (&pair, PING);
  pair_pump (&pair);
  pair_forget_events (&pair);
  pair_cut (&pair, TRUE);
  pair_wait (&pair, GW_SESSION_PARK_US);
  pair_assert_events (&pair, "parked ended:peer-lost closed ", "parked closed ");
  pair_open (&pair);
  pair_assert_events (&pair, "opened ", "opened ");
  pair_stop (&pair);
}

static void
test_pause (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_xen);
  pair_open (&pair);
  pair.stopped = TRUE;
  pair_forget_events (&pair);
  pair_call (&pair, PING);
  pair_wait (&pair, 30000000);
  pair.stopped = FALSE;
  pair_wait (&pair, 3000000);
  answer_request (&pair, 1);
  pair_assert_events (&pair, "parked resumed ended:reply ", "request parked text resumed ");
  pair_stop (&pair);
}

/* Each byte of an exchange is lost, changed or doubled in turn. */
static void
test_any_byte (gconstpointer data)
{
  gint how = GPOINTER_TO_INT (data);
  gsize total = 1;

  for (gsize at = 0; at < total; at++)
    {
      guint16 stream;
      Pair pair;

      pair_start (&pair, &gw_session_xen);
      pair_open (&pair);
      stream = pair_stream (&pair);
      pair_call (&pair, PING);
      pair_write (pair.host, stream, "some bytes");
      pair.stopped = TRUE;
      pair_pump (&pair);
      total = pair.to_guest->len;
      if (how == 'd')
        g_byte_array_remove_index (pair.to_guest, at);
      else if (how == 'c')
        pair.to_guest->data[at] ^= 0x20;
      else
        g_byte_array_append (pair.to_guest, pair.to_guest->data + at, total - at);
      pair.stopped = FALSE;
      pair_forget_events (&pair);
      pair_wait (&pair, 2000000);
      pair_assert_events (&pair, "", "request ");
      g_assert_cmpmem (pair.at_guest->data, pair.at_guest->len, "some bytes", 10);
      pair_stop (&pair);
    }
}

/* --- Text ----------------------------------------------------------------- */

static const char *const takeovers[] = {
  "~{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":1}}\n",
  "~{\"arguments\": {\"id\": 1}, \"execute\": \"guest-sync\"}",
  "{\"execute\":\"guest-sync\", \"arguments\":{\"id\":1}}\n",
};

/* A client comes at any byte of a frame of the one who went. */
static void
test_takeover (gconstpointer data)
{
  const char *text = data;
  gsize total = 1;

  for (gsize at = 0; at <= total; at++)
    {
      Pair pair;

      pair_start (&pair, &gw_session_xen);
      pair_open (&pair);
      pair.stopped = TRUE;
      pair_call (&pair, "{\"execute\":\"guest-exec\",\"a\":\"\xFF{\"execute\":\"guest-sync\"}\"}");
      pair_pump (&pair);
      total = pair.to_guest->len;
      g_byte_array_set_size (pair.to_guest, at);
      pair.stopped = FALSE;
      g_string_truncate (pair.run, 0);
      pair_pump (&pair);
      gw_session_disconnect (pair.host, pair.now_us);
      pair_wait (&pair, 300000);
      pair_say (&pair, text);
      pair_say (&pair, "{\"execute\":\"guest-info\"}");
      pair_wait (&pair, 300000);
      g_assert_true (g_str_has_prefix (pair.run->str, "guest-sync"));
      g_assert_true (g_str_has_suffix (pair.run->str, " guest-info "));
      g_assert_cmpint (gw_session_get_state (pair.guest), ==, GW_SESSION_PARKED);
      pair_stop (&pair);
    }
}

static void
test_no_takeover (void)
{
  static const char *const texts[] = {
    "{\"execute\":\"guest-info\"}",
    "~{\"execute\":\"guest-exec\"}",
    "x{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}",
    "~{\"a\":{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      Pair pair;

      pair_start (&pair, &gw_session_xen);
      pair_open (&pair);
      g_string_truncate (pair.run, 0);
      pair_say (&pair, texts[i]);
      pair_pump (&pair);
      g_assert_cmpstr (pair.run->str, ==, i == 3 ? "guest-sync " : "");
      pair_stop (&pair);
    }
}

/* A client that asked for frames and went on to something else is not given
 * any. */
static void
test_open_and_more (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_xen);
  pair_say (&pair, "{\"execute\":\"guestwire-open\",\"arguments\":{\"nonce\":\"00112233445566778899aabbccddeeff\","
                   "\"frame\":1024,\"window\":65536,\"features\":[\"frames-1\"],\"keepalive\":0},\"id\":1}\n");
  pair_say (&pair, "~{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}");
  pair_pump (&pair);
  g_assert_cmpstr (pair.run->str, ==, "guestwire-open guest-sync ");
  g_assert_cmpint (gw_session_get_state (pair.guest), ==, GW_SESSION_IDLE);
  pair_stop (&pair);
}

static void
test_close (void)
{
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  pair_stream (&pair);
  pair_call (&pair, PING);
  pair_pump (&pair);
  pair_forget_events (&pair);
  gw_session_close (pair.host, "done", pair.now_us);
  pair_pump (&pair);
  pair_assert_events (&pair, "stream-reset ended:cancelled closed ", "stream-reset closed text ");
  g_assert_cmpint (gw_session_get_state (pair.guest), ==, GW_SESSION_IDLE);
  pair_stop (&pair);
}

/* The next client's greeting is in the same read as the last one's CLOSE. */
static void
test_text_behind_close (void)
{
  g_autoptr (GBytes) last = NULL;
  gsize length;
  const guint8 *data;
  Pair pair;

  pair_start (&pair, &gw_session_loss_free);
  pair_open (&pair);
  g_string_truncate (pair.run, 0);
  gw_session_close (pair.host, "done", pair.now_us);
  last = gw_session_take_output (pair.host, pair.now_us);
  data = g_bytes_get_data (last, &length);
  g_byte_array_append (pair.to_guest, data, length);
  pair_say (&pair, "~{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":1}}");
  pair_pump (&pair);
  g_assert_cmpstr (pair.run->str, ==, "guest-sync-delimited ");
  pair_stop (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/opens", test_opens);
  g_test_add_func ("/session/opens-byte-by-byte", test_opens_byte_by_byte);
  g_test_add_func ("/session/stock-agent", test_stock_agent);
  g_test_add_func ("/session/refused-once", test_refused_once);
  g_test_add_data_func ("/session/rollback-in-place", GINT_TO_POINTER (FALSE), test_rollback);
  g_test_add_data_func ("/session/rollback-and-resume", GINT_TO_POINTER (TRUE), test_rollback);
  g_test_add_func ("/session/call", test_call);
  g_test_add_func ("/session/stream", test_stream);
  g_test_add_func ("/session/much", test_much);
  g_test_add_func ("/session/slow-reader-stops-its-writer", test_slow_reader_stops_its_writer);
  g_test_add_func ("/session/middle-dropped", test_middle_dropped);
  g_test_add_func ("/session/resumes", test_resumes);
  g_test_add_func ("/session/resumes-unreported", test_resumes_unreported);
  g_test_add_func ("/session/asked-for-with-another-digest", test_asked_for_with_another_digest);
  g_test_add_func ("/session/restart-of-the-agent", test_restart_of_the_agent);
  g_test_add_func ("/session/restart-unreported", test_restart_unreported);
  g_test_add_func ("/session/restart-complained-of", test_restart_complained_of);
  g_test_add_func ("/session/restart-in-a-long-call", test_restart_in_a_long_call);
  g_test_add_func ("/session/complaint-in-frames-makes-no-difference", test_complaint_in_frames);
  g_test_add_func ("/session/park-ends", test_park_ends);
  g_test_add_func ("/session/pause", test_pause);
  g_test_add_data_func ("/session/any-byte-dropped", GINT_TO_POINTER ('d'), test_any_byte);
  g_test_add_data_func ("/session/any-byte-changed", GINT_TO_POINTER ('c'), test_any_byte);
  g_test_add_data_func ("/session/any-tail-doubled", GINT_TO_POINTER ('2'), test_any_byte);
  for (guint i = 0; i < G_N_ELEMENTS (takeovers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/session/takeover-at-any-byte/%u", i);

      g_test_add_data_func (path, takeovers[i], test_takeover);
    }
  g_test_add_func ("/session/no-takeover", test_no_takeover);
  g_test_add_func ("/session/open-and-more", test_open_and_more);
  g_test_add_func ("/session/close", test_close);
  g_test_add_func ("/session/text-behind-close", test_text_behind_close);
  return g_test_run ();
}
