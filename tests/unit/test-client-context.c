/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwClient: main contexts and threads. */

#include "client-fixture.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

static gboolean
must_not_run (gpointer data)
{
  g_error ("a source of the program was dispatched in a blocking call");
  return G_SOURCE_REMOVE;
}

static void
test_blocking_dispatches_nothing_else (Fixture *f, gconstpointer data)
{
  guint idle = g_idle_add_full (G_PRIORITY_HIGH, must_not_run, NULL, NULL);
  guint timer = g_timeout_add (0, must_not_run, NULL);
  int ends[2];
  guint watch;

  g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, NULL));
  close (ends[1]);
  watch = g_unix_fd_add (ends[0], G_IO_HUP, (GUnixFDSourceFunc) (void (*) (void)) must_not_run, NULL);
  open_client (f);
  assert_answers (f);
  g_source_remove (idle);
  g_source_remove (timer);
  g_source_remove (watch);
  close (ends[0]);
}

static void
test_blocking_among_async (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) before = NULL;

  open_client (f);
  gw_client_call_async (f->client, "ping", NULL, LONG_MS, NULL, store_result, &before);
  assert_answers (f);
  /* It went on, and its callback waited for its own context. */
  g_assert_null (before);
  g_assert_cmpint (g_atomic_int_get (&f->agent.calls), ==, 2);
  wait_for (NULL, &before);
  finish_well (f, &before);
}

static void
test_two_contexts_in_turn (Fixture *f, gconstpointer data)
{
  g_autoptr (GMainContext) other = g_main_context_new ();
  g_autoptr (GAsyncResult) here = NULL;
  g_autoptr (GAsyncResult) there = NULL;

  open_client (f);
  g_main_context_push_thread_default (other);
  assert_answers (f);
  gw_client_call_async (f->client, "ping", NULL, LONG_MS, NULL, store_result, &there);
  g_main_context_pop_thread_default (other);
  gw_client_call_async (f->client, "ping", NULL, LONG_MS, NULL, store_result, &here);
  /* The client lives on the default context; each result goes to its own. */
  wait_for (NULL, &here);
  g_assert_null (there);
  wait_for (other, &there);
  finish_well (f, &here);
  finish_well (f, &there);
}

static gpointer
use_in_thread (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  Fixture *f = data;

  g_main_context_push_thread_default (context);
  open_client (f);
  assert_answers (f);
  gw_client_close (f->client);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_threads_in_turn (Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 3; i++)
    {
      g_thread_join (g_thread_new ("user", use_in_thread, f));
      use_in_thread (f);
    }
}

static void
close_in_callback (GObject *object, GAsyncResult *result, gpointer data)
{
  gw_client_close (GW_CLIENT (object));
  store_result (object, result, data);
}

static void
test_close_in_callback (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  open_client (f);
  gw_client_call_async (f->client, "ping", NULL, LONG_MS, NULL, close_in_callback, &first);
  gw_client_call_async (f->client, "silence", NULL, LONG_MS, NULL, store_result, &second);
  wait_for (NULL, &first);
  wait_for (NULL, &second);
  finish_well (f, &first);
  g_assert_null (gw_client_call_finish (f->client, second, NULL));
}

static void
note_state (GObject *object, GParamSpec *pspec, gpointer data)
{
  GString *states = data;

  g_string_append_printf (states, "%d", gw_client_get_state (GW_CLIENT (object)));
}

static void
test_state_is_notified (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (GAsyncResult) result = NULL;
  gulong handler = g_signal_connect (f->client, "notify::state", G_CALLBACK (note_state), states);

  open_client (f);
  g_assert_cmpstr (states->str + states->len - 1, ==, "2");
  gw_client_call_async (f->client, "hang-up", NULL, LONG_MS, NULL, store_result, &result);
  wait_for (NULL, &result);
  while (states->str[states->len - 1] != '0')
    g_main_context_iteration (NULL, TRUE);
  g_signal_handler_disconnect (f->client, handler);
}

int
main (int argc, char **argv)
{
  static const Row rows[] = {
    { "/client/context/blocking-dispatches-nothing-else", set_up_with_agent, test_blocking_dispatches_nothing_else },
    { "/client/context/blocking-among-async", set_up_with_agent, test_blocking_among_async },
    { "/client/context/two-in-turn", set_up_with_agent, test_two_contexts_in_turn },
    { "/client/context/threads-in-turn", set_up_with_agent, test_threads_in_turn },
    { "/client/context/close-in-callback", set_up_with_agent, test_close_in_callback },
    { "/client/context/state-is-notified", set_up_with_agent, test_state_is_notified },
  };

  return run_rows (argc, argv, rows, G_N_ELEMENTS (rows));
}
