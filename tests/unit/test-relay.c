/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ends of forwarded connections: how they are written, what is listened on, and
 * the relay between a socket and a stream, which is this test. */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-listening.h"
#include "gw-relay.h"
#include "wait.h"

/* --- Addresses ------------------------------------------------------------ */

static const struct
{
  const char *text;
  GwEndpointUse use;
  const char *full; /* NULL: it is none */
} addresses[] = {
  { "unix:/run/x", GW_ENDPOINT_LISTEN, "unix:/run/x" },
  { "/run/x:1", GW_ENDPOINT_CONNECT, "unix:/run/x:1" },
  { "tcp:h:1", GW_ENDPOINT_CONNECT, "tcp:h:1" },
  { "example.org:65535", GW_ENDPOINT_CONNECT, "tcp:example.org:65535" },
  { "80", GW_ENDPOINT_CONNECT, "tcp:localhost:80" },
  { ":80", GW_ENDPOINT_LISTEN, "tcp:localhost:80" },
  { "tcp:80", GW_ENDPOINT_CONNECT, "tcp:localhost:80" },
  { "[::1]:80", GW_ENDPOINT_CONNECT, "tcp:[::1]:80" },
  { "[fe80::1%eth0]:80", GW_ENDPOINT_CONNECT, NULL },
  { "*:0", GW_ENDPOINT_LISTEN, "tcp:*:0" },
  { "*:80", GW_ENDPOINT_CONNECT, NULL },
  { "h:0", GW_ENDPOINT_CONNECT, NULL },
  { "h:65536", GW_ENDPOINT_LISTEN, NULL },
  { "::1:80", GW_ENDPOINT_CONNECT, NULL },
  { "[]:80", GW_ENDPOINT_CONNECT, NULL },
  { "h h:80", GW_ENDPOINT_CONNECT, NULL },
  { "h", GW_ENDPOINT_CONNECT, NULL },
  { "", GW_ENDPOINT_LISTEN, NULL },
  { "unix:", GW_ENDPOINT_LISTEN, NULL },
  { "unix:x", GW_ENDPOINT_LISTEN, NULL },
  { "h:-1", GW_ENDPOINT_CONNECT, NULL },
  { "h:\xff", GW_ENDPOINT_CONNECT, NULL },
};

static void
test_addresses (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwEndpoint) endpoint = gw_endpoint_parse (addresses[i].text, addresses[i].use, &error);
      g_autofree char *full = endpoint != NULL ? gw_endpoint_to_string (endpoint) : NULL;

      g_test_message ("%u", i);
      g_assert_cmpstr (full, ==, addresses[i].full);
      g_assert_true (endpoint != NULL || g_error_matches (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS));
      if (error != NULL)
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

static void
test_long_addresses (void)
{
  g_autofree char *path = g_strnfill (200, 'x');
  g_autofree char *text = g_strconcat ("/", path, NULL);
  g_autofree char *host = g_strnfill (300, 'x');
  g_autofree char *other = g_strconcat (host, ":80", NULL);

  g_assert_null (gw_endpoint_parse (text, GW_ENDPOINT_LISTEN, NULL));
  g_assert_null (gw_endpoint_parse (other, GW_ENDPOINT_CONNECT, NULL));
}

/* --- Listening -------------------------------------------------------------- */

static GwListening *
listen_on (const char *text, GError **error)
{
  g_autoptr (GwEndpoint) endpoint = gw_endpoint_parse (text, GW_ENDPOINT_LISTEN, NULL);

  return gw_listening_open (endpoint, 0600, error);
}

