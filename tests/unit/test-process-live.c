/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs with live pipes, against a guest that is made up: what is started, and
 * what is run to its end. */

#include <string.h>

#include "framed-fixture.h"
#include "gw-limits.h"

static void
test_start (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "both", NULL, FALSE);

  assert_reads (gw_process_get_stdout_pipe (process), "out\n");
  assert_reads (gw_process_get_stderr_pipe (process), "err\n");
  assert_at_end (gw_process_get_stdout_pipe (process));
  assert_at_end (gw_process_get_stderr_pipe (process));
  assert_ends (process, 3, 0);
  g_assert_null (gw_process_get_output (process));
}

static void
test_input (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "cat", NULL, TRUE);
  GOutputStream *input = gw_process_get_stdin_pipe (process);

  g_assert_true (g_output_stream_write_all (input, "one\n", 4, NULL, NULL, NULL));
  assert_reads (gw_process_get_stdout_pipe (process), "one\n");
  g_assert_true (g_output_stream_write_all (input, "two\n", 4, NULL, NULL, NULL));
  assert_reads (gw_process_get_stdout_pipe (process), "two\n");
  g_assert_true (g_output_stream_close (input, NULL, NULL));
  assert_at_end (gw_process_get_stdout_pipe (process));
  assert_ends (process, 0, 0);
}

static void
test_pace (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "count", "8000000", FALSE);
  GInputStream *output = gw_process_get_stdout_pipe (process);
  gsize counted = 0;

  /* Nobody reads: some is on the way, and no more than the session may have. */
  for (int i = 0; i < 20; i++)
    g_assert_nonnull (gw_client_call (f->client, "guest-ping", NULL, LONG_MS, NULL, NULL));
  g_assert_cmpint (g_atomic_int_get (&f->guest.sent), <=, GW_SESSION_BUFFER + GW_STREAM_QUEUE_MAX);
  for (;;)
    {
      guint8 buffer[65536];
      gssize length = g_input_stream_read (output, buffer, sizeof buffer, NULL, NULL);

      g_assert_cmpint (length, >=, 0);
      if (length == 0)
        break;
      for (gssize i = 0; i < length; i++)
        g_assert_cmpuint (buffer[i], ==, counted++ % 251);
    }
  g_assert_cmpuint (counted, ==, 8000000);
  assert_ends (process, 0, 0);
}

static void
test_async (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "cat", NULL);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GInputStream) source = NULL;
  g_autoptr (GAsyncResult) started = NULL;
  g_autoptr (GAsyncResult) written = NULL;
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autofree char *text = g_strnfill (3000000, 'x');

  gw_process_set_live_input (process, TRUE);
  gw_process_start_async (process, LONG_MS, NULL, on_done, &started);
  wait_until (started != NULL);
  g_assert_true (gw_process_start_finish (process, started, NULL));
  source = g_memory_input_stream_new_from_data (text, strlen (text), NULL);
  g_output_stream_splice_async (gw_process_get_stdin_pipe (process), source, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, 0, NULL,
                                on_done, &written);
  g_output_stream_splice_async (memory, gw_process_get_stdout_pipe (process), G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE, 0, NULL,
                                on_done, &read);
  gw_process_wait_async (process, GW_TIMEOUT_NONE, NULL, on_done, &ended);
  wait_until (written != NULL && read != NULL && ended != NULL);
  g_assert_cmpint (g_output_stream_splice_finish (gw_process_get_stdin_pipe (process), written, NULL), ==, strlen (text));
  g_assert_cmpint (g_output_stream_splice_finish (memory, read, NULL), ==, strlen (text));
  g_assert_true (gw_process_wait_finish (process, ended, NULL));
  g_assert_cmpmem (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (memory)), strlen (text), text, strlen (text));
}

static void
test_signal (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = start (f, "sleep", NULL, FALSE);

  gw_process_send_signal (process, 2);
  assert_ends (process, -1, 2);
  gw_process_send_signal (process, 9); /* too late, and no harm */
}

