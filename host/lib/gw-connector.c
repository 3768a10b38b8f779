/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for one try to open an address: kinds that are there or not
 * (gw-connect), those that take time, and the one where the other side
 * connects. Tries once; speaks no byte. */

#include "gw-connector.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-connect-tcp.h"
#include "gw-connect-xen.h"
#include "gw-connect.h"
#include "gw-listener-private.h"
#include "gw-poll.h"

struct _GwConnector
{
  char *shown; /* the address, as UTF-8 */
  const GwConnectorEvents *events;
  gpointer user_data;

  GMainContext *context;
  GSource *at_once;     /* what is known already is told from here */
  GwPollItem *item;     /* what is waited for */
  GwListener *listener; /* of unix-listen: */
  GwConnectTcp *tcp;    /* of tcp: */
  GwConnectXen *xen;    /* of xen: */
  int fd;               /* of vsock:; and in @at_once */
  GwPortKind kind;
  GError *error;
  gboolean may_pass;
};

/* --- The end ------------------------------------------------------------ */

static void
stop_waiting (GwConnector *self)
{
  g_clear_pointer (&self->item, gw_poll_remove);
  if (self->at_once != NULL)
    g_source_destroy (self->at_once);
  g_clear_pointer (&self->at_once, g_source_unref);
}

/* Either self->fd, or self->error and self->may_pass. May free @self. */
static void
finish (GwConnector *self)
{
  int fd = self->fd;

  stop_waiting (self);
  if (self->error != NULL)
    {
      g_prefix_error (&self->error, "%s: ", self->shown);
      self->events->failed (g_steal_pointer (&self->error), self->may_pass, self->user_data);
      return;
    }
  self->fd = -1;
  self->events->connected (fd, self->kind, self->user_data);
}

static gboolean
on_at_once (gpointer data)
{
  finish (data);
  return G_SOURCE_REMOVE;
}

static void
finish_at_once (GwConnector *self)
{
  self->at_once = g_idle_source_new ();
  g_source_set_priority (self->at_once, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->at_once, on_at_once, self, NULL);
  g_source_attach (self->at_once, self->context);
}

/* --- Kinds that take time ------------------------------------------------ */

static void
on_vsock (guint32 events, gpointer data)
{
  GwConnector *self = data;
  int number = 0;

  if (getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &number, &(socklen_t){ sizeof number }) != 0)
    number = errno;
  if (number != 0)
    {
      stop_waiting (self);
      close (self->fd);
      self->fd = -1;
      gw_connect_vsock_failed (number, &self->may_pass, &self->error);
    }
  finish (self);
}

static void
on_tcp (guint32 events, gpointer data)
{
  GwConnector *self = data;

  self->fd = gw_connect_tcp_finish (self->tcp, &self->may_pass, &self->error);
  finish (self);
}

static void
on_xen (guint32 events, gpointer data)
{
  GwConnector *self = data;

  self->fd = gw_connect_xen_finish (self->xen, &self->kind, &self->may_pass, &self->error);
  finish (self);
}

static void
on_hypervisor (guint32 events, gpointer data)
{
  GwConnector *self = data;

  self->fd = gw_listener_accept (self->listener);
  if (self->fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
    return; /* it has left again */
  if (self->fd < 0)
    {
      self->may_pass = TRUE;
      g_set_error_literal (&self->error, GW_ERROR, GW_ERROR_CONNECT, g_strerror (errno));
    }
  finish (self);
}

/* The program has closed it, and its descriptor goes next. */
static void
on_listener_changed (GwListener *listener, GParamSpec *pspec, gpointer data)
{
  GwConnector *self = data;

  if (gw_listener_get_state (listener) != GW_LISTENER_CLOSED || self->item == NULL)
    return;
  stop_waiting (self);
  g_set_error_literal (&self->error, GW_ERROR, GW_ERROR_CONNECT, "the listener was closed");
  finish_at_once (self);
}

/* --- The beginning ------------------------------------------------------- */

/* Returns FALSE when there is nothing to wait for. */
static gboolean
wait_for (GwConnector *self, int fd, guint32 events, GwPollFunc func)
{
  self->item = gw_poll_add (self->context, fd, events, func, self, &self->error);
  return self->item != NULL;
}

static gboolean
begin (GwConnector *self, GwAddress *address)
{
  gboolean waits = FALSE;

  self->kind = GW_PORT_SOCKET;
  switch (gw_address_get_kind (address))
    {
    case GW_ADDRESS_TCP:
      self->tcp = gw_connect_tcp_start (gw_address_get_host (address), gw_address_get_port (address), &self->error);
      return self->tcp != NULL && wait_for (self, gw_connect_tcp_get_event (self->tcp), EPOLLIN, on_tcp);
    case GW_ADDRESS_UNIX_LISTEN:
      g_signal_connect (self->listener, "notify::state", G_CALLBACK (on_listener_changed), self);
      return gw_listener_listen (self->listener, &self->error)
             && wait_for (self, gw_listener_get_fd (self->listener), EPOLLIN, on_hypervisor);
    case GW_ADDRESS_VSOCK:
      self->fd = gw_connect_vsock (address, &waits, &self->may_pass, &self->error);
      return waits && wait_for (self, self->fd, EPOLLOUT, on_vsock);
    case GW_ADDRESS_XEN:
      self->xen = gw_connect_xen_start (address, &self->error);
      return self->xen != NULL && wait_for (self, gw_connect_xen_get_event (self->xen), EPOLLIN, on_xen);
    case GW_ADDRESS_UNIX:
    case GW_ADDRESS_PTY:
    case GW_ADDRESS_LIBVIRT:
    default:
      self->fd = gw_connect (address, &self->kind, &self->may_pass, &self->error);
      return FALSE;
    }
}

/**
 * gw_connector_new:
 * @listener: (nullable): of a `unix-listen:` address; it listens from here on
 * @context: where it waits
 * @events: static
 *
 * Begins to open @address.
 *
 * Returns: (transfer full): a try that is on the way
 */
GwConnector *
gw_connector_new (GwAddress *address, GwListener *listener, GMainContext *context, const GwConnectorEvents *events,
                  gpointer user_data)
{
  GwConnector *self = g_new0 (GwConnector, 1);

  self->context = g_main_context_ref (context);
  self->shown = g_filename_display_name (gw_address_to_string (address));
  self->events = events;
  self->user_data = user_data;
  self->fd = -1;
  if (listener != NULL)
    self->listener = g_object_ref (listener);
  if (!begin (self, address))
    finish_at_once (self);
  return self;
}

void
gw_connector_free (GwConnector *self)
{
  stop_waiting (self);
  g_clear_pointer (&self->tcp, gw_connect_tcp_abandon);
  g_clear_pointer (&self->xen, gw_connect_xen_abandon);
  if (self->fd >= 0)
    close (self->fd);
  g_clear_error (&self->error);
  if (self->listener != NULL)
    g_signal_handlers_disconnect_by_data (self->listener, self);
  g_clear_object (&self->listener);
  g_main_context_unref (self->context);
  g_free (self->shown);
  g_free (self);
}
