/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwFollower, against a guest that is made up. */

#include <string.h>

#include "fake-framed.h"
#include "gw-follower.h"
#include "gw-limits.h"
#include "rows.h"
#include "sockets.h"

#define LONG_MS 60000

typedef struct
{
  SocketPlace place;
  FakeFramed guest;
  GwClient *client;
  GwFollower *follower;
  GString *heard; /* all that it told */
  GError *ended;
  gboolean stops; /* at the first event */
} Fixture;

static void
on_event (GwFollower *follower, const char *instance, guint64 number, gint64 time_us, const char *name, JsonNode *data,
          gpointer user_data)
{
  Fixture *f = user_data;
  g_autofree char *text = gw_json_to_string (data, FALSE);

  g_assert_cmpstr (gw_follower_get_instance (follower), ==, instance);
  g_assert_cmpuint (gw_follower_get_number (follower), ==, number);
  g_string_append_printf (f->heard, "%s:%" G_GUINT64_FORMAT " at %" G_GINT64_FORMAT " %s %s;", instance, number, time_us,
                          name, text);
  if (f->stops)
    gw_follower_stop (follower);
}

static void
on_gap (GwFollower *follower, guint64 lost, gpointer user_data)
{
  g_string_append_printf (((Fixture *) user_data)->heard, "gap of %" G_GUINT64_FORMAT ";", lost);
}

static void
on_ended (GwFollower *follower, const GError *error, gpointer user_data)
{
  ((Fixture *) user_data)->ended = g_error_copy (error);
}

