/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes descriptors for streams: a frame's worth at a time, so that
 * many get their turn. Knows neither which stream nor what the descriptor is. */

#include "gw-flow.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"

/**
 * gw_flow_read:
 * @room: at least 1
 * @bytes: (out): what was read, where %GW_FLOW_MOVED is returned
 */
GwFlowResult
gw_flow_read (int fd, gsize room, GBytes **bytes)
{
  guint8 buffer[GW_FRAME_MAX];
  gssize length;

  do
    length = read (fd, buffer, MIN (room, sizeof buffer));
  while (length < 0 && errno == EINTR);
  if (length < 0)
    return errno == EAGAIN ? GW_FLOW_WAITS : GW_FLOW_FAILED;
  if (length == 0)
    return GW_FLOW_ENDED;
  *bytes = g_bytes_new (buffer, length);
  return GW_FLOW_MOVED;
}

static GwFlowResult
take_out (GwOutput *waiting, const guint8 *data, gssize done, gsize *written, guint8 *last)
{
  if (done < 0 && errno != EAGAIN)
    return GW_FLOW_FAILED;
  if (done <= 0)
    return GW_FLOW_WAITS;
  *written = done;
  *last = data[done - 1];
  gw_output_consume (waiting, done);
  return GW_FLOW_MOVED;
}

/**
 * gw_flow_write:
 * @waiting: what some of which is to be written, not empty
 * @written: (out): how much was, where %GW_FLOW_MOVED is returned
 * @last: (out): its last byte
 */
GwFlowResult
gw_flow_write (int fd, GwOutput *waiting, gsize *written, guint8 *last)
{
  gsize length;
  const guint8 *data = gw_output_peek (waiting, &length);
  gssize done;

  do
    done = write (fd, data, length);
  while (done < 0 && errno == EINTR);
  return take_out (waiting, data, done, written, last);
}

/* The same to a socket, whose end is told by no signal. */
GwFlowResult
gw_flow_send (int fd, GwOutput *waiting, gsize *written)
{
  gsize length;
  const guint8 *data = gw_output_peek (waiting, &length);
  guint8 last;
  gssize done;

  do
    done = send (fd, data, length, MSG_NOSIGNAL);
  while (done < 0 && errno == EINTR);
  return take_out (waiting, data, done, written, &last);
}
