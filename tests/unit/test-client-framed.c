/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of a client in frames, against a guest that is made up. */

#include "framed-fixture.h"

static void
test_call (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_client_call (f->client, "guest-ping", NULL, LONG_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (value));
}

/* Success brings no reply in text. */
static void
test_silent (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_client_call (f->client, "guest-suspend-ram", NULL, LONG_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (value));
}

static void
test_fail (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_client_call (f->client, "fail", NULL, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_GUEST);
  g_assert_cmpstr (error->message, ==, "it failed");
}

static void
test_timeout (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_client_call (f->client, "silence", NULL, 50, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TIMED_OUT);
  test_call (f, data);
}

static void
test_many (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) silent = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  gw_client_call_async (f->client, "silence", NULL, GW_TIMEOUT_NONE, cancellable, on_done, &silent);
  test_call (f, data);
  g_cancellable_cancel (cancellable);
  wait_until (silent != NULL);
  g_assert_null (gw_client_call_finish (f->client, silent, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until (g_atomic_int_get (&f->guest.cancelled) == 1);
}

static void
test_left (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_client_call (f->client, "leave", NULL, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PEER_LOST);
  g_assert_nonnull (strstr (error->message, "(it has had enough)"));
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) silent = NULL;
  g_autoptr (GError) error = NULL;

  gw_client_call_async (f->client, "silence", NULL, GW_TIMEOUT_NONE, NULL, on_done, &silent);
  test_call (f, data);
  fake_framed_restart (&f->guest);
  wait_until (silent != NULL);
  g_assert_null (gw_client_call_finish (f->client, silent, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PEER_RESTARTED);
  /* All goes on with the new one. */
  g_assert_true (gw_client_get_framed (f->client));
  test_call (f, data);
}

static void
test_close (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) silent = NULL;
  g_autoptr (GError) error = NULL;

  gw_client_call_async (f->client, "silence", NULL, GW_TIMEOUT_NONE, NULL, on_done, &silent);
  test_call (f, data);
  gw_client_close (f->client);
  wait_until (silent != NULL);
  g_assert_null (gw_client_call_finish (f->client, silent, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PEER_LOST);
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_CLOSED);
  g_assert_false (gw_client_get_framed (f->client));
  wait_until (g_atomic_int_get (&f->guest.closed) == 1);
  /* And again. */
  gw_client_open (f->client, LONG_MS, NULL, NULL);
  g_assert_true (gw_client_get_framed (f->client));
  test_call (f, data);
}

static void
test_text_only (Fixture *f, gconstpointer data)
{
  test_call (f, data);
  test_silent (f, data);
}

int
main (int argc, char **argv)
{
  static const Row rows[] = {
    { "/process-live/call/is-answered", set_up, test_call },
    { "/process-live/call/silent-success-is-answered", set_up, test_silent },
    { "/process-live/call/fails", set_up, test_fail },
    { "/process-live/call/ends-in-time", set_up, test_timeout },
    { "/process-live/call/waits-for-no-other", set_up, test_many },
    { "/process-live/call/hears-why-the-agent-left", set_up, test_left },
    { "/process-live/call/hears-of-a-restart", set_up, test_restart },
    { "/process-live/call/close-ends-the-session", set_up, test_close },
    { "/process-live/call/falls-back-to-text", set_up_text_only, test_text_only },
  };

  return run_rows (argc, argv, rows, G_N_ELEMENTS (rows));
}
