/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a stream to a pipe or a terminal. Knows no program. */

#include "gw-live-input.h"

#include <errno.h>
#include <sys/epoll.h>
#include <termios.h>
#include <unistd.h>

#include "gw-flow.h"
#include "gw-poll.h"

struct _GwLiveInput
{
  int fd; /* -1 when the program takes nothing more */
  GwPollItem *item;
  gboolean terminal;
  GwStreams *streams;
  guint16 stream;
  GwOutput waiting;  /* not consumed yet */
  gboolean writable; /* the last write did not find it full */
  gboolean finished; /* by the host */
  gboolean in_line;  /* terminal: what was written last has not ended its line */
};

static void
close_fd (GwLiveInput *input)
{
  g_clear_pointer (&input->item, gw_poll_remove);
  if (input->fd >= 0)
    close (input->fd);
  input->fd = -1;
}

/* A terminal has no end but its end of file character: it ends a line that has
 * begun, and at the start of one it is what it is called. Returns whether that
 * is said, or cannot be: a full one takes it later. */
static gboolean
end_terminal (GwLiveInput *input)
{
  struct termios settings;
  gssize written;

  if (tcgetattr (input->fd, &settings) != 0 || (settings.c_lflag & ICANON) == 0)
    return TRUE;
  for (int left = input->in_line ? 2 : 1; left > 0; left--)
    {
      do
        written = write (input->fd, &settings.c_cc[VEOF], 1);
      while (written < 0 && errno == EINTR);
      if (written == 0 || (written < 0 && errno == EAGAIN))
        return FALSE;
      input->in_line = FALSE;
    }
  return TRUE;
}

static void
end (GwLiveInput *input)
{
  if (input->terminal && !end_terminal (input))
    input->writable = FALSE;
  else
    close_fd (input);
}

/* A program need not read all that it is given: EPIPE, and EIO of a terminal. */
static void
go_on (GwLiveInput *input)
{
  while (input->fd >= 0 && input->writable && input->waiting.length > 0)
    {
      gsize written;
      guint8 last;

      switch (gw_flow_write (input->fd, &input->waiting, &written, &last))
        {
        case GW_FLOW_MOVED:
          input->in_line = last != '\n' && last != '\r';
          gw_streams_consume (input->streams, input->stream, written);
          break;
        case GW_FLOW_WAITS:
          input->writable = FALSE;
          break;
        case GW_FLOW_ENDED:
        case GW_FLOW_FAILED:
        default:
          gw_live_input_drop (input);
        }
    }
  if (input->fd >= 0 && input->writable && input->finished && input->waiting.length == 0)
    end (input);
}

static void
on_events (guint32 events, gpointer data)
{
  GwLiveInput *input = data;

  input->writable = TRUE;
  /* Nobody reads it any more. */
  if ((events & EPOLLERR) != 0)
    gw_live_input_drop (input);
  else
    go_on (input);
}

/**
 * gw_live_input_new:
 * @fd: owned by the input from here on; -1: all is dropped
 * @terminal: whether @fd is a terminal's master
 *
 * Returns: (transfer full): a new input, or %NULL with @error set
 */
GwLiveInput *
gw_live_input_new (int fd, gboolean terminal, GwStreams *streams, guint16 stream, GError **error)
{
  GwLiveInput *input = g_new0 (GwLiveInput, 1);

  input->fd = fd;
  input->terminal = terminal;
  input->streams = streams;
  input->stream = stream;
  input->writable = TRUE;
  if (fd >= 0)
    input->item = gw_poll_add (NULL, fd, EPOLLOUT | EPOLLET, on_events, input, error);
  if (fd < 0 || input->item != NULL)
    return input;
  gw_live_input_free (input);
  return NULL;
}

void
gw_live_input_free (GwLiveInput *input)
{
  gw_output_clear (&input->waiting);
  close_fd (input);
  g_free (input);
}

/* The other side has written @bytes. */
void
gw_live_input_take (GwLiveInput *input, GBytes *bytes)
{
  if (input->fd < 0)
    {
      gw_streams_consume (input->streams, input->stream, g_bytes_get_size (bytes));
      return;
    }
  gw_output_push_joined (&input->waiting, bytes);
  go_on (input);
}

/* The other side has written all. */
void
gw_live_input_finish (GwLiveInput *input)
{
  input->finished = TRUE;
  go_on (input);
}

/* The program takes nothing more. */
void
gw_live_input_drop (GwLiveInput *input)
{
  gsize length = input->waiting.length;

  gw_output_clear (&input->waiting);
  if (length > 0)
    gw_streams_consume (input->streams, input->stream, length);
  close_fd (input);
}
