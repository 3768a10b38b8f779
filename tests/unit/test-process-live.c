/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client in frames, and programs with live pipes, against a guest that is
 * made up. */

#include <string.h>

#include "fake-framed.h"
#include "gw-limits.h"
#include "gw-process.h"
#include "sockets.h"

#define LONG_MS 20000

typedef struct
{
  SocketPlace place;
  FakeFramed guest;
  GwClient *client;
} Fixture;

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

static void
set_up (Fixture *f, gconstpointer data)
{
  set_up_with (f, FALSE);
}

static void
set_up_text_only (Fixture *f, gconstpointer data)
{
  set_up_with (f, TRUE);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  settle (); /* what will be told of later holds the client */
  g_assert_finalize_object (f->client);
  fake_framed_stop (&f->guest);
  socket_place_close (&f->place);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  *store = g_object_ref (result);
}

static GwProcess *
process_new (Fixture *f, const char *program, const char *argument)
{
  const char *words[] = { program, argument, NULL };

  return gw_process_new (f->client, words);
}

static GwProcess *
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

static void
assert_reads (GInputStream *stream, const char *text)
{
  g_autoptr (GError) error = NULL;
  char buffer[1024];
  gsize length;

  g_input_stream_read_all (stream, buffer, strlen (text), &length, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (buffer, length, text, strlen (text));
}

static void
assert_at_end (GInputStream *stream)
{
  g_autoptr (GError) error = NULL;
  char byte;

  g_assert_cmpint (g_input_stream_read (stream, &byte, 1, NULL, &error), ==, 0);
  g_assert_no_error (error);
}

static void
assert_ends (GwProcess *process, int status, int signal)
{
  g_autoptr (GError) error = NULL;

  gw_process_wait (process, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (gw_process_get_ended (process));
  g_assert_cmpint (gw_process_get_exit_status (process), ==, status);
  g_assert_cmpint (gw_process_get_signal (process), ==, signal);
}

static void
assert_bytes (GBytes *bytes, const char *text)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

/* --- Calls -------------------------------------------------------------- */

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

/* --- Programs ----------------------------------------------------------- */

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

/* --- What fails --------------------------------------------------------- */

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
  g_autoptr (GwProcess) process = process_new (f, "sleep", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_process_run (process, 200, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "process 4242 is being ended"));
  wait_until (g_atomic_int_get (&f->guest.ended) == 1);
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

static const struct
{
  const char *path;
  void (*set_up) (Fixture *f, gconstpointer data);
  void (*test) (Fixture *f, gconstpointer data);
} tests[] = {
  { "/process-live/call/is-answered", set_up, test_call },
  { "/process-live/call/silent-success-is-answered", set_up, test_silent },
  { "/process-live/call/fails", set_up, test_fail },
  { "/process-live/call/ends-in-time", set_up, test_timeout },
  { "/process-live/call/waits-for-no-other", set_up, test_many },
  { "/process-live/call/hears-of-a-restart", set_up, test_restart },
  { "/process-live/call/close-ends-the-session", set_up, test_close },
  { "/process-live/call/falls-back-to-text", set_up_text_only, test_text_only },
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, tests[i].set_up, tests[i].test, tear_down);
  return g_test_run ();
}
