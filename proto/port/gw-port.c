/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes one descriptor. Edge triggered throughout: a virtio-serial
 * port with its host away reports a level of HUP for ever, and one whose host
 * does not read reports nothing until it does. Knows no message. */

#include "gw-port.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-input.h"
#include "gw-limits.h"
#include "gw-output.h"
#include "gw-poll.h"
#include "gw-presence.h"

struct _GwPort
{
  int fd; /* -1 once freed or lost */
  GwPortKind kind;
  const GwPortEvents *events;
  gpointer user_data;
  GwPollItem *item;

  gboolean reading;    /* the owner wants bytes */
  gboolean readable;   /* the last read did not find it empty */
  gboolean writable;   /* the last write did not find it full */
  gboolean asked;      /* the owner has more to send */
  gboolean peer;       /* what the owner was told */
  int problem;         /* an errno that the owner has not heard of yet, or 0 */

  GwPresence presence; /* HERE for all kinds but virtio */
  GMainContext *context;
  GSource *wait;       /* while UNSURE */

  GwOutput output;
};

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
  GwPort *port = g_rc_box_new0 (GwPort);

  port->fd = fd;
  port->kind = kind;
  port->events = events;
  port->user_data = user_data;
  port->reading = TRUE;
  port->writable = TRUE;
  port->peer = kind != GW_PORT_VIRTIO;
  port->presence = kind != GW_PORT_VIRTIO ? GW_PRESENCE_HERE : GW_PRESENCE_AWAY;
  return port;
}

static void
stop_waiting (GwPort *port)
{
  if (port->wait != NULL)
    g_source_destroy (port->wait);
  g_clear_pointer (&port->wait, g_source_unref);
}

static void
shut (GwPort *port)
{
  stop_waiting (port);
  g_clear_pointer (&port->context, g_main_context_unref);
  g_clear_pointer (&port->item, gw_poll_remove);
  gw_output_clear (&port->output);
  if (port->fd >= 0)
    close (port->fd);
  port->fd = -1;
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
  g_rc_box_release (port);
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

/* --- Output ------------------------------------------------------------- */

static gssize
write_some (GwPort *port, const void *data, gsize length)
{
  switch (port->kind)
    {
    case GW_PORT_SOCKET:
      return send (port->fd, data, length, MSG_NOSIGNAL);
    case GW_PORT_VIRTIO:
      return write (port->fd, data, MIN (length, GW_PORT_VIRTIO_WRITE_MAX));
    case GW_PORT_XEN:
      return write (port->fd, data, MIN (length, GW_PORT_XEN_WRITE_MAX));
    case GW_PORT_TTY:
    default:
      return write (port->fd, data, length);
    }
}

/* Leaves an error in problem: the caller may be in the middle of something. */
static void
write_output (GwPort *port)
{
  while (port->writable && port->output.length > 0)
    {
      gsize length;
      const guint8 *data = gw_output_peek (&port->output, &length);
      gssize written = write_some (port, data, length);

      if (written >= 0)
        {
          gw_output_consume (&port->output, written);
          /* The others' turn: there may have been some waiting in this. */
          if (port->kind == GW_PORT_XEN && port->output.length > 0 && port->item != NULL)
            {
              gw_poll_again (port->item);
              return;
            }
        }
      else if (errno == EAGAIN)
        port->writable = FALSE;
      else if (errno != EINTR)
        {
          port->problem = errno;
          port->writable = FALSE;
        }
    }
}

static void
tell_drained (GwPort *port)
{
  if (port->events->drained != NULL)
    port->events->drained (port, port->user_data);
}

/**
 * gw_port_send:
 * @bytes: what to write; kept by reference, not copied
 *
 * Writes now what the descriptor takes, and queues the rest. All of @bytes is
 * taken, or nothing of it.
 *
 * Returns: %FALSE with %GW_ERROR_BUSY (the queue is full) or
 *   %GW_ERROR_NOT_DELIVERED (nobody is there) set
 */
gboolean
gw_port_send (GwPort *port, GBytes *bytes, GError **error)
{
  gsize length = g_bytes_get_size (bytes);

  if (!is_open (port) || port->problem != 0 || port->presence == GW_PRESENCE_AWAY || port->presence == GW_PRESENCE_GONE)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "nobody is at the other end");
      return FALSE;
    }
  if (length > GW_PORT_QUEUE_MAX - port->output.length)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "the other side does not read: %" G_GSIZE_FORMAT " bytes wait",
                   port->output.length);
      return FALSE;
    }
  gw_output_push (&port->output, bytes);
  if (port->presence == GW_PRESENCE_HERE)
    write_output (port);
  if (port->problem != 0 && port->item != NULL)
    gw_poll_again (port->item);
  return TRUE;
}

/* Has the port's drained event called once, from the loop, when nothing waits
 * here, the other side is there, and others have had their turn. What is sent
 * then is one write: for an owner that chooses at the last moment. */
void
gw_port_ask (GwPort *port)
{
  port->asked = TRUE;
  if (port->output.length == 0 && port->item != NULL)
    gw_poll_again (port->item);
}

gsize
gw_port_get_queued (GwPort *port)
{
  return port->output.length;
}

/* Drops all that is queued. A message may be cut: say 0xFF next. */
void
gw_port_drop_output (GwPort *port)
{
  gw_output_clear (&port->output);
}

/* Drops what is queued, but for a message that is half out. */
void
gw_port_drop_unbegun (GwPort *port)
{
  gw_output_clear_unbegun (&port->output);
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
    case GW_PORT_SOCKET:
    default:
      set_peer (port, FALSE);
      break;
    }
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
      length = gw_input_read (port->fd, buffer, sizeof buffer, &end);
      taken += length;
      if (length > 0)
        port->events->received (port, buffer, length, port->user_data);
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

  stop_waiting (port);
  see_presence (port, GW_PRESENCE_WAITED);
  if (is_open (port))
    gw_poll_again (port->item);
  g_rc_box_release (port);
  return G_SOURCE_REMOVE;
}

static void
start_waiting (GwPort *port)
{
  stop_waiting (port);
  port->wait = g_timeout_source_new (GW_PRESENCE_WAIT_MS);
  g_source_set_callback (port->wait, on_waited, port, NULL);
  g_source_attach (port->wait, port->context);
}

static void
see_presence (GwPort *port, GwPresenceInput input)
{
  GwPresence before = port->presence;
  gboolean had_output = port->output.length > 0;

  port->presence = gw_presence_next (before, input);
  if (port->presence == before)
    return;
  stop_waiting (port);
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
    write_output (port);
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
  g_rc_box_release (port);
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
  g_clear_pointer (&port->context, g_main_context_unref);
  port->context = g_main_context_ref (owner);
  if (port->wait != NULL)
    start_waiting (port);
  /* Being added to an epoll descriptor tells the present state once more. */
  port->item = gw_poll_add (owner, port->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_events, port, error);
  return port->item != NULL;
}
