/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwClient: how it is opened, and what it waits for. */

#include "client-fixture.h"

#include <errno.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

static void
test_open_at_once (Fixture *f, gconstpointer data)
{
  open_client (f);
  assert_answers (f);
  /* Again, on an open one. */
  open_client (f);
}

static void
test_open_retries_sync (Fixture *f, gconstpointer data)
{
  f->agent.deaf_syncs = 2;
  fake_agent_start (&f->agent);
  open_client (f);
  assert_answers (f);
}

static void
test_open_waits_for_socket (Fixture *f, gconstpointer data)
{
  f->agent.late_ms = 150;
  fake_agent_start (&f->agent);
  open_client (f);
  assert_answers (f);
}

static void
test_open_waits_for_listener (Fixture *f, gconstpointer data)
{
  /* What a hypervisor that was killed leaves behind. */
  close (fake_agent_listen_on (f->path));
  f->agent.late_ms = 50;
  fake_agent_start (&f->agent);
  open_client (f);
  assert_answers (f);
}

static void
test_open_without_socket (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_client_open (f->client, 100, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_nonnull (strstr (error->message, g_strerror (ENOENT)));
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_CLOSED);
}

static void
test_open_what_is_no_socket (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf ("pty:%s", f->path);
  g_autoptr (GwAddress) address = gw_address_new (text, NULL);
  g_autoptr (GwClient) client = gw_client_new (address);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (f->path, "", 0, NULL));
  /* No waiting can mend this. */
  g_assert_false (gw_client_open (client, GW_TIMEOUT_NONE, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
}

static void
test_open_nobody_answers (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->agent.deaf_syncs = G_MAXUINT;
  fake_agent_start (&f->agent);
  g_assert_false (gw_client_open (f->client, 100, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_NO_ANSWER);
}

static void
test_open_can_be_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  gw_client_open_async (f->client, GW_TIMEOUT_NONE, cancellable, store_result, &result);
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_OPENING);
  g_cancellable_cancel (cancellable);
  wait_for (NULL, &result);
  g_assert_false (gw_client_open_finish (f->client, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_CLOSED);
}

static void
test_open_twice_is_busy (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  gw_client_open_async (f->client, GW_TIMEOUT_NONE, NULL, store_result, &first);
  gw_client_open_async (f->client, GW_TIMEOUT_NONE, NULL, store_result, &second);
  wait_for (NULL, &second);
  g_assert_false (gw_client_open_finish (f->client, second, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
  g_clear_error (&error);
  gw_client_close (f->client);
  wait_for (NULL, &first);
  g_assert_false (gw_client_open_finish (f->client, first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
open_pty (Fixture *f, FakeAgent *agent, GwClient **client)
{
  char name[64];
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;

  g_assert_cmpint (openpty (&agent->fd, &f->pty, name, NULL, NULL), ==, 0);
  text = g_strconcat ("pty:", name, NULL);
  address = gw_address_new (text, NULL);
  *client = gw_client_new (address);
}

static void
test_open_pty (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->client);
  /* Cooked and echoing, as a pty is born. */
  open_pty (f, &f->agent, &f->client);
  fake_agent_start (&f->agent);
  open_client (f);
  assert_answers (f);
}

static void
test_pty_has_one_client (Fixture *f, gconstpointer data)
{
  g_autoptr (GwClient) second = NULL;
  g_autoptr (GError) error = NULL;

  test_open_pty (f, data);
  second = gw_client_new (gw_client_get_address (f->client));
  g_assert_false (gw_client_open (second, 50, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
  assert_answers (f);
}

int
main (int argc, char **argv)
{
  static const Row rows[] = {
    { "/client/open/at-once", set_up_with_agent, test_open_at_once },
    { "/client/open/retries-until-agent-answers", set_up, test_open_retries_sync },
    { "/client/open/waits-for-the-socket", set_up, test_open_waits_for_socket },
    { "/client/open/waits-for-a-listener", set_up, test_open_waits_for_listener },
    { "/client/open/says-why-it-cannot-connect", set_up, test_open_without_socket },
    { "/client/open/does-not-wait-for-the-impossible", set_up, test_open_what_is_no_socket },
    { "/client/open/nobody-answers", set_up, test_open_nobody_answers },
    { "/client/open/can-be-cancelled", set_up, test_open_can_be_cancelled },
    { "/client/open/twice-is-busy", set_up, test_open_twice_is_busy },
    { "/client/open/pty", set_up, test_open_pty },
    { "/client/open/pty-has-one-client", set_up, test_pty_has_one_client },
  };

  return run_rows (argc, argv, rows, G_N_ELEMENTS (rows));
}
