/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connects over TCP in a thread, as looking up a name blocks. */

#include "gw-connect-tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "gw-error.h"

typedef struct
{
  char *host;
  guint16 port;
  int fd;
  GError *error;
} Connection;

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  if (connection->fd >= 0)
    close (connection->fd);
  g_clear_error (&connection->error);
  g_free (connection->host);
  g_free (connection);
}

static int
take_descriptor (GSocketConnection *connection)
{
  int fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC, 0);

  /* Requests are small, and each one waits for its answer. */
  if (fd >= 0)
    (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  return fd;
}

static void
connect_in_thread (gpointer data, GCancellable *cancellable)
{
  Connection *wanted = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, wanted->host, wanted->port, cancellable, &wanted->error);
  if (connection == NULL)
    return;
  /* Closing what was duplicated shuts nothing down. */
  wanted->fd = take_descriptor (connection);
  if (wanted->fd < 0)
    g_set_error_literal (&wanted->error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
}

/**
 * gw_connect_tcp_start:
 *
 * Returns: (transfer full): an attempt on the way, or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwAttempt *
gw_connect_tcp_start (const char *host, guint16 port, GError **error)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->host = g_strdup (host);
  connection->port = port;
  connection->fd = -1;
  return gw_attempt_start ("guestwire-tcp", connect_in_thread, connection, connection_free, error);
}

/**
 * gw_connect_tcp_finish:
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Returns: of an attempt that is done, a non-blocking descriptor that the
 *   caller owns, or -1 with %GW_ERROR_CONNECT set
 */
int
gw_connect_tcp_finish (GwAttempt *attempt, gboolean *may_pass, GError **error)
{
  Connection *connection = gw_attempt_get_data (attempt);
  int fd = connection->fd;

  connection->fd = -1;
  *may_pass = TRUE;
  if (fd >= 0)
    return fd;
  *may_pass = !g_error_matches (connection->error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, connection->error->message);
  return -1;
}
