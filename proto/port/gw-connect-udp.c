/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a socket that hears one peer only and is reached at one place, in a
 * thread, as looking up a name blocks. Nothing is said on it: whether anybody has
 * the peer's port is not known before. */

#include "gw-connect-udp.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-linger.h"

typedef struct
{
  GwEndpoint to;
  GwEndpoint from;
  int fd;
  gboolean may_pass;
  GError *error;
} Connection;

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  if (connection->fd >= 0)
    gw_linger (connection->fd);
  g_clear_error (&connection->error);
  g_free (connection->to.host);
  g_free (connection->from.host);
  g_free (connection);
}

/* Returns NULL with @connection's error set. */
static struct addrinfo *
look_up (Connection *connection, const GwEndpoint *endpoint, int family)
{
  const struct addrinfo hints = {
    .ai_family = family,
    .ai_socktype = SOCK_DGRAM,
    .ai_flags = AI_NUMERICSERV | (endpoint == &connection->from ? AI_PASSIVE : 0),
  };
  g_autofree char *port = g_strdup_printf ("%u", endpoint->port);
  struct addrinfo *found = NULL;
  int code = getaddrinfo (endpoint->host, port, &hints, &found);

  if (code == 0)
    return found;
  g_clear_error (&connection->error);
  g_set_error (&connection->error, GW_ERROR, GW_ERROR_CONNECT, "%s: %s", endpoint->host != NULL ? endpoint->host : "*",
               gai_strerror (code));
  connection->may_pass = code == EAI_AGAIN;
  return NULL;
}

/* Returns FALSE with errno. */
static gboolean
tie (Connection *connection, const struct addrinfo *to, const struct addrinfo *from)
{
  int number;

  connection->fd = socket (to->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->fd < 0)
    return FALSE;
  /* As much as it may have. What passes the administrator's bound is for root. */
  (void) setsockopt (connection->fd, SOL_SOCKET, SO_RCVBUF, &(int){ GW_PORT_DATAGRAM_BUFFER }, sizeof (int));
  (void) setsockopt (connection->fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ GW_PORT_DATAGRAM_BUFFER }, sizeof (int));
  if (bind (connection->fd, from->ai_addr, from->ai_addrlen) == 0
      && connect (connection->fd, to->ai_addr, to->ai_addrlen) == 0)
    return TRUE;
  number = errno;
  close (connection->fd);
  connection->fd = -1;
  errno = number;
  return FALSE;
}

/* A name may stand for addresses of both families: the first that both places
 * have is taken. */
static void
connect_in_thread (gpointer data, GCancellable *cancellable G_GNUC_UNUSED)
{
  Connection *connection = data;
  struct addrinfo *to = look_up (connection, &connection->to, AF_UNSPEC);

  for (struct addrinfo *at = to; at != NULL && connection->fd < 0; at = at->ai_next)
    {
      struct addrinfo *from = look_up (connection, &connection->from, at->ai_family);

      if (from == NULL)
        continue;
      g_clear_error (&connection->error);
      if (!tie (connection, at, from))
        {
          /* The one who has the port may end. */
          connection->may_pass = errno == EADDRINUSE;
          g_set_error (&connection->error, GW_ERROR, errno == EADDRINUSE ? GW_ERROR_BUSY : GW_ERROR_CONNECT, "%s",
                       errno == EADDRINUSE ? "another program has the port that this one is reached at"
                                           : g_strerror (errno));
        }
      freeaddrinfo (from);
    }
  if (to != NULL)
    freeaddrinfo (to);
}

static GwEndpoint
copy (const GwEndpoint *endpoint)
{
  return (GwEndpoint){ .host = g_strdup (endpoint->host), .port = endpoint->port };
}

/**
 * gw_connect_udp_start:
 * @to: the peer
 * @from: where this end is reached; without a host, at all addresses
 *
 * Returns: (transfer full): an attempt on the way, or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwAttempt *
gw_connect_udp_start (const GwEndpoint *to, const GwEndpoint *from, GError **error)
{
  Connection *connection = g_new0 (Connection, 1);

  connection->to = copy (to);
  connection->from = copy (from);
  connection->fd = -1;
  return gw_attempt_start ("guestwire-udp", connect_in_thread, connection, connection_free, error);
}

/**
 * gw_connect_udp_finish:
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Returns: of an attempt that is done, a non-blocking descriptor that the
 *   caller owns, or -1 with %GW_ERROR_CONNECT or %GW_ERROR_BUSY set
 */
int
gw_connect_udp_finish (GwAttempt *attempt, gboolean *may_pass, GError **error)
{
  Connection *connection = gw_attempt_get_data (attempt);
  int fd = connection->fd;

  connection->fd = -1;
  *may_pass = connection->may_pass;
  if (fd < 0)
    g_propagate_error (error, g_steal_pointer (&connection->error));
  return fd;
}
