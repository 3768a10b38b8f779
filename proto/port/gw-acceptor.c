/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepts connections in a loop. Where there is no room, nobody is taken for a
 * while: those who connect wait in the kernel. Knows not what they are for. */

#include "gw-acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "gw-later.h"
#include "gw-poll.h"

typedef struct
{
  GwAcceptor *acceptor;
  int fd;
  GwPollItem *item; /* NULL while it pauses */
} Place;

struct _GwAcceptor
{
  GwListening *listening;
  GMainContext *context;
  Place places[GW_LISTENING_MAX];
  guint n_places;
  GSource *pause; /* until others are taken again, or NULL */
  const GwAcceptorEvents *events;
  gpointer data;
};

static void
leave_places (GwAcceptor *acceptor)
{
  for (guint i = 0; i < acceptor->n_places; i++)
    g_clear_pointer (&acceptor->places[i].item, gw_poll_remove);
}

static gboolean watch (GwAcceptor *acceptor, GError **error);
static void pause_accepting (GwAcceptor *acceptor);

static gboolean
on_pause_ends (gpointer data)
{
  GwAcceptor *acceptor = data;

  gw_later_clear (&acceptor->pause);
  if (!acceptor->events->has_room (acceptor->data) || !watch (acceptor, NULL))
    pause_accepting (acceptor);
  return G_SOURCE_REMOVE;
}

/* What it has no room for may be anybody's, who tells nobody when it ends. */
static void
pause_accepting (GwAcceptor *acceptor)
{
  leave_places (acceptor);
  gw_later_set (&acceptor->pause, acceptor->context, GW_ACCEPT_AGAIN_MS, on_pause_ends, acceptor);
}

static char *
describe_peer (const struct sockaddr_storage *address)
{
  char text[INET6_ADDRSTRLEN] = "";

  if (address->ss_family == AF_INET)
    {
      const struct sockaddr_in *internet = (const struct sockaddr_in *) address;

      inet_ntop (AF_INET, &internet->sin_addr, text, sizeof text);
      return g_strdup_printf ("%s:%u", text, ntohs (internet->sin_port));
    }
  if (address->ss_family == AF_INET6)
    {
      const struct sockaddr_in6 *internet = (const struct sockaddr_in6 *) address;

      inet_ntop (AF_INET6, &internet->sin6_addr, text, sizeof text);
      return g_strdup_printf ("[%s]:%u", text, ntohs (internet->sin6_port));
    }
  return g_strdup ("");
}

static void
on_client (guint32 events, gpointer data)
{
  Place *place = data;
  GwAcceptor *acceptor = place->acceptor;
  struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
  socklen_t length = sizeof address;
  g_autofree char *peer = NULL;
  int fd;

  if (!acceptor->events->has_room (acceptor->data))
    {
      pause_accepting (acceptor);
      return;
    }
  fd = accept4 (place->fd, (struct sockaddr *) &address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0)
    {
      /* The client waits in the backlog, and would be reported for ever. */
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        pause_accepting (acceptor);
      return;
    }
  if (address.ss_family != AF_UNIX)
    (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  peer = describe_peer (&address);
  acceptor->events->accepted (fd, peer, acceptor->data);
}

static gboolean
watch (GwAcceptor *acceptor, GError **error)
{
  for (guint i = 0; i < acceptor->n_places; i++)
    {
      Place *place = &acceptor->places[i];

      place->item = gw_poll_add (acceptor->context, place->fd, EPOLLIN, on_client, place, error);
      if (place->item == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
add_place (GwAcceptor *acceptor, int fd)
{
  acceptor->places[acceptor->n_places++] = (Place){ acceptor, fd, NULL };
}

/**
 * gw_acceptor_new:
 * @context: (nullable): where it works; %NULL for the calling thread's default
 * @listening: (transfer full): what it accepts from
 * @events: static; what to call, which may free it
 *
 * Returns: (transfer full): a new #GwAcceptor, or %NULL with @error set
 */
GwAcceptor *
gw_acceptor_new (GMainContext *context, GwListening *listening, const GwAcceptorEvents *events, gpointer data,
                 GError **error)
{
  g_autoptr (GwAcceptor) acceptor = g_new0 (GwAcceptor, 1);

  acceptor->listening = listening;
  acceptor->context = context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
  acceptor->events = events;
  acceptor->data = data;
  if (listening->socket.fd >= 0)
    add_place (acceptor, listening->socket.fd);
  for (guint i = 0; i < listening->n_fds; i++)
    add_place (acceptor, listening->fds[i]);
  return watch (acceptor, error) ? g_steal_pointer (&acceptor) : NULL;
}

/**
 * gw_acceptor_end:
 * @acceptor: (transfer full): takes nobody any more
 *
 * Returns: (transfer full): what it has accepted from, where to close that is
 *   another's work
 */
GwListening *
gw_acceptor_end (GwAcceptor *acceptor)
{
  GwListening *listening = acceptor->listening;

  gw_later_clear (&acceptor->pause);
  leave_places (acceptor);
  g_main_context_unref (acceptor->context);
  g_free (acceptor);
  return listening;
}

void
gw_acceptor_free (GwAcceptor *acceptor)
{
  gw_listening_close (gw_acceptor_end (acceptor));
}

/* Of TCP; else 0. */
guint16
gw_acceptor_get_port (GwAcceptor *acceptor)
{
  return acceptor->listening->port;
}
