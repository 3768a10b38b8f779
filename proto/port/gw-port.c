/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes one descriptor. Edge triggered throughout: a virtio-serial
 * port with its host away reports a level of HUP for ever, and one whose host
 * does not read reports nothing until it does. Knows no message. */

#include "gw-port-private.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "gw-ends.h"
#include "gw-input.h"
#include "gw-later.h"
#include "gw-limits.h"

/**
 * gw_port_new:
 * @fd: a non-blocking descriptor; owned by the port from here on
 * @events: static; what to call
 *
 * The port is silent until gw_port_attach().
 *
 * Returns: (transfer full): a new #GwPort
 */
GwPort *
gw_port_new (int fd, GwPortKind kind, const GwPortEvents *events, gpointer user_data)
{
  GwEnds ends = { .kind = kind, .fd = fd, .out = -1 };

  return gw_port_new_for_ends (&ends, events, user_data);
}

/**
 * gw_port_new_for_ends:
 * @ends: what is in it is the port's from here on
 *
 * As gw_port_new(), where there is more to know than one descriptor.
 */
GwPort *
gw_port_new_for_ends (GwEnds *ends, const GwPortEvents *events, gpointer user_data)
{
  GwPort *port = g_rc_box_new0 (GwPort);
  GwPortKind kind = ends->kind;

  port->ends = *ends;
  *ends = (GwEnds) GW_ENDS_NONE;
  port->fd = port->ends.fd;
  port->out = port->ends.out >= 0 ? port->ends.out : port->fd;
  port->kind = kind;
  if (port->ends.telnet)
    {
      port->telnet = g_new0 (GwTelnet, 1);
      port->answers = g_byte_array_new ();
    }
  port->events = events;
  port->user_data = user_data;
  port->reading = TRUE;
  port->writable = TRUE;
  port->peer = kind != GW_PORT_VIRTIO;
  port->presence = kind != GW_PORT_VIRTIO ? GW_PRESENCE_HERE : GW_PRESENCE_AWAY;
  return port;
}

static void
shut (GwPort *port)
{
  gw_later_clear (&port->wait);
  g_clear_pointer (&port->context, g_main_context_unref);
  g_clear_pointer (&port->item, gw_poll_remove);
  g_clear_pointer (&port->out_item, gw_poll_remove);
  gw_output_clear (&port->output);
  gw_ends_clear (&port->ends);
  port->fd = port->out = -1;
}

static void
clear_telnet (gpointer data)
{
  GwPort *port = data;

  g_clear_pointer (&port->answers, g_byte_array_unref);
  g_clear_pointer (&port->telnet, g_free);
}

/* The last one who holds it may be one of its own events. */
static void
release (GwPort *port)
{
  g_rc_box_release_full (port, clear_telnet);
}

/**
 * gw_port_free:
 *
 * Closes the descriptor; what is still queued is dropped. May be called from
 * inside of the port's own events, none of which comes after it.
 */
void
gw_port_free (GwPort *port)
{
  shut (port);
  port->events = NULL;
  release (port);
}

static gboolean
is_open (const GwPort *port)
{
  return port->fd >= 0;
}

static void
lose (GwPort *port, const char *what)
{
  g_autoptr (GError) error = g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, what);

  shut (port);
  port->events->lost (port, error, port->user_data);
}

static void
set_peer (GwPort *port, gboolean present)
{
  if (port->peer == present)
    return;
  port->peer = present;
  if (port->events->peer_changed != NULL)
    port->events->peer_changed (port, present, port->user_data);
}

static void
tell_drained (GwPort *port)
{
  if (port->events->drained != NULL)
    port->events->drained (port, port->user_data);
}

/* --- Input -------------------------------------------------------------- */

static void see_presence (GwPort *port, GwPresenceInput input);

/* read() gave 0. */
static void
found_end (GwPort *port)
{
  port->readable = FALSE;
  switch (port->kind)
    {
    case GW_PORT_TTY:
    case GW_PORT_XEN:
      lose (port, "the terminal hung up");
      break;
    case GW_PORT_VIRTIO:
      /* The host is away, not that we are done. */
      see_presence (port, GW_PRESENCE_READ_NOTHING);
      break;
    case GW_PORT_DATAGRAM:
      break;
    case GW_PORT_SOCKET:
    case GW_PORT_PIPE:
    default:
      set_peer (port, FALSE);
      break;
    }
}

/* Takes telnet off what has come. */
static void
receive_telnet (GwPort *port, const guint8 *data, gsize length)
{
  g_autofree guint8 *plain = g_malloc (GW_TELNET_DATA_MAX (length));
  gsize made = gw_telnet_receive (port->telnet, data, length, plain, port->answers);

  if (port->answers->len > 0)
    {
      g_autoptr (GBytes) answers = g_bytes_new (port->answers->data, port->answers->len);

      g_byte_array_set_size (port->answers, 0);
      gw_port_push_as_it_is (port, answers);
    }
  if (made > 0)
    port->events->received (port, plain, made, port->user_data);
}

static void
receive (GwPort *port, const guint8 *data, gsize length)
{
  if (port->telnet != NULL)
    receive_telnet (port, data, length);
  else if (length > 0)
    port->events->received (port, data, length, port->user_data);
}

