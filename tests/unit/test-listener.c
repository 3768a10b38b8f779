/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwListener: its file, and who gets its connections. */

#include <fcntl.h>
#include <sys/file.h>

#include "gw-client.h"
#include "sockets.h"

typedef struct
{
  SocketPlace place;
  GwListener *listener;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  socket_place_open (&f->place);
  f->listener = gw_listener_new (f->place.path);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->listener);
  socket_place_close (&f->place);
}

static void
assert_listens (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gw_listener_listen (f->listener, &error));
  g_assert_no_error (error);
  g_assert_cmpint (gw_listener_get_state (f->listener), ==, GW_LISTENER_LISTENING);
}

static void
assert_refused (GwListener *listener, GwError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_listener_listen (listener, &error));
  g_assert_error (error, GW_ERROR, (int) code);
  g_assert_cmpint (gw_listener_get_state (listener), ==, GW_LISTENER_CLOSED);
}

/* --- The file ----------------------------------------------------------- */

static void
test_mode_and_owner (Fixture *f, gconstpointer data)
{
  gboolean root = geteuid () == 0;
  struct stat file;

  gw_listener_set_mode (f->listener, 0660);
  gw_listener_set_owner (f->listener, root ? 1234 : -1, root ? 4321 : -1);
  assert_listens (f);
  g_assert_cmpint (stat (f->place.path, &file), ==, 0);
  g_assert_cmpint (file.st_mode & 07777, ==, 0660);
  g_assert_cmpint (file.st_uid, ==, root ? 1234 : geteuid ());
  g_assert_cmpint (file.st_gid, ==, root ? 4321 : getegid ());
}

static void
test_private_unless_told (Fixture *f, gconstpointer data)
{
  struct stat file;

  assert_listens (f);
  g_assert_cmpint (stat (f->place.path, &file), ==, 0);
  g_assert_cmpint (file.st_mode & 07777, ==, 0600);
}

static void
test_stale_socket_is_replaced (Fixture *f, gconstpointer data)
{
  int client;

  close (socket_listen (f->place.path));
  assert_listens (f);
  client = socket_connect (f->place.path);
  g_assert_cmpint (client, >=, 0);
  close (client);
}

/* Any user who can read it can lock it. */
static void
test_locked_folder_is_not_waited_for (Fixture *f, gconstpointer data)
{
  int folder = open (f->place.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  g_assert_cmpint (flock (folder, LOCK_EX), ==, 0);
  assert_listens (f);
  close (folder);
}

static void
test_live_socket_is_left_alone (Fixture *f, gconstpointer data)
{
  int live = socket_listen (f->place.path);
  int client;

  assert_refused (f->listener, GW_ERROR_BUSY);
  client = socket_connect (f->place.path);
  g_assert_cmpint (client, >=, 0);
  close (client);
  close (live);
}

static void
test_other_files_are_left_alone (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_set_contents (f->place.path, "mine", -1, NULL));
  assert_refused (f->listener, GW_ERROR_BUSY);
  g_assert_true (g_file_get_contents (f->place.path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "mine");
}

static void
test_close_removes_its_own_only (Fixture *f, gconstpointer data)
{
  int other;

  assert_listens (f);
  gw_listener_close (f->listener);
  g_assert_false (g_file_test (f->place.path, G_FILE_TEST_EXISTS));

  assert_listens (f);
  g_unlink (f->place.path);
  other = socket_listen (f->place.path);
  gw_listener_close (f->listener);
  g_assert_true (g_file_test (f->place.path, G_FILE_TEST_EXISTS));
  close (other);
}

static void
test_bad_paths (void)
{
  g_autofree char *too_long = g_strnfill (108, 'x');
  g_autoptr (GwListener) relative = gw_listener_new ("a.sock");
  g_autoptr (GwListener) nowhere = gw_listener_new ("/nonexistent/a.sock");
  g_autoptr (GwListener) large = NULL;

  too_long[0] = '/';
  large = gw_listener_new (too_long);
  assert_refused (relative, GW_ERROR_INVALID_ADDRESS);
  assert_refused (large, GW_ERROR_INVALID_ADDRESS);
  assert_refused (nowhere, GW_ERROR_CONNECT);
}

/* --- Connections -------------------------------------------------------- */

static void
on_opened (GObject *object, GAsyncResult *result, gpointer data)
{
  GError **error = data;

  g_assert_false (gw_client_open_finish (GW_CLIENT (object), result, error));
}

static void
test_next_hypervisor_takes_over (Fixture *f, gconstpointer data)
{
  g_autoptr (GwClient) client = gw_client_new_for_listener (f->listener);
  g_autoptr (GError) error = NULL;
  int first, second;

  gw_client_open_async (client, GW_TIMEOUT_NONE, NULL, on_opened, &error);
  wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_LISTENING);
  first = socket_connect (f->place.path);
  wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_CONNECTED);
  socket_hear (first, "\xFF{\"execute\":\"guest-sync-delimited\"");
  second = socket_connect (f->place.path);
  settle ();
  g_assert_false (socket_is_readable (second));
  close (first);
  socket_hear (second, "\xFF{\"execute\":\"guest-sync-delimited\"");
  close (second);

  gw_client_close (client);
  wait_until (error != NULL);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (gw_listener_get_state (f->listener), ==, GW_LISTENER_LISTENING);
}