static void
open_with (Fixture *f, gboolean text_only, const char *const *follows)
{
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  *f = (Fixture){ .heard = g_string_new (NULL) };
  socket_place_open (&f->place);
  f->guest.text_only = text_only;
  f->guest.follows = follows;
  fake_framed_start (&f->guest, f->place.path);
  text = g_strconcat ("unix:", f->place.path, NULL);
  address = gw_address_new (text, NULL);
  f->client = g_object_new (GW_TYPE_CLIENT, "address", address, "wants-frames", TRUE, NULL);
  gw_client_open (f->client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  f->follower = gw_follower_new (f->client);
  g_signal_connect (f->follower, "event", G_CALLBACK (on_event), f);
  g_signal_connect (f->follower, "gap", G_CALLBACK (on_gap), f);
  g_signal_connect (f->follower, "ended", G_CALLBACK (on_ended), f);
}

static void
begin (Fixture *f, const char *const *follows)
{
  g_autoptr (GError) error = NULL;

  open_with (f, FALSE, follows);
  g_assert_true (gw_follower_start (f->follower, LONG_MS, NULL, &error));
  g_assert_no_error (error);
}

static void
end (Fixture *f)
{
  gw_follower_stop (f->follower);
  settle ();
  g_assert_finalize_object (f->follower);
  settle (); /* what will be told of later holds the client */
  g_assert_finalize_object (f->client);
  fake_framed_stop (&f->guest);
  socket_place_close (&f->place);
  g_string_free (f->heard, TRUE);
  g_clear_error (&f->ended);
}

static void
test_tells_events_and_gaps (void)
{
  static const char *const follows[] = {
    "\"instance\":\"aa\",\"next\":5,\"lost\":2\n"
    "{\"number\":5,\"time\":77,\"event\":\"agent-started\",\"data\":{\"version\":\"1\"},\"more\":1}\n"
    "{\"lost\":3}\n"
    "{\"number\":9,\"time\":-1,\"event\":\"new-one\",\"data\":@}\n",
    NULL,
  };
  Fixture f;

  begin (&f, follows);
  wait_until (strstr (f.heard->str, "new-one {};") != NULL);
  g_assert_cmpstr (f.heard->str, ==,
                   "gap of 2;aa:5 at 77 agent-started {\"version\":\"1\"};gap of 3;aa:9 at -1 new-one {};");
  end (&f);
}

static void
test_asks_for_what_is_wanted (void)
{
  static const char *const follows[]
      = { "\"instance\":\"aa\",\"next\":8,\"lost\":0\n{\"number\":8,\"time\":0,\"event\":\"x\",\"data\":@}\n", NULL };
  const char *const names[] = { "x", "y", NULL };
  Fixture f;

  open_with (&f, FALSE, follows);
  gw_follower_set_names (f.follower, names);
  gw_follower_set_after (f.follower, "aa", 7);
  g_assert_true (gw_follower_start (f.follower, LONG_MS, NULL, NULL));
  wait_until (f.heard->len > 0);
  g_assert_cmpstr (f.heard->str, ==,
                   "aa:8 at 0 x {\"after\":{\"instance\":\"aa\",\"number\":7},\"names\":[\"x\",\"y\"]};");
  end (&f);
}

static void
test_goes_on_behind_the_last (void)
{
  static const char *const follows[] = {
    "\"instance\":\"aa\",\"next\":5,\"lost\":0\n{\"number\":6,\"time\":0,\"event\":\"x\",\"data\":{}}\n",
    "\"instance\":\"bb\",\"next\":1,\"lost\":0\n{\"number\":4,\"time\":0,\"event\":\"x\",\"data\":@}\n",
    "\"instance\":\"bb\",\"next\":3,\"lost\":0\n{\"number\":3,\"time\":0,\"event\":\"x\",\"data\":{}}\n",
    NULL,
  };
  Fixture f;

  begin (&f, follows);
  wait_until (strstr (f.heard->str, "aa:6") != NULL);
  fake_framed_restart (&f.guest);
  wait_until (strstr (f.heard->str, "bb:4 at 0 x {\"after\":{\"instance\":\"aa\",\"number\":6}};") != NULL);
  /* Now it has numbers again that it has had: of a snapshot. */
  g_string_truncate (f.heard, 0);
  fake_framed_restart (&f.guest);
  wait_until (strstr (f.heard->str, "bb:3") != NULL);
  g_assert_cmpstr (f.heard->str, ==, "gap of 0;bb:3 at 0 x {};");
  end (&f);
}

static void
test_a_cut_is_nothing (void)
{
  static const char *const follows[]
      = { "\"instance\":\"aa\",\"next\":5,\"lost\":0\n{\"number\":6,\"time\":0,\"event\":\"x\",\"data\":{}}\n", NULL };
  Fixture f;

  begin (&f, follows);
  wait_until (f.heard->len > 0);
  fake_framed_cut (&f.guest);
  g_assert_nonnull (gw_client_call (f.client, "guest-ping", NULL, LONG_MS, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&f.guest.begun), ==, 1);
  end (&f);
}

/* What no agent says. */
typedef struct
{
  const char *name;
  const char *line;
} Rubbish;

static const Rubbish rubbish[] = {
  { "no-json", "rubbish\n" },
  { "no-object", "[]\n" },
  { "no-name", "{\"number\":5,\"time\":0,\"data\":{}}\n" },
  { "name-is-a-number", "{\"number\":5,\"time\":0,\"event\":5,\"data\":{}}\n" },
  { "no-data", "{\"number\":5,\"time\":0,\"event\":\"x\"}\n" },
  { "data-are-a-list", "{\"number\":5,\"time\":0,\"event\":\"x\",\"data\":[]}\n" },
  { "no-number", "{\"time\":0,\"event\":\"x\",\"data\":{}}\n" },
  { "number-is-text", "{\"number\":\"5\",\"time\":0,\"event\":\"x\",\"data\":{}}\n" },
  { "number-below-0", "{\"number\":-5,\"time\":0,\"event\":\"x\",\"data\":{}}\n" },
  { "number-of-before", "{\"number\":4,\"time\":0,\"event\":\"x\",\"data\":{}}\n" },
  { "no-time", "{\"number\":5,\"event\":\"x\",\"data\":{}}\n" },
};

static void
test_rubbish (gconstpointer data)
{
  const Rubbish *row = data;
  g_autofree char *script = g_strconcat ("\"instance\":\"aa\",\"next\":5,\"lost\":0\n", row->line, NULL);
  const char *follows[] = { script, NULL };
  Fixture f;

  begin (&f, follows);
  wait_until (f.ended != NULL);
  g_assert_error (f.ended, GW_ERROR, GW_ERROR_PROTOCOL);
  g_assert_cmpstr (f.heard->str, ==, "");
  end (&f);
}

static void
test_a_line_without_end (void)
{
  g_autofree char *line = g_strnfill (GW_FOLLOWER_LINE_MAX + 1, 'x');
  g_autofree char *script = g_strconcat ("\"instance\":\"aa\",\"next\":5,\"lost\":0\n", line, NULL);
  const char *follows[] = { script, NULL };
  Fixture f;

  begin (&f, follows);
  wait_until (f.ended != NULL);
  g_assert_error (f.ended, GW_ERROR, GW_ERROR_TOO_LARGE);
  end (&f);
}

/* All of it is the guest's. */
static void
test_odd_numbers (void)
{
  static const char *const follows[]
      = { "\"instance\":\"\",\"next\":-7,\"lost\":-3\n{\"number\":1,\"time\":0,\"event\":\"x\",\"data\":{}}\n", NULL };
  Fixture f;

  begin (&f, follows);
  wait_until (f.heard->len > 0);
  g_assert_cmpstr (f.heard->str, ==, ":1 at 0 x {};");
  end (&f);
}

static void
test_no_instance (void)
{
  static const char *const follows[] = { "\"instance\":[],\"next\":1,\"lost\":0\n", NULL };
  Fixture f;

  begin (&f, follows);
  wait_until (f.ended != NULL);
  g_assert_error (f.ended, GW_ERROR, GW_ERROR_PROTOCOL);
  end (&f);
}

static void
test_stopped_by_a_handler (void)
{
  static const char *const follows[]
      = { "\"instance\":\"aa\",\"next\":1,\"lost\":0\n{\"number\":1,\"time\":0,\"event\":\"x\",\"data\":{}}\n"
          "{\"number\":2,\"time\":0,\"event\":\"x\",\"data\":{}}\n",
          NULL };
  Fixture f;

  open_with (&f, FALSE, follows);
  f.stops = TRUE;
  g_assert_true (gw_follower_start (f.follower, LONG_MS, NULL, NULL));
  wait_until (f.heard->len > 0);
  g_assert_cmpstr (f.heard->str, ==, "aa:1 at 0 x {};");
  end (&f);
}

static void
test_closed_by_the_program (void)
{
  static const char *const follows[] = { "\"instance\":\"aa\",\"next\":1,\"lost\":0\n", NULL };
  Fixture f;

  begin (&f, follows);
  gw_client_close (f.client);
  wait_until (f.ended != NULL);
  g_assert_error (f.ended, GW_ERROR, GW_ERROR_PEER_LOST);
  g_assert_cmpint (gw_client_get_state (f.client), ==, GW_CLIENT_CLOSED);
  end (&f);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;
  Fixture f;

  open_with (&f, FALSE, NULL);
  g_assert_false (gw_follower_start (f.follower, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_GUEST);
  g_clear_error (&error);
  g_assert_false (gw_follower_start (f.follower, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_GUEST);
  g_assert_no_error (f.ended);
  end (&f);
}

static void
test_an_agent_with_text_only (void)
{
  g_autoptr (GError) error = NULL;
  Fixture f;

  open_with (&f, TRUE, NULL);
  g_assert_false (gw_follower_start (f.follower, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND);
  end (&f);
}

static void
test_cancelled_while_it_starts (void)
{
  static const char *const follows[] = { "\"instance\":\"aa\",\"next\":1,\"lost\":0\n", NULL };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Fixture f;

  open_with (&f, FALSE, follows);
  g_cancellable_cancel (cancellable);
  g_assert_false (gw_follower_start (f.follower, LONG_MS, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  end (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/follower/tells-events-and-gaps", test_tells_events_and_gaps);
  g_test_add_func ("/follower/asks-for-what-is-wanted", test_asks_for_what_is_wanted);
  g_test_add_func ("/follower/goes-on-behind-the-last", test_goes_on_behind_the_last);
  g_test_add_func ("/follower/a-cut-is-nothing", test_a_cut_is_nothing);
  g_test_add_func ("/follower/a-line-without-end", test_a_line_without_end);
  g_test_add_func ("/follower/odd-numbers", test_odd_numbers);
  g_test_add_func ("/follower/no-instance", test_no_instance);
  g_test_add_func ("/follower/stopped-by-a-handler", test_stopped_by_a_handler);
  g_test_add_func ("/follower/closed-by-the-program", test_closed_by_the_program);
  g_test_add_func ("/follower/refused", test_refused);
  g_test_add_func ("/follower/an-agent-with-text-only", test_an_agent_with_text_only);
  g_test_add_func ("/follower/cancelled-while-it-starts", test_cancelled_while_it_starts);
  ADD_ROWS ("/follower/rubbish/", rubbish, test_rubbish);
  return g_test_run ();
}
