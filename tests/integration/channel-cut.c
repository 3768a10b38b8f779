/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host's end of a channel that is not well: carries bytes between who connects to LISTEN and CONNECT, both unix
 * sockets, and does something when so many bytes have come from CONNECT, in all its connections:
 *
 *   cut@BYTES       disconnects on both sides; whoever connects next is carried again
 *   stall:MS@BYTES  carries nothing for so long
 *   stop@BYTES      carries nothing until it gets SIGCONT
 *
 *   channel-cut LISTEN CONNECT [THING]...     in the order of their bytes
 *
 * Ends with SIGTERM. */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 16384

typedef enum
{
  CUT,
  STALL,
  STOP,
} Thing;

static char **plan; /* what is still to be done */
static unsigned long long came;

static int
fail (const char *what)
{
  perror (what);
  exit (1);
}

static int
open_socket (const char *path, int listening)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  if (fd < 0 || strlen (path) >= sizeof address.sun_path)
    fail (path);
  strcpy (address.sun_path, path);
  if (listening)
    return bind (fd, (struct sockaddr *) &address, sizeof address) == 0 && listen (fd, 8) == 0 ? fd : fail (path);
  return connect (fd, (struct sockaddr *) &address, sizeof address) == 0 ? fd : fail (path);
}

/* Returns how many bytes may come before it is to be done. */
static unsigned long long
next_thing (Thing *thing, int *stall_ms)
{
  unsigned long long at;

  if (*plan == NULL)
    return CHUNK;
  *thing = STALL;
  if (sscanf (*plan, "stall:%d@%llu", stall_ms, &at) == 2)
    return at > came ? at - came : 0;
  *thing = strncmp (*plan, "cut@", 4) == 0 ? CUT : STOP;
  if (sscanf (*plan, *thing == CUT ? "cut@%llu" : "stop@%llu", &at) == 1)
    return at > came ? at - came : 0;
  fprintf (stderr, "channel-cut: what is %s?\n", *plan);
  exit (2);
}

/* Returns the bytes carried; 0 when one side has gone. */
static ssize_t
carry (int from, int to, size_t most)
{
  char data[CHUNK];
  ssize_t length = recv (from, data, most < sizeof data ? most : sizeof data, 0);

  for (ssize_t done = 0, n; done < length; done += n)
    if ((n = send (to, data + done, (size_t) (length - done), MSG_NOSIGNAL)) <= 0)
      return 0;
  return length > 0 ? length : 0;
}

/* Until it is cut, or one side goes. */
static void
carry_both (int client, int channel)
{
  for (;;)
    {
      struct pollfd both[] = { { client, POLLIN, 0 }, { channel, POLLIN, 0 } };
      Thing thing = STALL;
      int stall_ms = 0;
      ssize_t n;
      unsigned long long left = next_thing (&thing, &stall_ms);

      if (left == 0)
        {
          printf ("%s after %llu bytes\n", *plan++, came);
          fflush (stdout);
          if (thing == CUT)
            return;
          if (thing == STOP)
            raise (SIGSTOP);
          else
            poll (NULL, 0, stall_ms);
          continue;
        }
      if (poll (both, 2, -1) < 0)
        fail ("poll");
      if (both[0].revents != 0 && carry (client, channel, CHUNK) == 0)
        return;
      if (both[1].revents == 0)
        continue;
      n = carry (channel, client, left < CHUNK ? left : CHUNK);
      if (n == 0)
        return;
      came += (unsigned long long) n;
    }
}

int
main (int argc, char **argv)
{
  int listening;

  if (argc < 3)
    {
      fprintf (stderr, "usage: channel-cut LISTEN CONNECT [THING]...\n");
      return 2;
    }
  plan = argv + 3;
  listening = open_socket (argv[1], 1);
  for (;;)
    {
      int client = accept (listening, NULL, NULL);
      int channel = open_socket (argv[2], 0);

      carry_both (client, channel);
      close (channel);
      close (client);
    }
}
