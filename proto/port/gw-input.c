/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a descriptor empty, in large pieces: a virtio-serial port gives 4 KiB at
 * a time, and whoever looks at each by itself is slow. */

#include "gw-input.h"

#include <errno.h>
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
