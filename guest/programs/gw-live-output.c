/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a pipe or a terminal to a stream. Knows no program. */

#include "gw-live-output.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "gw-flow.h"
#include "gw-limits.h"
#include "gw-poll.h"

struct _GwLiveOutput
{
  int fd;
  GwPollItem *item;
  GwStreams *streams;
  guint16 stream;
  gboolean readable;  /* the last read did not find it empty */
  gboolean closed;    /* there is no more to read */
  gboolean ended;
  gboolean draining;  /* the program has ended: what is there now is all */
  gsize drained;
  GwLiveOutputFunc ended_func;
  gpointer data;
};

/* The descriptor stays open: somebody who still writes to it may go on, as
 * long as the owner likes. */
static void
end (GwLiveOutput *output)
{
  if (output->ended)
    return;
  output->ended = TRUE;
  g_clear_pointer (&output->item, gw_poll_remove);
  output->ended_func (output, output->data);
}

static void
close_fd (GwLiveOutput *output)
{
  g_clear_pointer (&output->item, gw_poll_remove);
  if (output->fd >= 0)
    close (output->fd);
  output->fd = -1;
}

/* Returns whether there may be more. A terminal that nobody has open any more
 * gives EIO at its end. */
static gboolean
read_some (GwLiveOutput *output, gsize room)
{
  g_autoptr (GBytes) bytes = NULL;
  GwFlowResult result = gw_flow_read (output->fd, room, &bytes);

  if (result == GW_FLOW_MOVED)
    {
      output->drained += output->draining ? g_bytes_get_size (bytes) : 0;
      gw_streams_write (output->streams, output->stream, bytes);
      return TRUE;
    }
  output->readable = FALSE;
  output->closed = result != GW_FLOW_WAITS;
  return FALSE;
}

/* Where somebody else writes on and on, what came before the program's end is
 * among the first: a pipe holds no more. */
static gboolean
is_read (const GwLiveOutput *output)
{
  return output->closed || (output->draining && (!output->readable || output->drained >= GW_EXEC_DRAIN_MAX));
}

/**
 * gw_live_output_go_on:
 *
 * Moves what can be moved now. May end it, as the last thing that it does.
 */
void
gw_live_output_go_on (GwLiveOutput *output)
{
  gsize turn = 0;
  gsize room;

  while (!output->ended && !is_read (output) && output->readable
         && (room = gw_streams_get_room (output->streams, output->stream)) > 0)
    {
      if (turn++ >= GW_PORT_TURN_MAX / GW_FRAME_MAX)
        {
          gw_poll_again (output->item);
          return;
        }
      if (!read_some (output, room))
        break;
    }
  if (output->ended || !is_read (output))
    return;
  gw_streams_finish (output->streams, output->stream);
  end (output);
}

static void
on_events (guint32 events, gpointer data)
{
  GwLiveOutput *output = data;

  if (events != 0)
    output->readable = TRUE;
  gw_live_output_go_on (output);
}

/**
 * gw_live_output_new:
 * @fd: owned by the output from here on
 * @stream: this agent's, in @streams
 * @ended: called once, unless the output is freed before
 *
 * Returns: (transfer full): a new output, or %NULL with @error set
 */
GwLiveOutput *
gw_live_output_new (int fd, GwStreams *streams, guint16 stream, GwLiveOutputFunc ended, gpointer data, GError **error)
{
  GwLiveOutput *output = g_new0 (GwLiveOutput, 1);

  output->fd = fd;
  output->streams = streams;
  output->stream = stream;
  output->ended_func = ended;
  output->data = data;
  output->item = gw_poll_add (NULL, fd, EPOLLIN | EPOLLET, on_events, output, error);
  if (output->item != NULL)
    return output;
  gw_live_output_free (output);
  return NULL;
}

void
gw_live_output_free (GwLiveOutput *output)
{
  close_fd (output);
  g_free (output);
}

gboolean
gw_live_output_has_ended (GwLiveOutput *output)
{
  return output->ended;
}

/* The program has ended: its output ends with what it has written. */
void
gw_live_output_drain (GwLiveOutput *output)
{
  output->draining = TRUE;
  output->readable = TRUE;
  gw_live_output_go_on (output);
}

/* Nobody reads it any more: who still writes to it is told by the kernel. */
void
gw_live_output_drop (GwLiveOutput *output)
{
  close_fd (output);
  end (output);
}

int
gw_live_output_get_fd (GwLiveOutput *output)
{
  return output->fd;
}

/* Returns: the descriptor, or -1 if it is closed already */
int
gw_live_output_steal_fd (GwLiveOutput *output)
{
  int fd = output->fd;

  output->fd = -1;
  g_clear_pointer (&output->item, gw_poll_remove);
  return fd;
}
