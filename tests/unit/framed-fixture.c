/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of a client in frames share: a guest that is made up, and its
 * programs. */

#include "framed-fixture.h"

#include <string.h>

static void
set_up_with (Fixture *f, gboolean text_only)
{
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  socket_place_open (&f->place);
  f->guest.text_only = text_only;
  fake_framed_start (&f->guest, f->place.path);
  text = g_strconcat ("unix:", f->place.path, NULL);
  address = gw_address_new (text, NULL);
  f->client = g_object_new (GW_TYPE_CLIENT, "address", address, "wants-frames", TRUE, NULL);
  gw_client_open (f->client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (gw_client_get_framed (f->client) == !text_only);
}

void
set_up (Fixture *f, gconstpointer data)
{
  set_up_with (f, FALSE);
}

void
set_up_text_only (Fixture *f, gconstpointer data)
{
  set_up_with (f, TRUE);
}

void
tear_down (Fixture *f, gconstpointer data)
{
  settle (); /* what will be told of later holds the client */
  g_assert_finalize_object (f->client);
  fake_framed_stop (&f->guest);
  socket_place_close (&f->place);
}

void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  *store = g_object_ref (result);
}

GwProcess *
process_new (Fixture *f, const char *program, const char *argument)
{
  const char *words[] = { program, argument, NULL };

  return gw_process_new (f->client, words);
}

GwProcess *
start (Fixture *f, const char *program, const char *argument, gboolean input)
{
  GwProcess *process = process_new (f, program, argument);
  g_autoptr (GError) error = NULL;

  gw_process_set_live_input (process, input);
  gw_process_start (process, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gw_process_get_pid (process), ==, 4242);
  g_assert_true ((gw_process_get_stdin_pipe (process) != NULL) == input);
  return process;
}

void
assert_reads (GInputStream *stream, const char *text)
{
  g_autoptr (GError) error = NULL;
  char buffer[1024];
  gsize length;

  g_input_stream_read_all (stream, buffer, strlen (text), &length, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (buffer, length, text, strlen (text));
}

void
assert_at_end (GInputStream *stream)
{
  g_autoptr (GError) error = NULL;
  char byte;

  g_assert_cmpint (g_input_stream_read (stream, &byte, 1, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

void
assert_ends (GwProcess *process, int status, int signal)
{
  g_autoptr (GError) error = NULL;

  gw_process_wait (process, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (gw_process_get_ended (process));
  g_assert_cmpint (gw_process_get_exit_status (process), ==, status);
  g_assert_cmpint (gw_process_get_signal (process), ==, signal);
}

void
assert_bytes (GBytes *bytes, const char *text)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

int
run_rows (int argc, char **argv, const Row *rows, gsize n)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < n; i++)
    g_test_add (rows[i].path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
  return g_test_run ();
}
