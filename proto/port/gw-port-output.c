/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a port writes: how much at a time, and what becomes of the rest. */

#include "gw-port-private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"

/* A program may not have thought of SIGPIPE, which a pipe raises where a socket
 * can be told not to. */
static gssize
write_pipe (int fd, const void *data, gsize length)
{
  sigset_t broken, before, waiting;
  gssize written;
  int number;

  sigpending (&waiting);
  sigemptyset (&broken);
  sigaddset (&broken, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &broken, &before);
  written = write (fd, data, length);
  number = errno;
  if (written < 0 && number == EPIPE && !sigismember (&waiting, SIGPIPE))
    sigtimedwait (&broken, NULL, &(struct timespec){ 0 });
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  errno = number;
  return written;
}

/* What cannot be sent is lost, as what is lost on its way is: nobody has the
 * port just now, or there is no room. The first try may meet what became of the
 * datagram before (ECONNREFUSED). */
static gssize
send_datagram (int fd, const void *data, gsize length)
{
  for (guint tries = 0; tries < 2; tries++)
    {
      gssize sent = send (fd, data, length, MSG_NOSIGNAL);

      if (sent >= 0 || errno == EAGAIN || errno == EINTR)
        return sent;
    }
  return (gssize) length;
}

static gssize
write_some (GwPort *port, const void *data, gsize length)
{
  switch (port->kind)
    {
    case GW_PORT_SOCKET:
      return send (port->fd, data, length, MSG_NOSIGNAL);
    case GW_PORT_PIPE:
      return write_pipe (port->out, data, length);
    case GW_PORT_DATAGRAM:
      return send_datagram (port->fd, data, MIN (length, GW_PORT_DATAGRAM_MAX));
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
void
gw_port_write (GwPort *port)
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

/* Queues it, and writes what it can. */
void
gw_port_push_as_it_is (GwPort *port, GBytes *bytes)
{
  gw_output_push (&port->output, bytes);
  if (port->presence == GW_PRESENCE_HERE)
    gw_port_write (port);
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
  g_autoptr (GBytes) wire = port->telnet != NULL ? gw_telnet_escape (port->telnet, bytes) : g_bytes_ref (bytes);
  gsize length = g_bytes_get_size (wire);

  if (port->fd < 0 || port->problem != 0 || port->presence == GW_PRESENCE_AWAY || port->presence == GW_PRESENCE_GONE)
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
  gw_port_push_as_it_is (port, wire);
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
  static const guint8 rest[] = { 0xFF };
  GBytes *begun = port->output.begun > 0 ? g_queue_peek_head (&port->output.blocks) : NULL;
  gboolean half = port->telnet != NULL && begun != NULL
                  && gw_telnet_is_half_escaped (port->telnet, g_bytes_get_data (begun, NULL), port->output.begun);

  gw_output_clear (&port->output);
  if (half)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (rest, sizeof rest);

      gw_output_push (&port->output, bytes);
    }
}

/* Drops what is queued, but for a message that is half out. */
void
gw_port_drop_unbegun (GwPort *port)
{
  gw_output_clear_unbegun (&port->output);
}
