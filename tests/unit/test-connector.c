/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One try to open an address that takes time. */

#include <netinet/in.h>

#include "gw-connector.h"
#include "sockets.h"

typedef struct
{
  int fd; /* -1 until connected */
  GError *error;
  gboolean may_pass;
} Outcome;

static void
on_connected (GwEnds *ends, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_assert_cmpint (ends->kind, ==, GW_PORT_SOCKET);
  outcome->fd = ends->fd;
}

static void
on_failed (GError *error, gboolean may_pass, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->error = error;
  outcome->may_pass = may_pass;
}

static const GwConnectorEvents events = { .connected = on_connected, .failed = on_failed };

static GwConnector *
begin (const char *text, Outcome *outcome)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwAddress) address = gw_address_new (text, &error);

  g_assert_no_error (error);
  outcome->fd = -1;
  return gw_connector_new (address, NULL, g_main_context_default (), &events, outcome);
}

/* Listens on a free port of the loopback interface, or only reserves one. */
static int
loopback_socket (gboolean listens, guint16 *port)
{
  struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &name, &(socklen_t){ sizeof name }), ==, 0);
  if (listens)
    g_assert_cmpint (listen (fd, 8), ==, 0);
  *port = ntohs (name.sin_port);
  return fd;
}

static void
test_tcp (gconstpointer data)
{
  guint16 port;
  int server = loopback_socket (TRUE, &port);
  g_autofree char *text = g_strdup_printf ("tcp:%s:%u", (const char *) data, port);
  Outcome outcome = { 0 };
  GwConnector *connector = begin (text, &outcome);
  int far;

  wait_until (outcome.fd >= 0 || outcome.error != NULL);
  g_assert_no_error (outcome.error);
  far = accept (server, NULL, NULL);
  socket_say (outcome.fd, "hello", 5);
  socket_hear (far, "hello");
  close (outcome.fd);
  close (far);
  close (server);
  gw_connector_free (connector);
}

static void
test_tcp_refused (void)
{
  guint16 port;
  int server = loopback_socket (FALSE, &port);
  g_autofree char *text = g_strdup_printf ("tcp:127.0.0.1:%u", port);
  Outcome outcome = { 0 };
  GwConnector *connector = begin (text, &outcome);

  wait_until (outcome.error != NULL);
  g_assert_error (outcome.error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_true (g_str_has_prefix (outcome.error->message, text));
  /* The machine may be starting. */
  g_assert_true (outcome.may_pass);
  g_clear_error (&outcome.error);
  gw_connector_free (connector);
  close (server);
}

static void
test_tcp_given_up (void)
{
  guint16 port;
  int server = loopback_socket (TRUE, &port);
  g_autofree char *text = g_strdup_printf ("tcp:127.0.0.1:%u", port);
  Outcome outcome = { 0 };

  for (guint i = 0; i < 20; i++)
    gw_connector_free (begin (text, &outcome));
  settle ();
  g_assert_cmpint (outcome.fd, ==, -1);
  g_assert_no_error (outcome.error);
  close (server);
}

/* Nobody has this context id; and a host may know no vsock at all. */
static void
test_vsock_nobody (void)
{
  Outcome outcome = { 0 };
  GwConnector *connector = begin ("vsock:4000000000:1", &outcome);

  wait_until (outcome.error != NULL);
  g_assert_error (outcome.error, GW_ERROR, GW_ERROR_CONNECT);
  g_clear_error (&outcome.error);
  gw_connector_free (connector);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/connector/tcp/number", "127.0.0.1", test_tcp);
  g_test_add_data_func ("/connector/tcp/name", "localhost", test_tcp);
  g_test_add_func ("/connector/tcp/refused-may-pass", test_tcp_refused);
  g_test_add_func ("/connector/tcp/given-up-in-mid-try", test_tcp_given_up);
  g_test_add_func ("/connector/vsock/nobody-there", test_vsock_nobody);
  return g_test_run ();
}
