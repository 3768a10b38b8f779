/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves bytes between a socket and a stream. What is said to it while it is at
 * that is only noted: its own doing may bring more of the stream. Knows neither
 * the session nor what is said. */

#include "gw-relay.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-flow.h"
#include "gw-later.h"
#include "gw-limits.h"
#include "gw-poll.h"

struct _GwRelay
{
  GMainContext *context;
  int fd;
  GwPollItem *item;
  const GwRelayEvents *events;
  gpointer data;
  gboolean busy; /* with moving */

  /* From the socket to the stream. */
  gboolean readable; /* the last read did not find it empty */
  gboolean read_all; /* and said so */
  guint64 sent;

  /* From the stream to the socket. */
  GwOutput waiting;
  gboolean writable;  /* the last write did not find it full */
  gboolean fin;       /* no more comes */
  gboolean written_all;
  gboolean broken;    /* the socket takes nothing more: what comes is dropped */
  gsize dropped;
  guint64 received;

  gboolean is_reset; /* by the other side, or with the session */
  guint64 taken;     /* of what was received, when that was last looked at */
  char *why;         /* what was lost, or is: the stream's reset waits for what was said before */
  GSource *looking;  /* whether it has gone, or the socket takes what came before a reset */
};

void
gw_relay_close_rudely (int fd)
{
  const struct linger now = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close (fd);
}

/* Where not all was said, nobody is to take it for all. */
static void
close_fd (GwRelay *relay)
{
  g_clear_pointer (&relay->item, gw_poll_remove);
  if (relay->fd >= 0 && !relay->written_all)
    gw_relay_close_rudely (relay->fd);
  else if (relay->fd >= 0)
    close (relay->fd);
  relay->fd = -1;
}

/* Nothing more will be said, but what was said is to arrive. */
static void
fail (GwRelay *relay, const char *why)
{
  if (relay->why == NULL)
    relay->why = g_strdup (why);
  relay->broken = TRUE;
}

/* --- From the socket ---------------------------------------------------- */

/* Returns whether there may be more. */
static gboolean
read_some (GwRelay *relay)
{
  gsize room = relay->events->get_room (relay->data);
  g_autoptr (GBytes) bytes = NULL;

  if (room == 0)
    return FALSE;
  switch (gw_flow_read (relay->fd, room, &bytes))
    {
    case GW_FLOW_MOVED:
      relay->sent += g_bytes_get_size (bytes);
      relay->events->write (bytes, relay->data);
      return TRUE;
    case GW_FLOW_WAITS:
      relay->readable = FALSE;
      return FALSE;
    case GW_FLOW_ENDED:
      relay->read_all = !relay->broken;
      if (relay->broken)
        fail (relay, "it was closed before all was said");
      else
        relay->events->finish (relay->data);
      return FALSE;
    case GW_FLOW_FAILED:
    default:
      fail (relay, g_strerror (errno));
      return FALSE;
    }
}

/* After a reset nobody hears it; but who cannot speak on may not listen either,
 * and is still to get what came before. The same is returned. */
static gboolean
drop_some (GwRelay *relay)
{
  g_autoptr (GBytes) bytes = NULL;
  GwFlowResult result = gw_flow_read (relay->fd, GW_FRAME_MAX, &bytes);

  relay->readable = result != GW_FLOW_WAITS;
  relay->read_all = result == GW_FLOW_ENDED || result == GW_FLOW_FAILED;
  return result == GW_FLOW_MOVED;
}

static void
read_on (GwRelay *relay)
{
  gsize turn = 0;

  while ((relay->is_reset || relay->why == NULL) && relay->readable && !relay->read_all)
    {
      if (turn++ >= GW_PORT_TURN_MAX / GW_FRAME_MAX)
        {
          gw_poll_again (relay->item);
          return;
        }
      if (!(relay->is_reset ? drop_some (relay) : read_some (relay)))
        return;
    }
}

/* --- To the socket ------------------------------------------------------ */

/* What is dropped may make room for more. */
static void
drop_waiting (GwRelay *relay)
{
  while (relay->waiting.length > 0)
    {
      gsize length = relay->waiting.length;

      gw_output_clear (&relay->waiting);
      relay->dropped += length;
      relay->events->consumed (length, relay->data);
    }
}

/* Who does not listen any more may still speak: that is heard to its end. */
static void
write_on (GwRelay *relay)
{
  while (!relay->broken && relay->writable && relay->waiting.length > 0)
    {
      gsize written = 0;

      switch (gw_flow_send (relay->fd, &relay->waiting, &written))
        {
        case GW_FLOW_MOVED:
          relay->received += written;
          relay->events->consumed (written, relay->data);
          break;
        case GW_FLOW_WAITS:
          relay->writable = FALSE;
          break;
        case GW_FLOW_ENDED:
        case GW_FLOW_FAILED:
        default:
          relay->broken = TRUE;
        }
    }
  if (relay->broken)
    drop_waiting (relay);
  if (!relay->fin || relay->written_all || relay->waiting.length > 0)
    return;
  relay->written_all = TRUE;
  shutdown (relay->fd, SHUT_WR);
}

/* --- Either ------------------------------------------------------------- */

