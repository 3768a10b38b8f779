/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs with live pipes that do not start, are ended, or are lost, and those
 * that go on where a connection is cut. */

#include <string.h>

#include "framed-fixture.h"
#include "gw-limits.h"

static void
test_absent (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "absent", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_process_start (process, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_GUEST);
  g_assert_nonnull (strstr (error->message, "not started"));
  g_assert_cmpint (gw_process_get_exit_status (process), ==, 127);
}

static void
test_no_pipes (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "no-pipes", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_process_run (process, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
}

static void
test_no_end (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "no-end", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_process_run (process, 200, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TIMED_OUT);
}

static void
test_too_long (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  /* On a busy host a short time may be over before it runs. */
  for (int ms = 200; ms < LONG_MS && (process == NULL || gw_process_get_pid (process) == 0); ms *= 4)
    {
      g_clear_error (&error);
      g_clear_object (&process);
      process = process_new (f, "sleep", NULL);
      g_assert_false (gw_process_run (process, ms, NULL, &error));
      g_assert_error (error, GW_ERROR, GW_ERROR_TIMED_OUT);
    }
  g_assert_nonnull (strstr (error->message, "process 4242 is being ended"));
  wait_until (g_atomic_int_get (&f->guest.ended) >= 1);
}

static void
on_pid (GObject *object, GParamSpec *pspec, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "sleep", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_signal_connect (process, "notify::pid", G_CALLBACK (on_pid), cancellable);
  g_assert_false (gw_process_run (process, GW_TIMEOUT_NONE, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  wait_until (g_atomic_int_get (&f->guest.ended) == 1);
}

static void
test_read_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "sleep", NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char byte;

  g_input_stream_read_async (gw_process_get_stdout_pipe (process), &byte, 1, 0, cancellable, on_done, &result);
  settle ();
  g_cancellable_cancel (cancellable);
  wait_until (result != NULL);
  g_assert_cmpint (g_input_stream_read_finish (gw_process_get_stdout_pipe (process), result, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gw_process_send_signal (process, 9);
  assert_ends (process, -1, 9);
}

static void
test_close_output (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "count", "100000000", FALSE);

  assert_reads (gw_process_get_stdout_pipe (process), "");
  g_assert_true (g_input_stream_close (gw_process_get_stdout_pipe (process), NULL, NULL));
  assert_ends (process, -1, 13);
}

static void
test_let_go (Fixture *f, gconstpointer data)
{
  g_object_unref (start (f, "sleep", NULL, FALSE));
  gw_client_close (f->client);
  wait_until (g_atomic_int_get (&f->guest.closed) == 1);
}

/* Who closes a pipe behind its end has not read all of it. What that has is
 * room for others. */
static void
test_close_unread (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 2 * GW_STREAMS_MAX; i++)
    {
      g_autoptr (GwProcess) process = start (f, "count", "9000", FALSE);

      g_assert_nonnull (gw_process_get_stdout_pipe (process));
      assert_ends (process, 0, 0);
    }
  g_assert_true (gw_client_get_framed (f->client));
  g_assert_cmpint (g_atomic_int_get (&f->guest.closed), ==, 0);
}

/* The same of input that nobody has written. */
static void
test_no_input (Fixture *f, gconstpointer data)
{
  const char *words[] = { "echo", "a", NULL };

  for (guint i = 0; i < 2 * GW_STREAMS_MAX; i++)
    {
      g_autoptr (GwProcess) process = gw_process_new (f->client, words);
      g_autoptr (GError) error = NULL;

      gw_process_set_live_input (process, TRUE);
      gw_process_start (process, LONG_MS, NULL, &error);
      g_assert_no_error (error);
      assert_reads (gw_process_get_stdout_pipe (process), "a\n");
      assert_ends (process, 0, 0);
    }
  g_assert_true (gw_client_get_framed (f->client));
}

static void
test_lost (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "sleep", NULL, TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) read_error = NULL;
  g_autoptr (GError) write_error = NULL;
  char byte;

  fake_framed_restart (&f->guest);
  g_assert_false (gw_process_wait (process, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PEER_RESTARTED);
  g_assert_cmpint (g_input_stream_read (gw_process_get_stdout_pipe (process), &byte, 1, NULL, &read_error), ==, -1);
  g_assert_error (read_error, GW_ERROR, GW_ERROR_PEER_LOST);
  g_assert_cmpint (g_output_stream_write (gw_process_get_stdin_pipe (process), "x", 1, NULL, &write_error), ==, -1);
  g_assert_error (write_error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

/* Nothing is lost and nothing comes twice. */
static void
test_resume (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "count", "6000000", FALSE);
  GInputStream *output = gw_process_get_stdout_pipe (process);
  gsize counted = 0;
  gsize next_cut = 1000000;

  for (;;)
    {
      guint8 buffer[65536];
      g_autoptr (GError) error = NULL;
      gssize length = g_input_stream_read (output, buffer, sizeof buffer, NULL, &error);

      g_assert_no_error (error);
      if (length == 0)
        break;
      for (gssize i = 0; i < length; i++)
        g_assert_cmpuint (buffer[i], ==, counted++ % 251);
      if (counted >= next_cut)
        {
          fake_framed_cut (&f->guest);
          next_cut += 2000000;
        }
    }
  g_assert_cmpuint (counted, ==, 6000000);
  assert_ends (process, 0, 0);
  g_assert_cmpint (g_atomic_int_get (&f->guest.parked), >=, 1);
}

static void
test_unsupported (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "cat", NULL);
  g_autoptr (GwProcess) other = process_new (f, "cat", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other_error = NULL;

  g_assert_false (gw_process_start (process, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "has not been found"));
  gw_process_set_terminal (other, "xterm");
  g_assert_false (gw_process_run (other, LONG_MS, NULL, &other_error));
  g_assert_error (other_error, GW_ERROR, GW_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
  static const Row rows[] = {
    { "/process-live/failure/not-there", set_up, test_absent },
    { "/process-live/failure/no-pipes", set_up, test_no_pipes },
    { "/process-live/failure/pipes-without-end", set_up, test_no_end },
    { "/process-live/failure/too-long-is-ended", set_up, test_too_long },
    { "/process-live/failure/cancelled-is-ended", set_up, test_cancel },
    { "/process-live/failure/reading-is-cancelled", set_up, test_read_cancel },
    { "/process-live/failure/output-closed-by-its-reader", set_up, test_close_output },
    { "/process-live/failure/closed-with-bytes-unread", set_up, test_close_unread },
    { "/process-live/failure/let-go-ends-with-the-client", set_up, test_let_go },
    { "/process-live/failure/input-not-written", set_up, test_no_input },
    { "/process-live/failure/lost-with-the-agent", set_up, test_lost },
    { "/process-live/failure/text-only", set_up_text_only, test_unsupported },
    { "/process-live/resume/loses-nothing", set_up, test_resume },
  };

  return run_rows (argc, argv, rows, G_N_ELEMENTS (rows));
}
