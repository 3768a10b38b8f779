/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-forward-connect and guestwire-forward-listen, as a host in frames
 * has them. */

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frames-host.h"
#include "gw-limits.h"
#include "gw-listening.h"
#include "rows.h"
#include "wait.h"

/* --- A server in the guest -------------------------------------------------- */

typedef struct
{
  Host host;
  char *folder;
  char *address; /* of the server */
  GwListening *listening;
} Place;

static void
open_place (Place *place, const char *address)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwEndpoint) endpoint = NULL;

  host_open (&place->host, GW_PORT_SOCKET);
  place->folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  place->address
      = address != NULL ? g_strdup (address) : g_strdup_printf ("unix:%s/server", place->folder);
  endpoint = gw_endpoint_parse (place->address, GW_ENDPOINT_LISTEN, NULL);
  place->listening = gw_listening_open (endpoint, 0600, &error);
  g_assert_no_error (error);
  if (endpoint->path == NULL)
    {
      endpoint->port = place->listening->port;
      g_free (place->address);
      place->address = gw_endpoint_to_string (endpoint);
    }
}

static void
close_place (Place *place)
{
  host_close (&place->host);
  gw_listening_close (place->listening);
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->address);
}

static Run *
begin (Place *place, const char *command, const char *address)
{
  g_autofree char *arguments = g_strdup_printf ("{\"address\":\"%s\"}", address);

  return run_begin_command (&place->host, command, arguments, TRUE);
}

