/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's half of a pair of programs as people write them for a channel: opens /dev/vport/NAME, and sends
 * COUNT bytes back with one added to each. It sets no terminal modes, since it knows of no terminal.
 *
 *   channel-guest PATH COUNT
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK 1024
#define PAUSE_US 10000

static int
write_all (int fd, const unsigned char *data, size_t length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);

      if (n < 0)
        return -1;
      data += n;
      length -= (size_t) n;
    }
  return 0;
}

int
main (int argc, char **argv)
{
  unsigned char data[CHUNK];
  size_t left;
  int fd;

  if (argc != 3)
    {
      fprintf (stderr, "usage: channel-guest PATH COUNT\n");
      return 2;
    }
  left = strtoul (argv[2], NULL, 10);
  fd = open (argv[1], O_RDWR);
  if (fd < 0)
    {
      perror (argv[1]);
      return 1;
    }
  while (left > 0)
    {
      ssize_t n = read (fd, data, left < CHUNK ? left : CHUNK);

      if (n < 0)
        {
          perror ("read");
          return 1;
        }
      if (n == 0)
        /* What a virtio port says while no host is there. */
        usleep (PAUSE_US);
      for (ssize_t i = 0; i < n; i++)
        data[i]++;
      if (write_all (fd, data, (size_t) n) != 0)
        {
          perror ("write");
          return 1;
        }
      left -= (size_t) n;
    }
  return 0;
}
