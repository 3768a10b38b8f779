/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's client of Xen's store, against one with the real one's ways. */

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "fake-xenstore.h"
#include "gw-xenstore.h"
#include "wait.h"

typedef struct
{
  FakeXenstore *fake;
  GwXenstore *store;
  guint told;  /* times that the watch was */
  guint answers;
  int problem; /* of the last answer */
  char *value;
} Place;

static void
place_open (Place *place, FakeXenstoreWays ways)
{
  g_autoptr (GError) error = NULL;

  *place = (Place){ .fake = fake_xenstore_new (ways) };
  place->store = gw_xenstore_new (&error);
  g_assert_no_error (error);
}

static void
place_close (Place *place)
{
  g_clear_pointer (&place->store, gw_xenstore_free);
  fake_xenstore_free (place->fake);
  g_free (place->value);
}

static void
on_reply (const GwXenstoreMessage *reply, int problem, gpointer data)
{
  Place *place = data;

  g_clear_pointer (&place->value, g_free);
  if (reply != NULL)
    place->value = gw_xenstore_message_value (reply);
  place->problem = problem;
  place->answers++;
}

static void
on_change (gpointer data)
{
  Place *place = data;

  place->told++;
}

static const FakeXenstoreWays all_ways[] = {
  FAKE_XENSTORE_PLAIN,
  FAKE_XENSTORE_NO_IDS,
  FAKE_XENSTORE_PIECES | FAKE_XENSTORE_NO_IDS,
  FAKE_XENSTORE_SPURIOUS,
  FAKE_XENSTORE_STRAY | FAKE_XENSTORE_SPURIOUS | FAKE_XENSTORE_PIECES | FAKE_XENSTORE_NO_IDS,
};

static void
test_asked (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_ways); i++)
    {
      Place place;

      place_open (&place, all_ways[i]);
      fake_xenstore_set (place.fake, "a", "one");
      gw_xenstore_watch (place.store, "a", on_change, &place);
      gw_xenstore_ask (place.store, GW_XENSTORE_READ, "b", on_reply, &place);
      gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
      g_assert_cmpuint (place.answers, ==, 0);
      wait_until (place.answers == 1);
      g_assert_cmpint (place.problem, ==, ENOENT);
      wait_until (place.answers == 2);
      g_assert_cmpint (place.problem, ==, 0);
      g_assert_cmpstr (place.value, ==, "one");
      place_close (&place);
    }
}

static void
test_told (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_ways); i++)
    {
      GwXenstoreWatch *watch;
      Place place;

      place_open (&place, all_ways[i]);
      watch = gw_xenstore_watch (place.store, "device/console/1", on_change, &place);
      wait_until (place.told == 1);
      fake_xenstore_set (place.fake, "device/console/1/name", "late");
      wait_until (place.told == 2);
      gw_xenstore_unwatch (place.store, watch);
      gw_xenstore_ask (place.store, GW_XENSTORE_READ, "device/console/1/name", on_reply, &place);
      wait_until (place.answers == 1);
      g_assert_cmpuint (fake_xenstore_get_watches (place.fake), ==, 0);
      g_assert_cmpuint (place.told, ==, 2);
      place_close (&place);
    }
}

static void
test_busy (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_PLAIN);
  fake_xenstore_set (place.fake, "a", "one");
  fake_xenstore_refuse_once (place.fake, "a", "EAGAIN");
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 1);
  g_assert_cmpint (place.problem, ==, EAGAIN);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 2);
  g_assert_cmpstr (place.value, ==, "one");
  place_close (&place);
}

static void
test_daemon_restarted (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_PLAIN);
  gw_xenstore_watch (place.store, "a", on_change, &place);
  wait_until (place.told == 1);
  fake_xenstore_hang_up (place.fake);
  /* Watched again, and what may have been missed is told. */
  wait_until (place.told == 2);
  fake_xenstore_set (place.fake, "a", "two");
  wait_until (place.told == 3);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 1);
  g_assert_cmpstr (place.value, ==, "two");
  place_close (&place);
}

/* What was asked is answered, and the watch outlives them both. */
static void
test_hung_up_while_asked (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_MUTE);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  settle ();
  fake_xenstore_hang_up (place.fake);
  wait_until (place.answers == 2);
  g_assert_cmpint (place.problem, ==, ENOTCONN);
  place_close (&place);
}

/* As when a guest is restored: nothing may wait for it for ever. */
static void
test_never_answered (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_MUTE_FIRST);
  fake_xenstore_set (place.fake, "a", "one");
  gw_xenstore_watch (place.store, "a", on_change, &place);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 1);
  g_assert_cmpint (place.problem, ==, ENOTCONN);
  wait_until (place.told == 1);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 2);
  g_assert_cmpstr (place.value, ==, "one");
  place_close (&place);
}

static void
test_broken (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_BROKEN);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 1);
  g_assert_cmpint (place.problem, ==, ENOTCONN);
  place_close (&place);
}

static void
test_forgotten (void)
{
  Place place;
  Place other;

  place_open (&place, FAKE_XENSTORE_PLAIN);
  other = (Place){ 0 };
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &other);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  gw_xenstore_forget (place.store, &other);
  wait_until (place.answers == 1);
  g_assert_cmpuint (other.answers, ==, 0);
  place_close (&place);
}

static void
free_store (const GwXenstoreMessage *reply, int problem, gpointer data)
{
  Place *place = data;

  g_clear_pointer (&place->store, gw_xenstore_free);
  place->answers++;
}

static void
test_freed_in_answer (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_PLAIN);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", free_store, &place);
  gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place);
  wait_until (place.answers == 1);
  settle ();
  g_assert_cmpuint (place.answers, ==, 1);
  fake_xenstore_free (place.fake);
}

static void
test_too_much (void)
{
  Place place;

  place_open (&place, FAKE_XENSTORE_PLAIN);
  for (guint i = 0; i < GW_XENSTORE_WATCHES_MAX; i++)
    g_assert_nonnull (gw_xenstore_watch (place.store, "a", on_change, &place));
  g_assert_null (gw_xenstore_watch (place.store, "a", on_change, &place));
  wait_until (place.told == GW_XENSTORE_WATCHES_MAX);
  for (guint i = 0; i < GW_XENSTORE_ASKS_MAX; i++)
    g_assert_true (gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place));
  g_assert_false (gw_xenstore_ask (place.store, GW_XENSTORE_READ, "a", on_reply, &place));
  wait_until (place.answers == GW_XENSTORE_ASKS_MAX);
  place_close (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xenstore-watch/asked-and-answered", test_asked);
  g_test_add_func ("/xenstore-watch/changes-are-told", test_told);
  g_test_add_func ("/xenstore-watch/busy-is-told", test_busy);
  g_test_add_func ("/xenstore-watch/daemon-restarted", test_daemon_restarted);
  g_test_add_func ("/xenstore-watch/hung-up-while-asked", test_hung_up_while_asked);
  g_test_add_func ("/xenstore-watch/never-answered", test_never_answered);
  g_test_add_func ("/xenstore-watch/broken-messages", test_broken);
  g_test_add_func ("/xenstore-watch/forgotten-is-not-told", test_forgotten);
  g_test_add_func ("/xenstore-watch/freed-in-an-answer", test_freed_in_answer);
  g_test_add_func ("/xenstore-watch/bounded", test_too_much);
  return g_test_run ();
}
