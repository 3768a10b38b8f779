/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwClient against fake agents. The fake speaks in a thread of its own, so
 * that the blocking calls have somebody to talk to. */

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-client.h"
#include "gw-limits.h"

/* What no test should need. */
#define LONG_MS 20000

/* --- The fake agent ----------------------------------------------------- */

typedef struct
{
  const char *path;      /* of the socket to listen on, or NULL */
  int fd;                /* of the pty's master, or -1 */
  GThread *thread;
  int stop[2];           /* closed to stop the thread */
  guint deaf_syncs;      /* so many are not answered */
  guint connections;     /* after so many it stops listening; 0: no end */
  guint late_ms;         /* before it listens */
  int calls;             /* atomic: how many it has had */
} Agent;

static gboolean
say (int fd, const void *data, gsize length)
{
  const char *at = data;

  while (length > 0)
    {
      gssize written = send (fd, at, length, MSG_NOSIGNAL);

      if (written < 0 && errno == ENOTSOCK)
        written = write (fd, at, length);
      if (written < 0)
        return FALSE;
      at += written;
      length -= written;
    }
  return TRUE;
}

G_GNUC_PRINTF (2, 3)
static gboolean
sayf (int fd, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return say (fd, text, strlen (text));
}

static gboolean
say_too_much (int fd)
{
  g_autofree char *piece = g_strnfill (GW_MIB, 'x');

  if (!sayf (fd, "{\"return\": \""))
    return FALSE;
  for (guint i = 0; i <= GW_LINE_MAX / GW_MIB; i++)
    if (!say (fd, piece, GW_MIB))
      return FALSE;
  return sayf (fd, "\"}\n");
}

/* FALSE ends the connection. */
static gboolean
answer (Agent *agent, int fd, const char *line)
{
  const char *id = strstr (line, "\"id\":");
  gint64 number = id != NULL ? g_ascii_strtoll (id + 5, NULL, 10) : 0;

  if (strstr (line, "guest-sync-delimited") != NULL)
    {
      if (agent->deaf_syncs > 0)
        {
          agent->deaf_syncs--;
          return TRUE;
        }
      /* As qemu-ga does: an error for the 0xFF comes first. */
      return sayf (fd,
                   "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray 0xFF\"}}\n"
                   "\xFF{\"return\": %" G_GINT64_FORMAT "}\n",
                   number);
    }
  g_atomic_int_inc (&agent->calls);
  if (strstr (line, "\"hang-up\"") != NULL)
    return FALSE;
  if (strstr (line, "\"silence\"") != NULL)
    return TRUE;
  if (strstr (line, "\"too-much\"") != NULL)
    return say_too_much (fd);
  if (strstr (line, "\"fail\"") != NULL)
    return sayf (fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"it failed\"}, \"id\": %" G_GINT64_FORMAT "}\n",
                 number);
  return sayf (fd, "{\"return\": {\"calls\": %d}, \"id\": %" G_GINT64_FORMAT "}\n", agent->calls, number);
}

/* FALSE when the test is over. */
static gboolean
wait_readable (Agent *agent, int fd)
{
  struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = agent->stop[0], .events = POLLIN } };

  while (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  return fds[1].revents == 0;
}

/* FALSE when the test is over. */
static gboolean
serve (Agent *agent, int fd)
{
  g_autoptr (GString) heard = g_string_new (NULL);
  char buffer[65536];

  for (;;)
    {
      gssize length;
      char *end;

      if (!wait_readable (agent, fd))
        return FALSE;
      length = read (fd, buffer, sizeof buffer);
      if (length <= 0)
        return TRUE;
      g_string_append_len (heard, buffer, length);
      while ((end = strchr (heard->str, '\n')) != NULL)
        {
          g_autofree char *line = g_strndup (heard->str, end - heard->str);

          g_string_erase (heard, 0, end - heard->str + 1);
          if (!answer (agent, fd, line))
            return TRUE;
        }
      /* A request that is still to come: one that hangs up early. */
      if (strstr (heard->str, "\"hang-up\"") != NULL)
        return TRUE;
    }
}