static void
test_terminal (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "sleep", NULL);
  g_autoptr (GError) error = NULL;

  gw_process_set_terminal (process, "xterm");
  gw_process_set_window_size (process, 10, 20);
  gw_process_start (process, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (gw_process_get_stderr_pipe (process));
  gw_process_set_window_size (process, 30, 40);
  assert_reads (gw_process_get_stdout_pipe (process), "30x40\n");
  gw_process_send_signal (process, 15);
  assert_ends (process, -1, 15);
}

static void
test_arguments (Fixture *f, gconstpointer data)
{
  static const char *const variables[] = { "A=b", NULL };
  g_autoptr (GwProcess) process = process_new (f, "arguments", "x");
  g_autoptr (GError) error = NULL;

  gw_process_set_environment (process, variables);
  gw_process_set_directory (process, "/tmp");
  gw_process_set_user (process, "web");
  gw_process_set_terminal (process, "vt100");
  gw_process_set_window_size (process, 5, 6);
  g_assert_true (gw_process_run (process, LONG_MS, NULL, &error));
  g_assert_no_error (error);
  assert_bytes (gw_process_get_output (process),
                "{\"path\":\"arguments\",\"arg\":[\"x\"],\"env-add\":[\"A=b\"],\"cwd\":\"/tmp\",\"user\":\"web\","
                "\"input\":false,\"tty\":{\"term\":\"vt100\",\"rows\":5,\"columns\":6}}\n");
}

static void
test_run (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "both", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (gw_process_run (process, LONG_MS, NULL, &error));
  g_assert_no_error (error);
  assert_bytes (gw_process_get_output (process), "out\n");
  assert_bytes (gw_process_get_errors (process), "err\n");
  g_assert_cmpint (gw_process_get_exit_status (process), ==, 3);
  g_assert_cmpint (gw_process_get_pid (process), ==, 4242);
}

static void
test_run_input (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "cat", NULL);
  g_autofree char *text = g_strnfill (2000000, 'y');
  g_autoptr (GBytes) input = g_bytes_new (text, strlen (text));

  gw_process_set_input (process, input);
  g_assert_true (gw_process_run (process, LONG_MS, NULL, NULL));
  g_assert_true (g_bytes_equal (gw_process_get_output (process), input));
}

static void
test_run_much (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "count", "17000000");

  g_assert_true (gw_process_run (process, LONG_MS, NULL, NULL));
  g_assert_cmpuint (g_bytes_get_size (gw_process_get_output (process)), ==, GW_EXEC_OUTPUT_MAX);
  g_assert_true (gw_process_get_truncated (process));
}

static void
test_run_silent (Fixture *f, gconstpointer data)
{
  g_autoptr (GwProcess) process = process_new (f, "echo", "");

  g_assert_true (gw_process_run (process, LONG_MS, NULL, NULL));
  g_assert_nonnull (g_bytes_get_data (gw_process_get_errors (process), NULL));
  assert_bytes (gw_process_get_errors (process), "");
}

int
main (int argc, char **argv)
{
  static const Row rows[] = {
    { "/process-live/start/output-and-status", set_up, test_start },
    { "/process-live/start/input", set_up, test_input },
    { "/process-live/start/reader-sets-the-pace", set_up, test_pace },
    { "/process-live/start/async", set_up, test_async },
    { "/process-live/start/signal", set_up, test_signal },
    { "/process-live/start/terminal", set_up, test_terminal },
    { "/process-live/run/arguments", set_up, test_arguments },
    { "/process-live/run/output-and-status", set_up, test_run },
    { "/process-live/run/no-output-is-empty", set_up, test_run_silent },
    { "/process-live/run/input", set_up, test_run_input },
    { "/process-live/run/too-much-output", set_up, test_run_much },
  };

  return run_rows (argc, argv, rows, G_N_ELEMENTS (rows));
}
