/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's side of the text voice, call by call. */

#include <string.h>

#include "caller-fixture.h"
#include "gw-limits.h"

#define TRY_US (GW_SYNC_TRY_MS * G_GINT64_CONSTANT (1000))

/* --- Calls -------------------------------------------------------------- */

static void
test_calls_go_one_by_one (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");
  guint64 b = call (f, "guest-b");

  g_assert_cmpuint (f->sent->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (f->sent, 0), "guest-a"));
  hearf (f, "{\"return\": {\"n\": 1}, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "ok {\"n\":1}");
  g_assert_cmpuint (f->sent->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (f->sent, 1), "guest-b"));
  hearf (f, "{\"id\": %s, \"return\": 7}\n", last_id (f));
  g_assert_cmpstr (end_of (f, b), ==, "ok 7");
}

static void
test_call_before_sync_waits (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");

  g_assert_cmpuint (f->sent->len, ==, 0);
  answer_sync (f);
  g_assert_cmpuint (f->sent->len, ==, 1);
  hearf (f, "{\"return\": {}, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "ok {}");
}

/* Each row comes before the reply, and must not count for it. */
static void
test_nothing_else_is_a_reply (Fixture *f, gconstpointer data)
{
  static const char *const rows[] = {
    "{\"return\": 1, \"id\": 1}\n",
    "{\"return\": 1, \"id\": \"x\"}\n",
    "{\"return\": 1, \"id\": null}\n",
    "{\"return\": 1, \"id\": [1]}\n",
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"x\"}, \"id\": 2}\n",
    "{\"event\": \"GUEST_PANICKED\"}\n",
    "{\"cancel\": 1}\n",
    "{\"neither\": 1}\n",
    "{not json}\n",
    "\xFF",
  };
  guint64 a = call (f, "guest-a");

  /* A terminal that echoes. */
  hear (f, g_ptr_array_index (f->sent, 0));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      hear (f, rows[i]);
      if (end_of (f, a) != NULL)
        g_error ("taken for the reply: %s", rows[i]);
    }
  hearf (f, "{\"return\": 2, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "ok 2");
}

static void
test_old_agents_repeat_no_id (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");

  hear (f, "{\"return\": {}}\n");
  g_assert_cmpstr (end_of (f, a), ==, "ok {}");
}

static void
test_second_reply_is_nobodys (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");
  guint64 b = call (f, "guest-b");

  hear (f, "{\"return\": 1}\n{\"return\": 2}\n");
  g_assert_cmpstr (end_of (f, a), ==, "ok 1");
  g_assert_null (end_of (f, b));
}

static void
test_guest_errors (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *class;
    const char *desc;
    const char *end;
  } rows[] = {
    { "GenericError", "no such file", "guest" },
    { "CommandNotFound", "The command guest-a has not been found", "not-found" },
    { "CommandNotFound", "Command guest-a has been disabled", "denied" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      guint64 a = call (f, "guest-a");

      hearf (f, "{\"error\": {\"class\": \"%s\", \"desc\": \"%s\"}, \"id\": %s}\n", rows[i].class, rows[i].desc,
             last_id (f));
      g_assert_cmpstr (end_of (f, a), ==, rows[i].end);
    }
}

/* What an agent says that was restarted in mid-request, of the rest of it. */
static void
test_rest_of_a_request_is_not_read (Fixture *f, gconstpointer data)
{
  static const char complaint[] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, expecting value\"}}\n";
  guint64 a = call (f, "guest-a");
  guint64 b = call (f, "guest-b");

  hear (f, complaint);
  g_assert_cmpstr (end_of (f, a), ==, "peer-lost");
  g_assert_cmpuint (f->syncs, ==, 2);
  for (int i = 0; i < 20; i++)
    hear (f, complaint);
  g_assert_null (end_of (f, b));
  answer_sync (f);
  hearf (f, "{\"return\": 2, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, b), ==, "ok 2");
}

/* An agent that repeats ids knows none of what it cannot read. */
static void
test_error_without_id_of_an_agent_that_repeats_ids (Fixture *f, gconstpointer data)
{
  static const char complaint[] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input must be a JSON object\"}}\n";
  guint64 a = call (f, "guest-a");
  guint64 b;

  /* So far it may be one that repeats none. */
  hear (f, complaint);
  g_assert_cmpstr (end_of (f, a), ==, "guest");
  a = call (f, "guest-a");
  hearf (f, "{\"return\": 1, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "ok 1");
  b = call (f, "guest-b");
  hear (f, complaint);
  g_assert_cmpstr (end_of (f, b), ==, "peer-lost");
  g_assert_cmpuint (f->syncs, ==, 2);
}

static void
test_late_reply_is_never_the_next_ones (Fixture *f, gconstpointer data)
{
  guint64 a = call_for (f, "guest-a", G_USEC_PER_SEC);
  guint64 b = call (f, "guest-b");

  g_assert_cmpint (gw_text_caller_get_deadline (f->caller), ==, f->now_us + G_USEC_PER_SEC);
  pass (f, G_USEC_PER_SEC);
  g_assert_cmpstr (end_of (f, a), ==, "timed-out");
  g_assert_cmpuint (f->syncs, ==, 2);
  g_assert_cmpuint (f->sent->len, ==, 1);
  hear (f, "{\"return\": \"late\"}\n");
  hearf (f, "{\"return\": \"late\", \"id\": %s}\n", last_id (f));
  g_assert_cmpuint (f->sent->len, ==, 1);
  answer_sync (f);
  g_assert_cmpuint (f->sent->len, ==, 2);
  hearf (f, "{\"return\": 2, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, b), ==, "ok 2");
}

static void
test_late_reply_with_next_in_step (Fixture *f, gconstpointer data)
{
  guint64 a = call_for (f, "guest-a", G_USEC_PER_SEC);
  g_autofree char *old_id = g_strdup (last_id (f));
  guint64 b;

  pass (f, G_USEC_PER_SEC);
  answer_sync (f);
  b = call (f, "guest-b");
  hearf (f, "{\"return\": \"late\", \"id\": %s}\n", old_id);
  g_assert_cmpstr (end_of (f, a), ==, "timed-out");
  g_assert_null (end_of (f, b));
}

static void
test_waiting_call_times_out_undelivered (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");
  guint64 b = call_for (f, "guest-b", G_USEC_PER_SEC);

  pass (f, G_USEC_PER_SEC);
  g_assert_cmpstr (end_of (f, b), ==, "not-delivered");
  g_assert_null (end_of (f, a));
  hearf (f, "{\"return\": 1, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "ok 1");
  g_assert_cmpuint (f->sent->len, ==, 1);
}

static void
test_call_without_limit_waits (Fixture *f, gconstpointer data)
{
  guint64 a = call_for (f, "guest-a", G_MAXINT64);

  g_assert_cmpint (gw_text_caller_get_deadline (f->caller), ==, G_MAXINT64);
  pass (f, G_GINT64_CONSTANT (1000000) * G_USEC_PER_SEC);
  g_assert_null (end_of (f, a));
}

static void
test_cancel_waiting (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");
  guint64 b = call (f, "guest-b");

  gw_text_caller_cancel (f->caller, b, f->now_us);
  pump (f);
  g_assert_cmpstr (end_of (f, b), ==, "cancelled");
  g_assert_null (end_of (f, a));
  g_assert_cmpuint (f->syncs, ==, 1);
}

static void
test_cancel_in_flight (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");
  guint drops = f->drops;

  gw_text_caller_cancel (f->caller, a, f->now_us);
  pump (f);
  g_assert_cmpstr (end_of (f, a), ==, "cancelled");
  /* Half a request must not be left lying in the agent. */
  g_assert_cmpuint (f->drops, ==, drops + 1);
  g_assert_cmpuint (f->syncs, ==, 2);
  gw_text_caller_cancel (f->caller, a, f->now_us);
  gw_text_caller_cancel (f->caller, 12345, f->now_us);
  pump (f);
  g_assert_cmpuint (f->syncs, ==, 2);
}

static void
test_no_noise_when_nobody_waits (Fixture *f, gconstpointer data)
{
  guint64 a = call_for (f, "guest-a", G_USEC_PER_SEC);

  pass (f, G_USEC_PER_SEC);
  g_assert_cmpstr (end_of (f, a), ==, "timed-out");
  g_assert_cmpuint (f->syncs, ==, 2);
  g_assert_cmpint (gw_text_caller_get_deadline (f->caller), ==, G_MAXINT64);
  pass (f, 100 * TRY_US);
  g_assert_cmpuint (f->syncs, ==, 2);
  /* The next call makes it ask again, at once. */
  call (f, "guest-b");
  g_assert_cmpint (gw_text_caller_get_deadline (f->caller), <=, f->now_us);
  pass (f, 0);
  g_assert_cmpuint (f->syncs, ==, 3);
}

/* --- Bounds ------------------------------------------------------------- */

static void
test_queue_is_bounded (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < GW_CLIENT_CALLS_MAX + 1; i++)
    call (f, "guest-a");
  g_assert_cmpuint (gw_text_caller_call (f->caller, "guest-a", NULL, 1, f->now_us, &error), ==, 0);
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
}

static void
test_invalid_utf8_is_not_sent (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (gw_text_caller_call (f->caller, "guest-\xFF{", NULL, 1, f->now_us, &error), ==, 0);
  g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_JSON);
  pump (f);
  g_assert_cmpuint (f->sent->len, ==, 0);
}

static void
test_flood_is_counted (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) flood = g_string_new (NULL);
  guint64 a = call (f, "guest-a");
  guint64 before = gw_text_caller_get_junk (f->caller);

  for (int i = 0; i < 1000; i++)
    g_string_append (flood, "{\"return\": 1, \"id\": 1}\n");
  hear (f, flood->str);
  g_assert_cmpuint (gw_text_caller_get_junk (f->caller), ==, before + 1000);
  g_assert_cmpuint (g_hash_table_size (f->ends), ==, 0);
  hearf (f, "{\"return\": 1, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "ok 1");
}

static void
test_reply_above_the_limit (Fixture *f, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (GW_MIB, 'x');
  guint64 a = call (f, "guest-a");
  guint64 b = call (f, "guest-b");

  hear (f, "{\"return\": \"");
  for (guint i = 0; i < GW_LINE_MAX / GW_MIB; i++)
    hear (f, piece);
  g_assert_cmpstr (end_of (f, a), ==, "too-large");
  g_assert_cmpuint (f->syncs, ==, 2);
  hear (f, piece);
  answer_sync (f);
  hearf (f, "{\"return\": 2, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, b), ==, "ok 2");
}

static void
test_reply_that_cannot_be_read (Fixture *f, gconstpointer data)
{
  guint64 a = call (f, "guest-a");

  hearf (f, "{\"return\": 99999999999999999999, \"id\": %s}\n", last_id (f));
  g_assert_cmpstr (end_of (f, a), ==, "invalid-json");
  g_assert_cmpuint (f->syncs, ==, 2);
}

static void
test_loss_ends_all_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint64 a = call (f, "guest-a");
  guint64 b = call (f, "guest-b");
  guint64 c = call (f, "guest-c");

  gw_text_caller_lose (f->caller, "gone");
  pump (f);
  g_assert_cmpstr (end_of (f, a), ==, "peer-lost");
  g_assert_cmpstr (end_of (f, b), ==, "not-delivered");
  g_assert_cmpstr (end_of (f, c), ==, "not-delivered");
  hearf (f, "{\"return\": 1, \"id\": %s}\n", last_id (f));
  pass (f, 100 * G_USEC_PER_SEC);
  gw_text_caller_lose (f->caller, "gone again");
  gw_text_caller_cancel (f->caller, a, f->now_us);
  pump (f);
  g_assert_cmpuint (g_hash_table_size (f->ends), ==, 3);
  g_assert_cmpuint (gw_text_caller_call (f->caller, "guest-a", NULL, 1, f->now_us, &error), ==, 0);
  g_assert_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED);
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
    { "/text-caller/call/one-by-one", set_up_in_step, test_calls_go_one_by_one },
    { "/text-caller/call/before-sync-waits", set_up, test_call_before_sync_waits },
    { "/text-caller/call/nothing-else-is-a-reply", set_up_in_step, test_nothing_else_is_a_reply },
    { "/text-caller/call/old-agents-repeat-no-id", set_up_in_step, test_old_agents_repeat_no_id },
    { "/text-caller/call/rest-of-a-request-is-not-read", set_up_in_step, test_rest_of_a_request_is_not_read },
    { "/text-caller/call/error-without-id-of-an-agent-that-repeats-ids", set_up_in_step, test_error_without_id_of_an_agent_that_repeats_ids },
    { "/text-caller/call/second-reply-is-nobodys", set_up_in_step, test_second_reply_is_nobodys },
    { "/text-caller/call/guest-errors", set_up_in_step, test_guest_errors },
    { "/text-caller/call/late-reply-is-never-the-next-ones", set_up_in_step, test_late_reply_is_never_the_next_ones },
    { "/text-caller/call/late-reply-in-step-is-ignored", set_up_in_step, test_late_reply_with_next_in_step },
    { "/text-caller/call/waiting-one-times-out-undelivered", set_up_in_step, test_waiting_call_times_out_undelivered },
    { "/text-caller/call/without-limit-waits", set_up_in_step, test_call_without_limit_waits },
    { "/text-caller/cancel/waiting", set_up_in_step, test_cancel_waiting },
    { "/text-caller/cancel/in-flight-syncs-again", set_up_in_step, test_cancel_in_flight },
    { "/text-caller/sync/no-noise-when-nobody-waits", set_up_in_step, test_no_noise_when_nobody_waits },
    { "/text-caller/bounds/queue", set_up_in_step, test_queue_is_bounded },
    { "/text-caller/bounds/invalid-utf8-is-not-sent", set_up_in_step, test_invalid_utf8_is_not_sent },
    { "/text-caller/bounds/flood-is-counted", set_up_in_step, test_flood_is_counted },
    { "/text-caller/bounds/reply-above-the-limit", set_up_in_step, test_reply_above_the_limit },
    { "/text-caller/bounds/reply-that-cannot-be-read", set_up_in_step, test_reply_that_cannot_be_read },
    { "/text-caller/lost/ends-all-exactly-once", set_up_in_step, test_loss_ends_all_once },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
  return g_test_run ();
}