/* As an agent does; also what is said again where that is slow. */
static gboolean
answer_syncs (int fd)
{
  while (socket_is_readable (fd))
    {
      char line[256] = "";
      g_autofree char *reply = NULL;
      const char *number;

      for (gsize at = 0; strchr (line, '\n') == NULL; at++)
        {
          g_assert_cmpuint (at, <, sizeof line - 1);
          g_assert_cmpint (recv (fd, line + at, 1, 0), ==, 1);
        }
      number = strstr (line, "\"id\":");
      g_assert_nonnull (number);
      reply = g_strdup_printf ("\xFF{\"return\": %" G_GINT64_FORMAT "}\n",
                               g_ascii_strtoll (number + strlen ("\"id\":"), NULL, 10));
      socket_say (fd, reply, strlen (reply));
    }
  return TRUE;
}

static void
store_opened (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean *opened = data;

  *opened = gw_client_open_finish (GW_CLIENT (object), result, &error);
  g_assert_no_error (error);
}

/* A machine was moved, and the hypervisor that it left stays connected. */
static void
test_answer_takes_the_place_of_silence (Fixture *f, gconstpointer data)
{
  g_autoptr (GwClient) client = gw_client_new_for_listener (f->listener);
  gboolean opened = FALSE;
  int first, mute, second;

  gw_client_open_async (client, GW_TIMEOUT_NONE, NULL, store_opened, &opened);
  wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_LISTENING);
  first = socket_connect (f->place.path);
  wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_CONNECTED);
  /* Whoever left before it was heard holds nobody up. */
  mute = socket_connect (f->place.path);
  close (mute);
  second = socket_connect (f->place.path);
  wait_until (answer_syncs (second) && opened);
  socket_hear (first, "\xFF{\"execute\":\"guest-sync-delimited\"");
  g_assert_cmpint (gw_listener_get_state (f->listener), ==, GW_LISTENER_CONNECTED);
  close (first);
  gw_client_close (client);
  close (second);
}

static void
test_closing_ends_the_opening (Fixture *f, gconstpointer data)
{
  g_autoptr (GwClient) client = gw_client_new_for_listener (f->listener);
  g_autoptr (GError) error = NULL;

  gw_client_open_async (client, GW_TIMEOUT_NONE, NULL, on_opened, &error);
  wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_LISTENING);
  gw_listener_close (f->listener);
  wait_until (error != NULL);
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
}

typedef struct
{
  GwClient *client;
  GwListenerState at;
  gboolean was_connected;
  gboolean done;
} Closing;