static int
listen_on (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  unlink (path);
  g_strlcpy (name.sun_path, path, sizeof name.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  return fd;
}

static void
serve_all (Agent *agent, int listener)
{
  gboolean going = TRUE;

  for (guint i = 0; going && (agent->connections == 0 || i < agent->connections); i++)
    {
      int fd;

      if (!wait_readable (agent, listener))
        return;
      fd = accept (listener, NULL, NULL);
      going = serve (agent, fd);
      close (fd);
    }
}

static gpointer
run_agent (gpointer data)
{
  Agent *agent = data;
  struct pollfd stop = { .fd = agent->stop[0], .events = POLLIN };
  int listener;

  if (agent->fd >= 0)
    {
      serve (agent, agent->fd);
      return NULL;
    }
  if (poll (&stop, 1, agent->late_ms) != 0)
    return NULL;
  listener = listen_on (agent->path);
  serve_all (agent, listener);
  close (listener);
  return NULL;
}

/* --- The fixture -------------------------------------------------------- */

typedef struct
{
  char *directory;
  char *path;
  Agent agent;
  int pty; /* the slave, held so that the master does not hang up; or -1 */
  GwClient *client;
  guint descriptors;
} Fixture;

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;

  f->descriptors = count_descriptors ();
  f->directory = g_dir_make_tmp ("gw-client-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, "agent.sock", NULL);
  f->agent.path = f->path;
  f->agent.fd = -1;
  f->pty = -1;
  g_assert_true (g_unix_open_pipe (f->agent.stop, FD_CLOEXEC, NULL));
  text = g_strconcat ("unix:", f->path, NULL);
  address = gw_address_new (text, NULL);
  f->client = gw_client_new (address);
}

static void
start_agent (Fixture *f)
{
  f->agent.thread = g_thread_new ("agent", run_agent, &f->agent);
}

static void
set_up_with_agent (Fixture *f, gconstpointer data)
{
  set_up (f, data);
  start_agent (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->client);
  close (f->agent.stop[1]);
  g_clear_pointer (&f->agent.thread, g_thread_join);
  close (f->agent.stop[0]);
  if (f->agent.fd >= 0)
    close (f->agent.fd);
  if (f->pty >= 0)
    close (f->pty);
  unlink (f->path);
  rmdir (f->directory);
  g_free (f->path);
  g_free (f->directory);
  g_assert_cmpuint (count_descriptors (), ==, f->descriptors);
}

static void
open_client (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  gw_client_open (f->client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_OPEN);
}

static void
assert_answers (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_client_call (f->client, "ping", NULL, LONG_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (value));
}

static void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  g_assert_null (*store);
  *store = g_object_ref (result);
}

static void
wait_for (GMainContext *context, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (context, TRUE);
}

static void
finish_with (Fixture *f, GAsyncResult **result, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) done = g_steal_pointer (result);

  g_assert_null (gw_client_call_finish (f->client, done, &error));
  if (!g_error_matches (error, domain, code))
    g_error ("unexpected: %s", error->message);
}

static void
finish_well (Fixture *f, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) done = g_steal_pointer (result);
  g_autoptr (JsonNode) value = gw_client_call_finish (f->client, done, &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
}

/* --- Opening ------------------------------------------------------------ */

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
  start_agent (f);
  open_client (f);
  assert_answers (f);
}

static void
test_open_waits_for_socket (Fixture *f, gconstpointer data)
{
  f->agent.late_ms = 150;
  start_agent (f);
  open_client (f);
  assert_answers (f);
}

static void
test_open_waits_for_listener (Fixture *f, gconstpointer data)
{
  /* What a hypervisor that was killed leaves behind. */
  close (listen_on (f->path));
  f->agent.late_ms = 50;
  start_agent (f);
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
  start_agent (f);
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
open_pty (Fixture *f, Agent *agent, GwClient **client)
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
  start_agent (f);
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

/* --- Calls -------------------------------------------------------------- */

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
  Agent *agent = both[0];

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

/* --- Main contexts ------------------------------------------------------ */

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
  static const struct
  {
    const char *path;
    void (*set_up) (Fixture *f, gconstpointer data);
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
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
    { "/client/context/blocking-dispatches-nothing-else", set_up_with_agent, test_blocking_dispatches_nothing_else },
    { "/client/context/blocking-among-async", set_up_with_agent, test_blocking_among_async },
    { "/client/context/two-in-turn", set_up_with_agent, test_two_contexts_in_turn },
    { "/client/context/threads-in-turn", set_up_with_agent, test_threads_in_turn },
    { "/client/context/close-in-callback", set_up_with_agent, test_close_in_callback },
    { "/client/context/state-is-notified", set_up_with_agent, test_state_is_notified },
  };

  g_test_init (&argc, &argv, NULL);
  /* GLib makes some descriptors for good. */
  g_main_context_iteration (NULL, FALSE);
  g_unix_signal_add (SIGUSR1, must_not_run, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
  return g_test_run ();
}
