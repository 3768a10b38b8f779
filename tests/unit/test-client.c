/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwClient: its calls, and how they end. */

#include "client-fixture.h"

#include <string.h>

#include "gw-limits.h"

static void
test_guest_error (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  open_client (f);
  g_assert_null (gw_client_call (f->client, "fail", NULL, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_GUEST);
  g_assert_cmpstr (error->message, ==, "it failed");
}

static void
test_call_when_closed (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_client_call (f->client, "ping", NULL, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED);
}

static void
test_timeout_and_next_call (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  open_client (f);
  g_assert_null (gw_client_call (f->client, "silence", NULL, 50, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TIMED_OUT);
  assert_answers (f);
}

static void
test_cancel_before (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  open_client (f);
  g_cancellable_cancel (cancellable);
  g_assert_null (gw_client_call (f->client, "ping", NULL, LONG_MS, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_atomic_int_get (&f->agent.calls), ==, 0);
  assert_answers (f);
}

static gpointer
cancel_when_called (gpointer data)
{
  gpointer *both = data;
  FakeAgent *agent = both[0];

  while (g_atomic_int_get (&agent->calls) == 0)
    g_usleep (1000);
  g_cancellable_cancel (both[1]);
  return NULL;
}

/* From another thread, in a blocking call. */
static void
test_cancel_in_mid_call (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gpointer both[] = { &f->agent, cancellable };
  GThread *thread;

  open_client (f);
  thread = g_thread_new ("canceller", cancel_when_called, both);
  g_assert_null (gw_client_call (f->client, "silence", NULL, GW_TIMEOUT_NONE, cancellable, &error));
  g_thread_join (thread);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_nonnull (strstr (error->message, "may have run"));
  assert_answers (f);
}

static void
test_loss_in_mid_call (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  open_client (f);
  gw_client_call_async (f->client, "hang-up", NULL, LONG_MS, NULL, store_result, &first);
  gw_client_call_async (f->client, "ping", NULL, LONG_MS, NULL, store_result, &second);
  wait_for (NULL, &first);
  wait_for (NULL, &second);
  finish_with (f, &first, GW_ERROR, GW_ERROR_PEER_LOST);
  finish_with (f, &second, GW_ERROR, GW_ERROR_NOT_DELIVERED);
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_CLOSED);
  /* The same object serves again. */
  open_client (f);
  assert_answers (f);
}

static void
test_loss_with_output_queued (Fixture *f, gconstpointer data)
{
  g_autofree char *much = g_strnfill (8 * GW_MIB, 'x');
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GError) error = NULL;

  json_object_set_string_member (object, "much", much);
  json_node_set_object (arguments, object);
  open_client (f);
  g_assert_null (gw_client_call (f->client, "hang-up", arguments, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PEER_LOST);
}

static void
test_close_ends_calls (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  open_client (f);
  gw_client_call_async (f->client, "silence", NULL, GW_TIMEOUT_NONE, NULL, store_result, &first);
  gw_client_call_async (f->client, "ping", NULL, GW_TIMEOUT_NONE, NULL, store_result, &second);
  gw_client_close (f->client);
  gw_client_close (f->client);
  g_assert_null (first);
  wait_for (NULL, &first);
  wait_for (NULL, &second);
  finish_with (f, &first, GW_ERROR, GW_ERROR_PEER_LOST);
  finish_with (f, &second, GW_ERROR, GW_ERROR_NOT_DELIVERED);
}

static void
test_reply_without_end (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  open_client (f);
  g_assert_null (gw_client_call (f->client, "too-much", NULL, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TOO_LARGE);
  assert_answers (f);
}

static void
test_calls_in_order (Fixture *f, gconstpointer data)
{
  GAsyncResult *results[50] = { NULL };

  open_client (f);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    gw_client_call_async (f->client, "ping", NULL, LONG_MS, NULL, store_result, &results[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) value = NULL;

      wait_for (NULL, &results[i]);
      value = gw_client_call_finish (f->client, results[i], &error);
      g_assert_no_error (error);
      g_assert_cmpint (json_object_get_int_member (json_node_get_object (value), "calls"), ==, (int) i + 1);
      g_object_unref (results[i]);
    }
}

int
main (int argc, char **argv)
{
  static const Row rows[] = {
    { "/client/call/guest-error", set_up_with_agent, test_guest_error },
    { "/client/call/closed-client-delivers-nothing", set_up_with_agent, test_call_when_closed },
    { "/client/call/timeout-leaves-the-next-one-well", set_up_with_agent, test_timeout_and_next_call },
    { "/client/call/cancelled-before-is-not-sent", set_up_with_agent, test_cancel_before },
    { "/client/call/cancelled-in-mid-call", set_up_with_agent, test_cancel_in_mid_call },
    { "/client/call/loss-ends-all-and-opens-again", set_up_with_agent, test_loss_in_mid_call },
    { "/client/call/loss-with-output-queued", set_up_with_agent, test_loss_with_output_queued },
    { "/client/call/close-ends-all", set_up_with_agent, test_close_ends_calls },
    { "/client/call/reply-without-end-is-refused", set_up_with_agent, test_reply_without_end },
    { "/client/call/in-order", set_up_with_agent, test_calls_in_order },
  };

  return run_rows (argc, argv, rows, G_N_ELEMENTS (rows));
}
