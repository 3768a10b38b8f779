/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes sockets to listen on. It looks names up and tries whether an old unix
 * socket is dead, so it blocks: it is for threads. Accepts nobody. */

#include "gw-listening.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void
set_port (struct sockaddr *address, guint16 port)
{
  if (address->sa_family == AF_INET)
    ((struct sockaddr_in *) (gpointer) address)->sin_port = htons (port);
  else
    ((struct sockaddr_in6 *) (gpointer) address)->sin6_port = htons (port);
}

static guint16
read_port (int fd)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;

  if (getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    return 0;
  return ntohs (address.ss_family == AF_INET ? ((struct sockaddr_in *) &address)->sin_port
                                             : ((struct sockaddr_in6 *) &address)->sin6_port);
}

/* Returns a descriptor, or -1 with errno. */
static int
listen_on (const struct addrinfo *address)
{
  const int on = 1;
  int fd = socket (address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int kept;

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  /* IPv4 has a socket of its own. */
  if (address->ai_family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind (fd, address->ai_addr, address->ai_addrlen) == 0 && listen (fd, SOMAXCONN) == 0)
    return fd;
  kept = errno;
  close (fd);
  errno = kept;
  return -1;
}

/* A machine may have a name for an address that it has not, as ::1 where there
 * is no IPv6. But a port that somebody else has is not to be shared with him. */
static gboolean
listen_on_all (GwListening *listening, const GwEndpoint *endpoint, const struct addrinfo *first, GError **error)
{
  g_autofree char *shown = gw_endpoint_to_string (endpoint);
  int problem = EADDRNOTAVAIL;
  gboolean taken = FALSE;

  listening->port = endpoint->port;
  for (const struct addrinfo *at = first; at != NULL && !taken && listening->n_fds < GW_LISTENING_MAX;
       at = at->ai_next)
    {
      int fd;

      set_port (at->ai_addr, listening->port);
      fd = listen_on (at);
      if (fd < 0)
        {
          problem = errno;
          taken = problem == EADDRINUSE && endpoint->port != 0;
          continue;
        }
      listening->fds[listening->n_fds++] = fd;
      listening->port = read_port (fd);
    }
  if (listening->n_fds > 0 && !taken)
    return TRUE;
  g_set_error (error, GW_ERROR, taken ? GW_ERROR_BUSY : GW_ERROR_CONNECT, "cannot listen on %s: %s", shown,
               taken ? "another program has this port" : g_strerror (problem));
  return FALSE;
}

static gboolean
open_tcp (GwListening *listening, const GwEndpoint *endpoint, GError **error)
{
  const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  int code = getaddrinfo (endpoint->host, "0", &hints, &found);
  gboolean opened;

  if (code != 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot listen on %s: %s", endpoint->host, gai_strerror (code));
      return FALSE;
    }
  opened = listen_on_all (listening, endpoint, found, error);
  freeaddrinfo (found);
  return opened;
}

/**
 * gw_listening_open:
 * @mode: permission bits of a unix socket
 *
 * Returns: (transfer full): what is listened on; or %NULL with %GW_ERROR_BUSY
 *   (it is somebody else's) or %GW_ERROR_CONNECT set
 */
GwListening *
gw_listening_open (const GwEndpoint *endpoint, mode_t mode, GError **error)
{
  g_autoptr (GwListening) listening = g_new0 (GwListening, 1);

  listening->socket = (GwUnixSocket) GW_UNIX_SOCKET_NONE;
  if (endpoint->path == NULL)
    return open_tcp (listening, endpoint, error) ? g_steal_pointer (&listening) : NULL;
  return gw_unix_socket_listen (&listening->socket, endpoint->path, mode, -1, -1, error) ? g_steal_pointer (&listening)
                                                                                        : NULL;
}

/* Removes a unix socket's file too. */
void
gw_listening_close (GwListening *listening)
{
  gw_unix_socket_close (&listening->socket);
  for (guint i = 0; i < listening->n_fds; i++)
    close (listening->fds[i]);
  g_free (listening);
}
