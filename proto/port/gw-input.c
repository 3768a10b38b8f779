/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a descriptor empty, in large pieces: a virtio-serial port gives 4 KiB at
 * a time, and whoever looks at each by itself is slow. */

#include "gw-input.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * gw_input_read:
 * @fd: does not block
 * @end: (out caller-allocates): why it was not more
 *
 * Returns: how many bytes were read
 */
gsize
gw_input_read (int fd, guint8 *buffer, gsize size, GwInputEnd *end)
{
  gsize length = 0;

  *end = (GwInputEnd){ FALSE, 0 };
  while (length < size && !end->said && end->error == 0)
    {
      gssize part = read (fd, buffer + length, size - length);

      if (part > 0)
        length += part;
      else if (part == 0)
        end->said = TRUE;
      else if (errno != EINTR)
        end->error = errno;
    }
  return length;
}

/* Those that tell what became of a datagram that was sent: that nobody is there
 * now, or no way to him. Each is told once. */
static gboolean
is_of_one_sent (int number)
{
  return number == ECONNREFUSED || number == EHOSTUNREACH || number == ENETUNREACH || number == EHOSTDOWN
         || number == EPROTO || number == EMSGSIZE;
}

/**
 * gw_input_read_datagram:
 * @fd: a socket of datagrams; does not block
 * @end: (out caller-allocates): why there was none
 *
 * Returns: the length of one datagram, which may be 0
 */
gsize
gw_input_read_datagram (int fd, guint8 *buffer, gsize size, GwInputEnd *end)
{
  *end = (GwInputEnd){ FALSE, 0 };
  for (;;)
    {
      gssize length = recv (fd, buffer, size, 0);

      if (length >= 0)
        return length;
      if (errno != EINTR && !is_of_one_sent (errno))
        {
          end->error = errno;
          return 0;
        }
    }
}