static int
take_client (Place *place)
{
  int listening = place->listening->n_fds > 0 ? place->listening->fds[0] : place->listening->socket.fd;
  int fd = -1;

  host_wait (&place->host, (fd = accept4 (listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
  return fd;
}

static char *
hear_all (Place *place, int fd)
{
  GString *heard = g_string_new (NULL);
  char buffer[65536];
  gssize length = -1;

  do
    {
      host_wait (&place->host, (length = read (fd, buffer, sizeof buffer)) >= 0 || errno != EAGAIN);
      g_string_append_len (heard, buffer, MAX (length, 0));
    }
  while (length > 0);
  return g_string_free (heard, FALSE);
}

/* --- To the guest ------------------------------------------------------------- */

static void
test_connect (gconstpointer data)
{
  Place place;
  Run *run;
  g_autofree char *heard = NULL;
  int fd;

  open_place (&place, data);
  run = begin (&place, "guestwire-forward-connect", place.address);
  fd = take_client (&place);
  g_assert_cmpstr (answer (&place.host, run->id), ==, "{\"return\":{}}");
  run_say (run, "to the guest");
  run_finish (run);
  heard = hear_all (&place, fd);
  g_assert_cmpstr (heard, ==, "to the guest");
  g_assert_cmpint (write (fd, "and back", 8), ==, 8);
  g_assert_false (run->over[0]);
  close (fd);
  host_wait (&place.host, run->over[0]);
  g_assert_cmpstr (run->said[0]->str, ==, "and back");
  close_place (&place);
}

typedef struct
{
  const char *name;
  const char *address;
  const char *desc;
} Refusal;

static const Refusal refused[] = {
  { "nobody-listens", "unix:/nonexistent/x", FAILED ("cannot connect to unix:/nonexistent/x: No such file or directory") },
  { "port-is-free", "tcp:127.0.0.1:1", FAILED ("cannot connect to tcp:127.0.0.1:1: Could not connect to 127.0.0.1: Connection refused") },
  { "no-address", "x", FAILED ("'x': a port is a number from 1 to 65535") },
};

static void
test_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autofree char *arguments = g_strdup_printf ("{\"address\":\"%s\"}", refusal->address);
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  assert_answer (&host, "guestwire-forward-connect", arguments, refusal->desc);
  host_close (&host);
}

/* The connection goes with its session, and nobody takes it for a whole one. */
static void
test_session_ends (void)
{
  Place place;
  Run *run;
  char byte;
  int fd;

  open_place (&place, "tcp:127.0.0.1:0");
  run = begin (&place, "guestwire-forward-connect", place.address);
  fd = take_client (&place);
  run_wait_started (run);
  gw_session_close (place.host.session, "the end", g_get_monotonic_time ());
  host_wait (&place.host, read (fd, &byte, 1) >= 0 || errno != EAGAIN);
  g_assert_cmpint (read (fd, &byte, 1), <=, 0);
  close (fd);
  close_place (&place);
}

/* While the session has no connection, the socket's other end waits. */
static void
test_session_parks (void)
{
  Place place;
  Run *run;
  int fd;

  open_place (&place, NULL);
  run = begin (&place, "guestwire-forward-connect", place.address);
  fd = take_client (&place);
  run_wait_started (run);
  host_disconnect (&place.host);
  g_assert_cmpint (write (fd, "meanwhile", 9), ==, 9);
  host_connect (&place.host);
  run_wait_said (run, "meanwhile");
  g_assert_cmpuint (place.host.resumed, ==, 1);
  close (fd);
  host_wait (&place.host, run->over[0]);
  close_place (&place);
}

/* One that sends as fast as it can, and one whose byte goes there and back
 * meanwhile; and a third that nobody reads. */
static void
test_beside_each_other (void)
{
  g_autofree char *much = g_strnfill (GW_MIB, 'x');
  Place place;
  Run *bulk, *quiet, *small;
  int bulk_fd, quiet_fd, small_fd;
  char byte;

  open_place (&place, NULL);
  bulk = begin (&place, "guestwire-forward-connect", place.address);
  bulk_fd = take_client (&place);
  quiet = begin (&place, "guestwire-forward-connect", place.address);
  quiet->slow = TRUE;
  quiet_fd = take_client (&place);
  small = begin (&place, "guestwire-forward-connect", place.address);
  small_fd = take_client (&place);
  run_wait_started (small);
  for (guint i = 0; i < 50; i++)
    {
      gsize before = bulk->total;

      while (write (quiet_fd, much, GW_MIB) > 0)
        continue;
      g_assert_true (write (bulk_fd, much, GW_MIB) > 0 || errno == EAGAIN);
      g_assert_cmpint (write (small_fd, "x", 1), ==, 1);
      host_wait (&place.host, small->total == i + 1);
      /* It has not waited for what was there before it. */
      g_assert_cmpuint (bulk->total - before, <=, 2 * GW_LINK_WINDOW);
      run_say (small, "y");
      host_wait (&place.host, read (small_fd, &byte, 1) == 1);
    }
  g_assert_cmpuint (bulk->total, >, GW_MIB);
  g_assert_cmpuint (quiet->total, <=, GW_STREAM_LENT_MAX + GW_STREAM_SHARE_LEAST);
  close (bulk_fd);
  close (quiet_fd);
  close (small_fd);
  close_place (&place);
}

/* --- To the host ---------------------------------------------------------------- */

static int
connect_to (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  strncpy (name.sun_path, path, sizeof name.sun_path - 1);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  return fd;
}

static void
test_listen (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *arguments = g_strdup_printf ("{\"address\":\"unix:%s\",\"mode\":432}", path);
  GStatBuf status;
  guint16 listening;
  Host host;
  Run *run;
  int fd;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin_command (&host, "guestwire-forward-listen", arguments, FALSE);
  run_wait_started (run);
  listening = run->streams[0];
  host_wait (&host, run->over[0]);
  run->input = TRUE;
  run->over[0] = FALSE;
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0660);
  fd = connect_to (path);
  host_wait (&host, run->streams[0] != listening);
  g_assert_cmpint (write (fd, "hello", 5), ==, 5);
  run_wait_said (run, "hello");
  /* It lives on when nobody listens any more. */
  gw_session_cancel (host.session, run->id);
  host_wait (&host, !g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (write (fd, "more", 4), ==, 4);
  run_wait_said (run, "hellomore");
  close (fd);
  host_wait (&host, run->over[0]);
  host_close (&host);
  g_rmdir (folder);
}

static void
test_listen_refused (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *arguments = g_strdup_printf ("{\"address\":\"unix:%s\"}", path);
  g_autofree char *desc = g_strdup_printf (FAILED ("%s is there and is no socket"), path);
  Host host;

  g_assert_true (g_file_set_contents (path, "mine", -1, NULL));
  host_open (&host, GW_PORT_SOCKET);
  assert_answer (&host, "guestwire-forward-listen", arguments, desc);
  assert_answer (&host, "guestwire-forward-listen", "{\"address\":\"0\",\"mode\":512}",
                 FAILED ("Parameter 'mode' has to be a number from 0 to 511"));
  host_close (&host);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_rmdir (folder);
}

/* The socket goes with the session, also one that was asked for just now. */
static void
test_listen_ends (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *arguments = g_strdup_printf ("{\"address\":\"unix:%s\"}", path);
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin_command (&host, "guestwire-forward-listen", arguments, FALSE);
  run_wait_started (run);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  gw_session_close (host.session, "the end", g_get_monotonic_time ());
  host_wait (&host, !g_file_test (path, G_FILE_TEST_EXISTS));
  host_close (&host);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/forward-agent/connect/unix", NULL, test_connect);
  g_test_add_data_func ("/forward-agent/connect/tcp", "tcp:127.0.0.1:0", test_connect);
  g_test_add_data_func ("/forward-agent/connect/tcp-6", "tcp:[::1]:0", test_connect);
  g_test_add_data_func ("/forward-agent/connect/by-name", "tcp:localhost:0", test_connect);
  ADD_ROWS ("/forward-agent/refused/", refused, test_refused);
  g_test_add_func ("/forward-agent/session-ends-connections", test_session_ends);
  g_test_add_func ("/forward-agent/connections-outlive-a-parked-session", test_session_parks);
  g_test_add_func ("/forward-agent/bulk-starves-nobody", test_beside_each_other);
  g_test_add_func ("/forward-agent/listen", test_listen);
  g_test_add_func ("/forward-agent/listen-refused", test_listen_refused);
  g_test_add_func ("/forward-agent/session-ends-listening", test_listen_ends);
  return g_test_run ();
}
