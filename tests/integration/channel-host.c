/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's half of a pair of programs as people write them for a channel: connects to a unix socket, sends
 * COUNT bytes, and expects each of them back with one added, from channel-guest. It knows no hypervisor and
 * nothing of Guestwire.
 *
 *   channel-host SOCKET COUNT
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 4096
#define SILENCE_MS 60000 /* an emulated machine may take a while to say anything */

/* All byte values come in each 256 of them, and no two such blocks are alike. */
static unsigned char
byte_at (size_t offset)
{
  return (unsigned char) (offset + (offset >> 8) * 7 + (offset >> 16) * 13);
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  if (fd < 0 || strlen (path) >= sizeof address.sun_path)
    return -1;
  strcpy (address.sun_path, path);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    return -1;
  return fd;
}

/* Returns how many bytes it took, or -1. */
static ssize_t
send_some (int fd, size_t sent, size_t count)
{
  unsigned char data[CHUNK];
  size_t length = count - sent < CHUNK ? count - sent : CHUNK;
  ssize_t n;

  for (size_t i = 0; i < length; i++)
    data[i] = byte_at (sent + i);
  n = send (fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  return n < 0 && errno == EAGAIN ? 0 : n;
}

/* Returns how many bytes came, or -1 after it has said what is wrong. */
static ssize_t
check_some (int fd, size_t got)
{
  unsigned char data[CHUNK];
  ssize_t n = recv (fd, data, sizeof data, 0);

  if (n <= 0)
    {
      fprintf (stderr, "after %zu bytes: %s\n", got, n == 0 ? "closed" : strerror (errno));
      return -1;
    }
  for (ssize_t i = 0; i < n; i++)
    {
      unsigned char expected = (unsigned char) (byte_at (got + (size_t) i) + 1);

      if (data[i] != expected)
        {
          fprintf (stderr, "byte %zu is 0x%02x instead of 0x%02x\n", got + (size_t) i, data[i], expected);
          return -1;
        }
    }
  return n;
}

int
main (int argc, char **argv)
{
  size_t count, sent = 0, got = 0;
  int fd;

  if (argc != 3)
    {
      fprintf (stderr, "usage: channel-host SOCKET COUNT\n");
      return 2;
    }
  count = strtoul (argv[2], NULL, 10);
  fd = connect_to (argv[1]);
  if (fd < 0)
    {
      perror (argv[1]);
      return 1;
    }
  while (got < count)
    {
      struct pollfd wanted = { fd, POLLIN | (sent < count ? POLLOUT : 0), 0 };
      ssize_t n = 0;

      if (poll (&wanted, 1, SILENCE_MS) <= 0)
        {
          fprintf (stderr, "%zu bytes sent, %zu came back, then nothing\n", sent, got);
          return 1;
        }
      if (wanted.revents & POLLOUT)
        {
          n = send_some (fd, sent, count);
          if (n < 0)
            {
              perror ("send");
              return 1;
            }
          sent += (size_t) n;
        }
      if (wanted.revents & (POLLIN | POLLHUP | POLLERR))
        {
          n = check_some (fd, got);
          if (n < 0)
            return 1;
          got += (size_t) n;
        }
    }
  printf ("%zu bytes each way\n", count);
  return 0;
}