static gboolean
on_look (gpointer data)
{
  GwRelay *relay = data;

  g_clear_pointer (&relay->looking, g_source_unref);
  gw_relay_go_on (relay);
  return G_SOURCE_REMOVE;
}

/* In place of a look that was due. */
static void
look_later (GwRelay *relay, guint after_ms, GSourceFunc func)
{
  gw_later_set (&relay->looking, relay->context, after_ms, func, relay);
}

/* Returns whether it is over. */
static gboolean
look_at_end (GwRelay *relay)
{
  /* Who has lost the other end may still read what that said last. */
  if (relay->is_reset)
    return relay->waiting.length == 0;
  if (relay->read_all && relay->written_all)
    return TRUE;
  /* It said all, and what is said to it goes nowhere. */
  if (relay->read_all && relay->dropped > GW_SESSION_BUFFER)
    {
      fail (relay, "nobody reads it any more");
      return TRUE;
    }
  if (relay->why == NULL)
    return FALSE;
  if (relay->events->get_room (relay->data) == GW_STREAM_QUEUE_MAX)
    return TRUE;
  /* A reset overtakes what waits to be sent, and nobody tells when that has gone. */
  if (relay->looking == NULL)
    look_later (relay, GW_RELAY_LOOK_MS, on_look);
  return FALSE;
}

/* As the last thing that is done. */
static void
end (GwRelay *relay)
{
  g_autoptr (GError) error = NULL;

  if (relay->why != NULL)
    error = g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, relay->why);
  if (relay->why != NULL && !relay->is_reset)
    relay->events->reset (relay->why, relay->data);
  close_fd (relay);
  relay->events->ended (error, relay->data);
}

/**
 * gw_relay_go_on:
 *
 * Moves what can be moved now; to be called also when the stream has room again.
 */
void
gw_relay_go_on (GwRelay *relay)
{
  gboolean over;

  if (relay->busy || relay->fd < 0)
    return;
  relay->busy = TRUE;
  write_on (relay);
  read_on (relay);
  /* Reading may have brought something. */
  write_on (relay);
  over = look_at_end (relay);
  relay->busy = FALSE;
  if (over)
    end (relay);
}

static void
on_events (guint32 events, gpointer data)
{
  GwRelay *relay = data;

  relay->readable |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  relay->writable |= (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  gw_relay_go_on (relay);
}

/* --- From the stream ---------------------------------------------------- */

void
gw_relay_receive (GwRelay *relay, GBytes *bytes)
{
  gw_output_push_joined (&relay->waiting, bytes);
  gw_relay_go_on (relay);
}

/* The other side has said all. */
void
gw_relay_receive_fin (GwRelay *relay)
{
  relay->fin = TRUE;
  gw_relay_go_on (relay);
}

/* Who takes nothing for so long may never do. */
static gboolean
on_linger (gpointer data)
{
  GwRelay *relay = data;
  gboolean moves = relay->received > relay->taken;

  relay->taken = relay->received;
  if (moves)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&relay->looking, g_source_unref);
  relay->broken = TRUE;
  gw_relay_go_on (relay);
  return G_SOURCE_REMOVE;
}

/* The stream is void: what came before is written, and then it is over. */
void
gw_relay_receive_reset (GwRelay *relay, const char *why)
{
  relay->is_reset = TRUE;
  if (relay->why == NULL && !(relay->fin && relay->read_all))
    relay->why = g_strdup (why);
  relay->taken = relay->received;
  look_later (relay, GW_RELAY_LINGER_MS, on_linger);
  gw_relay_go_on (relay);
}

/* --- Its life ----------------------------------------------------------- */

/**
 * gw_relay_new:
 * @context: (nullable): where it works; %NULL for the calling thread's default
 * @fd: (transfer full): a connected socket that does not block
 * @events: static; what it does, never from inside of this
 *
 * Returns: (transfer full): a new #GwRelay, or %NULL with @error set
 */
GwRelay *
gw_relay_new (GMainContext *context, int fd, const GwRelayEvents *events, gpointer data, GError **error)
{
  g_autoptr (GwRelay) relay = g_new0 (GwRelay, 1);

  relay->context = context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
  relay->fd = fd;
  /* Whose other end has gone without a word would else keep a stream for ever. */
  (void) setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof (int));
  relay->events = events;
  relay->data = data;
  relay->item
      = gw_poll_add (context, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_events, relay, error);
  return relay->item != NULL ? g_steal_pointer (&relay) : NULL;
}

/* Without a word to the stream. */
void
gw_relay_free (GwRelay *relay)
{
  close_fd (relay);
  gw_later_clear (&relay->looking);
  g_main_context_unref (relay->context);
  gw_output_clear (&relay->waiting);
  g_free (relay->why);
  g_free (relay);
}

/* What came on the stream and the socket has not taken. */
gsize
gw_relay_get_waiting (GwRelay *relay)
{
  return relay->waiting.length;
}

/* What the socket was given in all. */
guint64
gw_relay_get_received (GwRelay *relay)
{
  return relay->received;
}

/* What it gave. */
guint64
gw_relay_get_sent (GwRelay *relay)
{
  return relay->sent;
}
