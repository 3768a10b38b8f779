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
#include "gw-connect-udp.h"
#include "gw-connect-xen.h"
#include "gw-connect.h"
#include "gw-ends.h"
#include "gw-listener-wait.h"
#include "gw-poll.h"

struct _GwConnector
{
  char *shown; /* the address, as UTF-8 */
  const GwConnectorEvents *events;
  gpointer user_data;

  GMainContext *context;
  GSource *at_once;     /* what is known already is told from here */
  GwPollItem *item;     /* what is waited for */
  GwListenerWait *wait; /* for a hypervisor that connects */
  GwAttempt *attempt;   /* what a thread does */
  GwEnds ends;          /* of vsock:; and in @at_once */
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

/* Either self->ends, or self->error and self->may_pass. May free @self. */
static void
finish (GwConnector *self)
{
  GwEnds ends = self->ends;

  stop_waiting (self);
  if (self->error != NULL)
    {
      g_prefix_error (&self->error, "%s: ", self->shown);
      self->events->failed (g_steal_pointer (&self->error), self->may_pass, self->user_data);
      return;
    }
  self->ends = (GwEnds) GW_ENDS_NONE;
  self->events->connected (&ends, self->user_data);
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

  if (getsockopt (self->ends.fd, SOL_SOCKET, SO_ERROR, &number, &(socklen_t){ sizeof number }) != 0)
    number = errno;
  if (number != 0)
    {
      stop_waiting (self);
      gw_ends_clear (&self->ends);
      gw_connect_vsock_failed (number, &self->may_pass, &self->error);
    }
  finish (self);
}

static void
on_tcp (guint32 events, gpointer data)
{
  GwConnector *self = data;

  self->ends.fd = gw_connect_tcp_finish (self->attempt, &self->may_pass, &self->error);
  finish (self);
}

static void
on_udp (guint32 events, gpointer data)
{
  GwConnector *self = data;

  self->ends.kind = GW_PORT_DATAGRAM;
  self->ends.fd = gw_connect_udp_finish (self->attempt, &self->may_pass, &self->error);
  finish (self);
}

static void
on_xen (guint32 events, gpointer data)
{
  GwConnector *self = data;

  gw_connect_xen_finish (self->attempt, &self->ends, &self->may_pass, &self->error);
  finish (self);
}

/* Takes @error. */
static void
on_hypervisor (int fd, GError *error, gboolean may_pass, gpointer data)
{
  GwConnector *self = data;

  self->ends.fd = fd;
  self->error = error;
  self->may_pass = may_pass;
  finish (self);
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
wait_for_attempt (GwConnector *self, GwAttempt *attempt, GwPollFunc func)
{
  self->attempt = attempt;
  return attempt != NULL && wait_for (self, gw_attempt_get_event (attempt), EPOLLIN, func);
}

static GwAttempt *
start_udp (GwAddress *address, GError **error)
{
  const GwEndpoint to = { .host = (char *) gw_address_get_host (address), .port = (guint16) gw_address_get_port (address) };
  const GwEndpoint from = {
    .host = (char *) gw_address_get_bind_host (address),
    .port = (guint16) gw_address_get_bind_port (address),
  };

  return gw_connect_udp_start (&to, &from, error);
}

static gboolean
begin (GwConnector *self, GwAddress *address, GwListener *listener)
{
  const char *host = gw_address_get_host (address);
  guint32 port = gw_address_get_port (address);
  gboolean waits = FALSE;

  switch (gw_address_get_kind (address))
    {
    case GW_ADDRESS_TELNET:
      self->ends.telnet = TRUE;
      G_GNUC_FALLTHROUGH;
    case GW_ADDRESS_TCP:
      return wait_for_attempt (self, gw_connect_tcp_start (host, (guint16) port, &self->error), on_tcp);
    case GW_ADDRESS_UDP:
      return wait_for_attempt (self, start_udp (address, &self->error), on_udp);
    case GW_ADDRESS_XEN:
      return wait_for_attempt (self, gw_connect_xen_start (address, &self->error), on_xen);
    case GW_ADDRESS_TELNET_LISTEN:
      self->ends.telnet = TRUE;
      G_GNUC_FALLTHROUGH;
    case GW_ADDRESS_UNIX_LISTEN:
    case GW_ADDRESS_TCP_LISTEN:
      self->wait = gw_listener_wait_new (listener, self->context, on_hypervisor, self, &self->error);
      return self->wait != NULL;
    case GW_ADDRESS_VSOCK:
      self->ends.fd = gw_connect_vsock (address, &waits, &self->may_pass, &self->error);
      return waits && wait_for (self, self->ends.fd, EPOLLOUT, on_vsock);
    case GW_ADDRESS_UNIX:
    case GW_ADDRESS_PTY:
    case GW_ADDRESS_LIBVIRT:
    case GW_ADDRESS_PIPE:
    case GW_ADDRESS_SERIAL:
    case GW_ADDRESS_STDIO:
    default:
      gw_connect (address, &self->ends, &self->may_pass, &self->error);
      return FALSE;
    }
}

/**
 * gw_connector_new:
 * @listener: (nullable): of an address that the hypervisor connects to; it
 *   listens from here on
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
  self->ends = (GwEnds) GW_ENDS_NONE;
  if (!begin (self, address, listener))
    finish_at_once (self);
  return self;
}

void
gw_connector_free (GwConnector *self)
{
  stop_waiting (self);
  g_clear_pointer (&self->wait, gw_listener_wait_free);
  g_clear_pointer (&self->attempt, gw_attempt_abandon);
  gw_ends_clear (&self->ends);
  g_clear_error (&self->error);
  g_main_context_unref (self->context);
  g_free (self->shown);
  g_free (self);
}
