/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a listener is for those who serve its connections, where its state is
 * told, and how it comes to listen where a name has to be looked up first. */

#include "gw-listener-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "gw-later.h"

/* --- State --------------------------------------------------------------- */

void
gw_listener_tell_state (GwListener *self)
{
  gw_later_clear (&self->telling);
  g_object_notify (G_OBJECT (self), "state");
}

static gboolean
on_telling (gpointer data)
{
  gw_listener_tell_state (data);
  return G_SOURCE_REMOVE;
}

/* Told later: a handler may do as it likes, and those who serve the listener are
 * in the middle of something. */
void
gw_listener_set_state (GwListener *self, GwListenerState state)
{
  if (self->state == state)
    return;
  self->state = state;
  if (self->context == NULL)
    gw_listener_tell_state (self);
  else if (self->telling == NULL)
    gw_later_set (&self->telling, self->context, 0, on_telling, self);
}

void
gw_listener_attach (GwListener *self, GMainContext *context)
{
  gboolean telling = self->telling != NULL;

  gw_later_clear (&self->telling);
  g_clear_pointer (&self->context, g_main_context_unref);
  self->context = g_main_context_ref (context);
  if (telling)
    gw_later_set (&self->telling, self->context, 0, on_telling, self);
}

/* Unless somebody else has attached it since. What is still to be told is told
 * now. */
void
gw_listener_detach (GwListener *self, GMainContext *context)
{
  if (self->context != context)
    return;
  g_clear_pointer (&self->context, g_main_context_unref);
  if (self->telling != NULL)
    gw_listener_tell_state (self);
}

/* --- Connections ---------------------------------------------------------- */

/**
 * gw_listener_get_fds:
 * @fds: (out caller-allocates): GW_LISTENING_MAX at most
 *
 * Returns: how many there are, none while it is closed
 */
guint
gw_listener_get_fds (GwListener *self, int *fds)
{
  if (self->state == GW_LISTENER_CLOSED)
    return 0;
  if (self->listening == NULL)
    {
      fds[0] = self->socket.fd;
      return 1;
    }
  memcpy (fds, self->listening->fds, self->listening->n_fds * sizeof *fds);
  return self->listening->n_fds;
}

/**
 * gw_listener_accept:
 * @listening_fd: one of gw_listener_get_fds()
 *
 * Returns: a non-blocking descriptor that the caller owns, or -1 with errno
 */
int
gw_listener_accept (GwListener *self, int listening_fd)
{
  int fd = accept4 (listening_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd >= 0 && self->address != NULL)
    (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  if (fd >= 0)
    gw_listener_set_state (self, GW_LISTENER_CONNECTED);
  return fd;
}

/* What was accepted is closed. */
void
gw_listener_release (GwListener *self)
{
  if (self->state == GW_LISTENER_CONNECTED)
    gw_listener_set_state (self, GW_LISTENER_LISTENING);
}

/* What has to be looked up to listen, or NULL where nothing has. */
GwAddress *
gw_listener_get_unopened (GwListener *self)
{
  return self->state == GW_LISTENER_CLOSED ? self->address : NULL;
}

/* Takes @listening, which was opened for gw_listener_get_unopened(). */
void
gw_listener_adopt (GwListener *self, GwListening *listening)
{
  if (self->state != GW_LISTENER_CLOSED)
    {
      gw_listening_close (listening);
      return;
    }
  self->listening = listening;
  gw_listener_set_state (self, GW_LISTENER_LISTENING);
}

/* Blocks, where a name has to be looked up. */
GwListening *
gw_listener_open (GwAddress *address, GError **error)
{
  char *host = (char *) gw_address_get_host (address);
  const GwEndpoint endpoint = { .host = host, .port = (guint16) gw_address_get_port (address) };

  return gw_listening_open (&endpoint, 0, error);
}
