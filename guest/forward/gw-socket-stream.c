/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ties a socket to a stream that this agent opens for it. Knows no command. */

#include "gw-socket-stream.h"

#include <unistd.h>

#include "gw-limits.h"
#include "gw-relay.h"

typedef struct
{
  GwStreams *streams;
  guint16 stream; /* 0: void */
  GwRelay *relay;
} SocketStream;

static guint n_sockets;

static void
socket_stream_free (SocketStream *socket)
{
  n_sockets--;
  g_clear_pointer (&socket->relay, gw_relay_free);
  g_free (socket);
}

/* --- From the socket ---------------------------------------------------- */

static gsize
get_room (gpointer data)
{
  SocketStream *socket = data;

  return gw_streams_get_room (socket->streams, socket->stream);
}

static void
write_bytes (GBytes *bytes, gpointer data)
{
  SocketStream *socket = data;

  gw_streams_write (socket->streams, socket->stream, bytes);
}

static void
finish (gpointer data)
{
  SocketStream *socket = data;

  gw_streams_finish (socket->streams, socket->stream);
}

static void
consumed (gsize length, gpointer data)
{
  SocketStream *socket = data;

  if (socket->stream != 0)
    gw_streams_consume (socket->streams, socket->stream, length);
}

static void
reset (const char *why, gpointer data)
{
  SocketStream *socket = data;

  gw_streams_reset (socket->streams, socket->stream, why);
  socket->stream = 0;
}

static void
ended (const GError *error, gpointer data)
{
  SocketStream *socket = data;

  if (error != NULL)
    g_debug ("a forwarded connection was lost: %s", error->message);
  if (socket->stream != 0)
    gw_streams_leave (socket->streams, socket->stream);
  socket_stream_free (socket);
}

static const GwRelayEvents relay_events = { get_room, write_bytes, finish, consumed, reset, ended };

/* --- From the stream ---------------------------------------------------- */

static void
on_received (GBytes *bytes, gpointer data)
{
  gw_relay_receive (((SocketStream *) data)->relay, bytes);
}

static void
on_writable (gpointer data)
{
  gw_relay_go_on (((SocketStream *) data)->relay);
}

static void
on_finished (gpointer data)
{
  gw_relay_receive_fin (((SocketStream *) data)->relay);
}

static void
on_reset (gpointer data)
{
  SocketStream *socket = data;

  socket->stream = 0;
  gw_relay_receive_reset (socket->relay, "the host has ended it");
}

static const GwStreamEvents stream_events = { on_received, on_writable, on_finished, on_reset };

/* --- Its beginning ------------------------------------------------------ */

/* Whether one more may be made, in all sessions. */
gboolean
gw_socket_stream_has_room (GError **error)
{
  if (n_sockets < GW_FORWARD_SOCKETS_MAX)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d connections are forwarded already; wait for some to end",
               GW_FORWARD_SOCKETS_MAX);
  return FALSE;
}

/**
 * gw_socket_stream_begin:
 * @fd: (transfer full): a connected socket that does not block
 * @purpose: what the stream is for: a JSON object
 *
 * Opens the stream, and lets bytes pass.
 */
gboolean
gw_socket_stream_begin (int fd, GwStreams *streams, const char *purpose, GError **error)
{
  SocketStream *socket;

  if (!gw_socket_stream_has_room (error))
    {
      close (fd);
      return FALSE;
    }
  n_sockets++;
  socket = g_new0 (SocketStream, 1);
  socket->streams = streams;
  socket->relay = gw_relay_new (NULL, fd, &relay_events, socket, error);
  if (socket->relay != NULL)
    socket->stream = gw_streams_open (streams, purpose, &stream_events, socket, error);
  if (socket->stream != 0)
    return TRUE;
  socket_stream_free (socket);
  return FALSE;
}