static void
test_listening_on_a_port (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwListening) first = listen_on ("127.0.0.1:0", &error);
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (first->port, >, 0);
  again = g_strdup_printf ("127.0.0.1:%u", first->port);
  g_assert_null (listen_on (again, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
}

static void
test_listening_on_a_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwListening) first = NULL;
  int left;

  /* What a crash has left. */
  first = listen_on (path, NULL);
  left = fcntl (first->socket.fd, F_DUPFD_CLOEXEC, 0);
  first->socket.inode = 0;
  g_clear_pointer (&first, gw_listening_close);
  g_assert_null (listen_on (path, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
  g_clear_error (&error);
  close (left);
  first = listen_on (path, &error);
  g_assert_no_error (error);
  g_clear_pointer (&first, gw_listening_close);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_rmdir (folder);
}

/* --- The relay -------------------------------------------------------------- */

typedef struct
{
  GwRelay *relay; /* NULL once it is over */
  int fd;         /* the socket's other end */
  GString *said;  /* by the socket */
  gsize room;
  gsize consumed;
  gboolean finished;
  char *reset;
  char *error;
  gboolean ended;
} Fixture;

static gsize
get_room (gpointer data)
{
  return ((Fixture *) data)->room;
}

static void
write_bytes (GBytes *bytes, gpointer data)
{
  Fixture *fixture = data;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  g_assert_cmpuint (length, <=, fixture->room);
  g_assert_false (fixture->finished);
  g_string_append_len (fixture->said, text, length);
  fixture->room -= length;
}

static void
finish (gpointer data)
{
  ((Fixture *) data)->finished = TRUE;
}

static void
consumed (gsize length, gpointer data)
{
  ((Fixture *) data)->consumed += length;
}

static void
reset (const char *why, gpointer data)
{
  ((Fixture *) data)->reset = g_strdup (why);
}

static void
ended (const GError *error, gpointer data)
{
  Fixture *fixture = data;

  fixture->ended = TRUE;
  fixture->error = error != NULL ? g_strdup (error->message) : NULL;
  g_clear_pointer (&fixture->relay, gw_relay_free);
}

static void
open_fixture (Fixture *fixture)
{
  static const GwRelayEvents events = { get_room, write_bytes, finish, consumed, reset, ended };
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  *fixture = (Fixture){ .fd = fds[1], .said = g_string_new (NULL), .room = GW_STREAM_QUEUE_MAX };
  fixture->relay = gw_relay_new (NULL, fds[0], &events, fixture, NULL);
}

static void
close_fixture (Fixture *fixture)
{
  g_clear_pointer (&fixture->relay, gw_relay_free);
  if (fixture->fd >= 0)
    close (fixture->fd);
  g_string_free (fixture->said, TRUE);
  g_free (fixture->reset);
  g_free (fixture->error);
}

static void
receive (Fixture *fixture, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  gw_relay_receive (fixture->relay, bytes);
}

static void
test_relay_both_ways (void)
{
  Fixture fixture;
  char buffer[8] = "";

  open_fixture (&fixture);
  g_assert_cmpint (write (fixture.fd, "hello", 5), ==, 5);
  wait_until (fixture.said->len == 5);
  wait_until (gw_relay_get_waiting (fixture.relay) == 0);
  receive (&fixture, "there");
  wait_until (fixture.consumed == 5);
  g_assert_cmpint (read (fixture.fd, buffer, sizeof buffer), ==, 5);
  g_assert_cmpuint (gw_relay_get_sent (fixture.relay), ==, 5);
  g_assert_cmpuint (gw_relay_get_received (fixture.relay), ==, 5);
  close_fixture (&fixture);
}

/* Each direction has an end of its own, and both are the end of all. */
static void
test_relay_ends (gconstpointer data)
{
  gboolean socket_first = GPOINTER_TO_INT (data);
  Fixture fixture;
  char buffer[8];

  open_fixture (&fixture);
  if (socket_first)
    {
      shutdown (fixture.fd, SHUT_WR);
      wait_until (fixture.finished);
      receive (&fixture, "late");
    }
  gw_relay_receive_fin (fixture.relay);
  if (!socket_first)
    {
      wait_until (read (fixture.fd, buffer, sizeof buffer) == 0);
      g_assert_cmpint (write (fixture.fd, "late", 4), ==, 4);
      shutdown (fixture.fd, SHUT_WR);
    }
  wait_until (fixture.ended);
  g_assert_true (fixture.finished);
  g_assert_null (fixture.error);
  g_assert_null (fixture.reset);
  if (socket_first)
    g_assert_cmpint (read (fixture.fd, buffer, sizeof buffer), ==, 4);
  else
    g_assert_cmpstr (fixture.said->str, ==, "late");
  close_fixture (&fixture);
}

/* It reads no more than there is room for, and takes no more credit than the
 * socket takes bytes. */
static void
test_relay_waits (void)
{
  g_autofree char *much = g_strnfill (1000000, 'x');
  char buffer[65536];
  Fixture fixture;
  gsize all = 0;

  open_fixture (&fixture);
  fixture.room = 10;
  g_assert_cmpint (write (fixture.fd, much, 100), ==, 100);
  wait_until (fixture.said->len == 10);
  receive (&fixture, much);
  wait_until (fixture.consumed > 0);
  g_assert_cmpuint (fixture.consumed, <, 1000000);
  g_assert_cmpuint (gw_relay_get_waiting (fixture.relay), ==, 1000000 - fixture.consumed);
  fixture.room = 100;
  gw_relay_go_on (fixture.relay);
  g_assert_cmpuint (fixture.said->len, ==, 100);
  while (all < 1000000)
    {
      gssize length = read (fixture.fd, buffer, sizeof buffer);

      all += MAX (length, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  wait_until (fixture.consumed == 1000000);
  close_fixture (&fixture);
}

/* What came before a reset is written, also what came just before it. */
static void
test_relay_reset (gconstpointer data)
{
  gboolean said_all = GPOINTER_TO_INT (data);
  g_autofree char *much = g_strnfill (1000000, 'x');
  char buffer[65536];
  Fixture fixture;
  gsize all = 0;
  gssize length;

  open_fixture (&fixture);
  receive (&fixture, much);
  if (said_all)
    gw_relay_receive_fin (fixture.relay);
  gw_relay_receive_reset (fixture.relay, "gone");
  g_assert_false (fixture.ended);
  while ((length = read (fixture.fd, buffer, sizeof buffer)) > 0 || (length < 0 && errno == EAGAIN))
    {
      all += MAX (length, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (all, ==, 1000000);
  wait_until (fixture.ended);
  g_assert_cmpstr (fixture.error, ==, "gone");
  g_assert_null (fixture.reset);
  close_fixture (&fixture);
}

/* Who must say all before he listens can do so, though nobody hears it. */
static void
test_relay_reset_of_one_who_speaks (void)
{
  g_autofree char *much = g_strnfill (1000000, 'x');
  char buffer[65536];
  Fixture fixture;
  gsize said = 0, all = 0;
  gssize length;

  open_fixture (&fixture);
  fixture.room = 0;
  receive (&fixture, much);
  gw_relay_receive_reset (fixture.relay, "gone");
  while (said < 1000000)
    {
      length = write (fixture.fd, much, 1000000 - said);
      said += MAX (length, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_false (fixture.ended);
  while ((length = read (fixture.fd, buffer, sizeof buffer)) > 0 || (length < 0 && errno == EAGAIN))
    {
      all += MAX (length, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (all, ==, 1000000);
  wait_until (fixture.ended);
  g_assert_cmpuint (fixture.said->len, ==, 0);
  g_assert_false (fixture.finished);
  close_fixture (&fixture);
}

/* Who closes without having read all has still said something. */
static void
test_relay_rude_socket (void)
{
  g_autofree char *much = g_strnfill (1000000, 'x');
  Fixture fixture;

  open_fixture (&fixture);
  receive (&fixture, much);
  wait_until (fixture.consumed > 0);
  g_assert_cmpint (write (fixture.fd, "sorry", 5), ==, 5);
  close (fixture.fd);
  fixture.fd = -1;
  wait_until (fixture.consumed == 1000000);
  g_assert_cmpstr (fixture.said->str, ==, "sorry");
  /* A reset would overtake that. */
  g_assert_false (fixture.ended);
  fixture.room = GW_STREAM_QUEUE_MAX;
  wait_until (fixture.ended);
  g_assert_nonnull (fixture.reset);
  g_assert_false (fixture.finished);
  close_fixture (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/endpoint/addresses", test_addresses);
  g_test_add_func ("/endpoint/too-long", test_long_addresses);
  g_test_add_func ("/listening/port-of-others-is-refused", test_listening_on_a_port);
  g_test_add_func ("/listening/file-of-the-dead-is-replaced-alone", test_listening_on_a_file);
  g_test_add_func ("/relay/both-ways", test_relay_both_ways);
  g_test_add_data_func ("/relay/ends/socket-first", GINT_TO_POINTER (TRUE), test_relay_ends);
  g_test_add_data_func ("/relay/ends/stream-first", GINT_TO_POINTER (FALSE), test_relay_ends);
  g_test_add_func ("/relay/waits-for-the-slower", test_relay_waits);
  g_test_add_data_func ("/relay/reset/in-the-middle", GINT_TO_POINTER (FALSE), test_relay_reset);
  g_test_add_data_func ("/relay/reset/when-all-was-said", GINT_TO_POINTER (TRUE), test_relay_reset);
  g_test_add_func ("/relay/reset/of-one-who-speaks", test_relay_reset_of_one_who_speaks);
  g_test_add_func ("/relay/rude-socket-is-heard-to-its-end", test_relay_rude_socket);
  return g_test_run ();
}
