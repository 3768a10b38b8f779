/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwBridge: what a client says reaches the address, and the other way. */

#include "gw-bridge.h"
#include "gw-limits.h"
#include "sockets.h"

typedef struct
{
  SocketPlace near; /* what the bridge makes */
  SocketPlace far;  /* what it connects to */
  GwListener *listener;
  GwBridge *bridge;
  guint opened;
  guint closed;
  GError *error; /* of the last end */
} Fixture;

static void
on_opened (GwBridge *bridge, Fixture *f)
{
  f->opened++;
}

static void
on_closed (GwBridge *bridge, const GError *error, Fixture *f)
{
  f->closed++;
  g_clear_error (&f->error);
  f->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GwAddress) address = NULL;
  g_autofree char *text = NULL;

  socket_place_open (&f->near);
  socket_place_open (&f->far);
  text = g_strconcat ("unix:", f->far.path, NULL);
  address = gw_address_new (text, NULL);
  f->listener = gw_listener_new (f->near.path);
  f->bridge = gw_bridge_new (address, f->listener);
  g_signal_connect (f->bridge, "opened", G_CALLBACK (on_opened), f);
  g_signal_connect (f->bridge, "closed", G_CALLBACK (on_closed), f);
  g_assert_true (gw_bridge_start (f->bridge, NULL));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->bridge);
  g_clear_object (&f->listener);
  g_clear_error (&f->error);
  socket_place_close (&f->far);
  socket_place_close (&f->near);
}

static int
accept_from (int server)
{
  wait_until (socket_is_readable (server));
  return accept (server, NULL, NULL);
}

static void
test_both_ways (Fixture *f, gconstpointer data)
{
  int server = socket_listen (f->far.path);
  int client = socket_connect (f->near.path);
  int far = accept_from (server);

  socket_say (client, "hello", 5);
  socket_hear (far, "hello");
  socket_say (far, "\xFFthere", 6);
  socket_hear (client, "\xFFthere");
  close (client);
  socket_hear_end (far);
  wait_until (f->closed == 1);
  g_assert_no_error (f->error);
  close (far);
  close (server);
}

static void
test_far_end_closes (Fixture *f, gconstpointer data)
{
  int server = socket_listen (f->far.path);
  int client = socket_connect (f->near.path);
  int far = accept_from (server);

  socket_say (far, "bye", 3);
  close (far);
  socket_hear (client, "bye");
  socket_hear_end (client);
  close (client);
  close (server);
}

static void
test_next_client_waits (Fixture *f, gconstpointer data)
{
  int server = socket_listen (f->far.path);
  int first = socket_connect (f->near.path);
  int second = socket_connect (f->near.path);
  int far = accept_from (server);

  socket_say (second, "second", 6);
  socket_say (first, "first", 5);
  socket_hear (far, "first");
  settle ();
  g_assert_false (socket_is_readable (far));
  close (first);
  socket_hear_end (far);
  close (far);
  far = accept_from (server);
  socket_hear (far, "second");
  close (far);
  close (second);
  close (server);
}

static void
test_said_and_left (Fixture *f, gconstpointer data)
{
  int server = socket_listen (f->far.path);
  int client = socket_connect (f->near.path);
  int far;

  socket_say (client, "cmdline", 7);
  close (client);
  far = accept_from (server);
  socket_hear (far, "cmdline");
  socket_hear_end (far);
  close (far);
  close (server);
}

static void
test_address_comes_late (Fixture *f, gconstpointer data)
{
  int client = socket_connect (f->near.path);
  int server, far;

  socket_say (client, "early", 5);
  wait_until (gw_listener_get_state (f->listener) == GW_LISTENER_CONNECTED);
  settle ();
  server = socket_listen (f->far.path);
  far = accept_from (server);
  socket_hear (far, "early");
  close (far);
  close (client);
  close (server);
}

static void
test_left_before_it_opened (Fixture *f, gconstpointer data)
{
  close (socket_connect (f->near.path));
  wait_until (f->closed == 1);
  g_assert_error (f->error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_cmpuint (f->opened, ==, 0);
}

static void
fill (int fd, gsize *sent)
{
  static char piece[GW_MIB];
  gssize length;

  while ((length = send (fd, piece, sizeof piece, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
    *sent += length;
}

/* A reader that stops, stops the writer, and nothing is lost. */
static void
test_slow_reader (Fixture *f, gconstpointer data)
{
  int server = socket_listen (f->far.path);
  int client = socket_connect (f->near.path);
  int far = accept_from (server);
  gsize sent = 0, got = 0, before;
  static char buffer[GW_MIB];

  do
    {
      before = sent;
      fill (client, &sent);
      settle ();
    }
  while (sent > before);
  g_assert_cmpuint (sent, <, 4 * GW_MIB);
  shutdown (client, SHUT_WR);
  while (got < sent)
    {
      gssize length;

      wait_until (socket_is_readable (far));
      length = recv (far, buffer, sizeof buffer, 0);
      g_assert_cmpint (length, >, 0);
      got += length;
    }
  socket_hear_end (far);
  close (far);
  close (client);
  close (server);
}

static void
test_stops_with_its_listener (Fixture *f, gconstpointer data)
{
  int server = socket_listen (f->far.path);
  int client = socket_connect (f->near.path);
  int far = accept_from (server);

  gw_listener_close (f->listener);
  socket_hear_end (client);
  socket_hear_end (far);
  close (far);
  close (client);
  close (server);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/bridge/both-ways", test_both_ways },
    { "/bridge/far-end-closes", test_far_end_closes },
    { "/bridge/next-client-waits", test_next_client_waits },
    { "/bridge/said-and-left-is-delivered", test_said_and_left },
    { "/bridge/address-comes-late", test_address_comes_late },
    { "/bridge/left-before-it-opened", test_left_before_it_opened },
    { "/bridge/slow-reader-stops-the-writer", test_slow_reader },
    { "/bridge/stops-with-its-listener", test_stops_with_its_listener },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, set_up, rows[i].test, tear_down);
  return g_test_run ();
}