static gboolean
may_read (GwPort *port)
{
  return is_open (port) && port->reading && port->readable
         && (port->presence == GW_PRESENCE_HERE || port->presence == GW_PRESENCE_GONE);
}

static void
read_turn (GwPort *port)
{
  guint8 buffer[GW_PORT_READ_SIZE];
  gsize taken = 0;

  while (may_read (port))
    {
      GwInputEnd end;
      gsize length;

      if (taken >= GW_PORT_TURN_MAX)
        {
          gw_poll_again (port->item);
          return;
        }
      length = port->kind == GW_PORT_DATAGRAM ? gw_input_read_datagram (port->fd, buffer, sizeof buffer, &end)
                                              : gw_input_read (port->fd, buffer, sizeof buffer, &end);
      taken += MAX (length, GW_PORT_TURN_LEAST);
      if (length > 0)
        receive (port, buffer, length);
      if (!is_open (port))
        return;
      if (end.said)
        found_end (port);
      else if (end.error == EAGAIN)
        port->readable = FALSE;
      else if (end.error != 0)
        lose (port, g_strerror (end.error));
    }
}

/* Stops or goes on calling the port's received event. What comes meanwhile
 * waits in the kernel, and so does the sender. */
void
gw_port_set_reading (GwPort *port, gboolean reading)
{
  gboolean resumed = reading && !port->reading;

  port->reading = reading;
  if (resumed && port->readable && port->item != NULL)
    gw_poll_again (port->item);
}

/* --- Who is there, on virtio-serial ------------------------------------- */

static gboolean
on_waited (gpointer data)
{
  GwPort *port = g_rc_box_acquire (data);

  gw_later_clear (&port->wait);
  see_presence (port, GW_PRESENCE_WAITED);
  if (is_open (port))
    gw_poll_again (port->item);
  release (port);
  return G_SOURCE_REMOVE;
}

static void
start_waiting (GwPort *port)
{
  gw_later_set (&port->wait, port->context, GW_PRESENCE_WAIT_MS, on_waited, port);
}

static void
see_presence (GwPort *port, GwPresenceInput input)
{
  GwPresence before = port->presence;
  gboolean had_output = port->output.length > 0;

  port->presence = gw_presence_next (before, input);
  if (port->presence == before)
    return;
  gw_later_clear (&port->wait);
  switch (port->presence)
    {
    case GW_PRESENCE_UNSURE:
      start_waiting (port);
      break;
    case GW_PRESENCE_GONE:
      gw_port_drop_output (port);
      /* An owner that waits for room before it reads on has it now. */
      if (had_output)
        tell_drained (port);
      break;
    case GW_PRESENCE_HERE:
      if (before == GW_PRESENCE_GONE)
        set_peer (port, FALSE);
      if (is_open (port))
        set_peer (port, TRUE);
      break;
    case GW_PRESENCE_AWAY:
    default:
      set_peer (port, FALSE);
      break;
    }
}

/* --- The loop ----------------------------------------------------------- */

static void
write_turn (GwPort *port)
{
  gsize waiting = port->output.length;
  gboolean had_problem = port->problem != 0;

  if (port->presence == GW_PRESENCE_HERE)
    gw_port_write (port);
  if (had_problem)
    lose (port, g_strerror (port->problem));
  else if (port->problem != 0)
    gw_poll_again (port->item); /* what the other side said before it went is read first */
  else if (port->output.length == 0 && (waiting > 0 || (port->asked && port->presence == GW_PRESENCE_HERE)))
    {
      port->asked = FALSE;
      tell_drained (port);
    }
}

static void
take_turn (GwPort *port, guint32 events)
{
  if (port->problem != 0 || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    port->readable = TRUE;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
    port->writable = TRUE;
  if (port->kind == GW_PORT_VIRTIO && events != 0)
    see_presence (port, events & EPOLLHUP ? GW_PRESENCE_SEES_NOBODY : GW_PRESENCE_SEES_HOST);
  if (is_open (port))
    read_turn (port);
  if (is_open (port))
    write_turn (port);
}

static void
on_events (guint32 events, gpointer data)
{
  GwPort *port = g_rc_box_acquire (data);

  take_turn (port, events);
  release (port);
}

/**
 * gw_port_attach:
 * @context: (nullable): the main context that drives the port from here on;
 *   %NULL for the calling thread's default
 *
 * May be called again, to move the port to another context of this thread.
 */
gboolean
gw_port_attach (GwPort *port, GMainContext *context, GError **error)
{
  g_autoptr (GMainContext) owner = context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();

  g_clear_pointer (&port->item, gw_poll_remove);
  g_clear_pointer (&port->out_item, gw_poll_remove);
  g_clear_pointer (&port->context, g_main_context_unref);
  port->context = g_main_context_ref (owner);
  if (port->wait != NULL)
    start_waiting (port);
  /* Being added to an epoll descriptor tells the present state once more. */
  port->item = gw_poll_add (owner, port->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_events, port, error);
  if (port->item != NULL && port->out != port->fd)
    port->out_item = gw_poll_add (owner, port->out, EPOLLOUT | EPOLLET, on_events, port, error);
  return port->item != NULL && (port->out == port->fd || port->out_item != NULL);
}
