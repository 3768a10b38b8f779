/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes unasked, and calls whose success brings no reply. */

#include <string.h>

#include "caller-fixture.h"
#include "gw-limits.h"

/* --- Events ------------------------------------------------------------- */

static void
test_events_are_told (Fixture *f, gconstpointer data)
{
  guint64 ping;

  hear (f, "{\"event\":\"IDLE\"}\n");
  ping = call (f, "guest-ping");
  hearf (f, "{\"event\":\"BUSY\",\"data\":{\"a\":1}} {\"return\":7,\"id\":%s} {\"event\":\"AFTER\"}", last_id (f));
  g_assert_cmpstr (f->told->str, ==, "IDLE BUSY AFTER ");
  g_assert_cmpstr (end_of (f, ping), ==, "ok 7");
}

static void
test_events_before_sync (Fixture *f, gconstpointer data)
{
  hear (f, "{\"event\":\"EARLY\"}\n");
  g_assert_cmpstr (f->told->str, ==, "EARLY ");
  g_assert_false (f->synced);
  answer_sync (f);
  g_assert_true (f->synced);
}

static void
test_long_event_is_junk (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (GW_EVENT_MAX, 'x');

  hearf (f, "{\"event\":\"LONG\",\"data\":{\"a\":\"%s\"}}\n", text);
  g_assert_cmpstr (f->told->str, ==, "");
  g_assert_cmpuint (gw_text_caller_get_junk (f->caller), ==, 1);
}

/* --- Silent success ----------------------------------------------------- */

static void
test_sync_tells_silent_success (Fixture *f, gconstpointer data)
{
  guint64 shutdown = call (f, "guest-shutdown");
  guint64 ping = call (f, "guest-ping");

  /* No 0xFF: stock agents answer it with an error that could be the call's. */
  g_assert_cmpuint (f->syncs, ==, 2);
  g_assert_cmpuint (f->resets, ==, 1);
  g_assert_null (end_of (f, shutdown));
  answer_sync (f);
  g_assert_cmpstr (end_of (f, shutdown), ==, "ok {}");
  hearf (f, "{\"return\":{},\"id\":%s}", last_id (f));
  g_assert_cmpstr (end_of (f, ping), ==, "ok {}");
}

static void
test_silent_call_can_fail (Fixture *f, gconstpointer data)
{
  guint64 suspend = call (f, "guest-suspend-ram");
  guint64 ping = call (f, "guest-ping");

  hearf (f, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},\"id\":%s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, suspend), ==, "guest");
  /* The answer to the sync is nobody's reply, also where agents repeat no id. */
  g_assert_cmpuint (f->sent->len, ==, 1);
  answer_sync (f);
  g_assert_cmpuint (f->sent->len, ==, 2);
  g_assert_null (end_of (f, ping));
  hear (f, "{\"return\":{}}");
  g_assert_cmpstr (end_of (f, ping), ==, "ok {}");
}

static void
test_silence_is_no_success (Fixture *f, gconstpointer data)
{
  guint64 shutdown = call_for (f, "guest-shutdown", G_USEC_PER_SEC);

  pass (f, G_USEC_PER_SEC);
  g_assert_cmpstr (end_of (f, shutdown), ==, "timed-out");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*set_up) (Fixture *f, gconstpointer data);
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/text-caller/event/told-in-order", set_up_in_step, test_events_are_told },
    { "/text-caller/event/before-sync", set_up, test_events_before_sync },
    { "/text-caller/event/long-one-is-junk", set_up_in_step, test_long_event_is_junk },
    { "/text-caller/silent/sync-tells-success", set_up_in_step, test_sync_tells_silent_success },
    { "/text-caller/silent/call-can-fail", set_up_in_step, test_silent_call_can_fail },
    { "/text-caller/silent/silence-is-no-success", set_up_in_step, test_silence_is_no_success },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
  return g_test_run ();
}