static void
close_at_state (GwListener *listener, GParamSpec *pspec, gpointer data)
{
  Closing *closing = data;
  GwListenerState state = gw_listener_get_state (listener);

  closing->was_connected |= state == GW_LISTENER_CONNECTED;
  if (closing->done || !closing->was_connected || state != closing->at)
    return;
  closing->done = TRUE;
  gw_client_close (closing->client);
  g_clear_object (&closing->client);
}

/* As a program does that wants none of this hypervisor. */
static void
test_closed_in_its_notification (Fixture *f, gconstpointer data)
{
  static const GwListenerState states[] = { GW_LISTENER_CONNECTED, GW_LISTENER_LISTENING };

  for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
    {
      Closing closing = { .client = gw_client_new_for_listener (f->listener), .at = states[i] };
      gulong handler = g_signal_connect (f->listener, "notify::state", G_CALLBACK (close_at_state), &closing);
      g_autoptr (GError) error = NULL;
      int hypervisor;

      gw_client_open_async (closing.client, GW_TIMEOUT_NONE, NULL, on_opened, &error);
      wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_LISTENING);
      hypervisor = socket_connect (f->place.path);
      wait_until (closing.was_connected);
      close (hypervisor);
      wait_until (closing.done && error != NULL);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_signal_handler_disconnect (f->listener, handler);
    }
}

static void
count_state (GwListener *listener, GParamSpec *pspec, gpointer data)
{
  ++*(guint *) data;
}

/* While a blocking function waits, too. */
static void
test_states_are_told (Fixture *f, gconstpointer data)
{
  g_autoptr (GwClient) client = gw_client_new_for_listener (f->listener);
  g_autoptr (GError) error = NULL;
  guint told = 0;
  int hypervisor;

  g_signal_connect (f->listener, "notify::state", G_CALLBACK (count_state), &told);
  assert_listens (f);
  g_assert_cmpuint (told, ==, 1);
  hypervisor = socket_connect (f->place.path);
  g_assert_false (gw_client_open (client, 200, NULL, &error));
  wait_until (told == 3);
  g_assert_cmpint (gw_listener_get_state (f->listener), ==, GW_LISTENER_LISTENING);
  gw_listener_close (f->listener);
  g_assert_cmpuint (told, ==, 4);
  close (hypervisor);
}

static void
test_nobody_connects (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strconcat ("unix-listen:", f->place.path, NULL);
  g_autoptr (GwAddress) address = gw_address_new (text, NULL);
  g_autoptr (GwClient) client = gw_client_new (address);
  g_autoptr (GError) error = NULL;

  g_assert_false (gw_client_open (client, 50, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_nonnull (strstr (error->message, "no hypervisor connected in 0.05 s"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/listener/file/mode-and-owner", test_mode_and_owner },
    { "/listener/file/private-unless-told", test_private_unless_told },
    { "/listener/file/stale-socket-is-replaced", test_stale_socket_is_replaced },
    { "/listener/file/locked-folder-is-not-waited-for", test_locked_folder_is_not_waited_for },
    { "/listener/file/live-socket-is-left-alone", test_live_socket_is_left_alone },
    { "/listener/file/other-files-are-left-alone", test_other_files_are_left_alone },
    { "/listener/file/close-removes-its-own-only", test_close_removes_its_own_only },
    { "/listener/connection/next-hypervisor-takes-over", test_next_hypervisor_takes_over },
    { "/listener/connection/answer-takes-the-place-of-silence", test_answer_takes_the_place_of_silence },
    { "/listener/connection/closing-ends-the-opening", test_closing_ends_the_opening },
    { "/listener/connection/closed-in-its-notification", test_closed_in_its_notification },
    { "/listener/connection/states-are-told", test_states_are_told },
    { "/listener/connection/nobody-connects", test_nobody_connects },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, set_up, rows[i].test, tear_down);
  g_test_add_func ("/listener/file/bad-paths", test_bad_paths);
  return g_test_run ();
}
