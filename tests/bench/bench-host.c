/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's half of the bare programs that Guestwire is measured beside, and a client of agents in text that does
 * nothing but what is measured. Times are printed in microseconds, one a line.
 *
 *   bench-host time COMMAND…                  how long that takes from start to end
 *   bench-host push|pull SOCKET FILE PATH     FILE here, PATH in the guest
 *   bench-host echo|ping|exec SOCKET COUNT    the time of each round
 *   bench-host write SOCKET FILE PATH CHUNK   by guest-file-write, so much of FILE at once; and the time of each call
 *   bench-host read SOCKET PATH CHUNK
 *   bench-host first RAW SOCKET COMMAND…      from when the guest starts COMMAND to its first answer at SOCKET
 */

#include "bench-io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PING "{\"execute\":\"guest-ping\"}\n"
/* So that a run ends whatever happens. */
#define DEADLINE_S 300
/* Longest reply: a chunk in base64, and what is around it. */
#define REPLY_MAX (64 * 1024 * 1024)
/* Between tries to be heard by a program that is starting. */
#define AGAIN_MS 1
/* No agent takes as long to answer a ping. */
#define QUIET_MS 500

extern char **environ;

static void
die (const char *what)
{
  fprintf (stderr, "bench-host: %s: %s\n", what, errno != 0 ? strerror (errno) : "failed");
  exit (1);
}

static double
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

static void
tell (double began)
{
  printf ("%.1f\n", now_us () - began);
}

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (strlen (path) >= sizeof address.sun_path)
    die ("the socket's path is too long");
  strcpy (address.sun_path, path);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    die (path);
  return fd;
}

static void
send_all (int fd, const void *data, size_t length)
{
  if (bench_write (fd, data, length) != length)
    die ("write");
}

/* --- Bare programs --- */

static void
ask (int fd, const char *text)
{
  char request[BENCH_REQUEST] = { 0 };

  snprintf (request, sizeof request, "%s", text);
  send_all (fd, request, sizeof request);
}

static long long
hear_number (int fd)
{
  char text[BENCH_ANSWER + 1] = { 0 };

  if (bench_read (fd, text, BENCH_ANSWER) != BENCH_ANSWER || strtoll (text, NULL, 10) < 0)
    die ("the guest's half");
  return strtoll (text, NULL, 10);
}

static void
push (const char *socket_path, const char *path, const char *guest_path)
{
  char request[BENCH_REQUEST];
  int file = open (path, O_RDONLY);
  struct stat what;
  int fd;

  if (file < 0 || fstat (file, &what) != 0)
    die (path);
  fd = connect_to (socket_path);
  snprintf (request, sizeof request, "push %lld %s", (long long) what.st_size, guest_path);
  ask (fd, request);
  if (bench_copy (file, fd, what.st_size) != 0)
    die ("push");
  hear_number (fd);
}

static void
pull (const char *socket_path, const char *path, const char *guest_path)
{
  char request[BENCH_REQUEST];
  int file = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  int fd;

  if (file < 0)
    die (path);
  fd = connect_to (socket_path);
  snprintf (request, sizeof request, "pull %s", guest_path);
  ask (fd, request);
  if (bench_copy (fd, file, hear_number (fd)) != 0 || close (file) != 0)
    die ("pull");
}

static void
time_command (char **words)
{
  double began = now_us ();
  int status;
  pid_t pid;

  if (posix_spawnp (&pid, words[0], NULL, NULL, words, environ) != 0)
    die (words[0]);
  if (waitpid (pid, &status, 0) != pid || status != 0)
    {
      fprintf (stderr, "bench-host: %s failed\n", words[0]);
      exit (1);
    }
  tell (began);
}

/* --- Agents in text --- */

static char *reply;
static size_t reply_room;

/* The next line. It stays until the next call. */
static const char *
hear_line (int fd)
{
  size_t length = 0;

  for (;;)
    {
      ssize_t n;

      if (length + BENCH_CALL >= reply_room)
        {
          reply_room = 2 * reply_room + 2 * BENCH_CALL;
          reply = reply_room > REPLY_MAX ? NULL : realloc (reply, reply_room);
          if (reply == NULL)
            die ("a reply that is too long");
        }
      n = read (fd, reply + length, BENCH_CALL);
      if (n <= 0)
        die ("read");
      length += (size_t) n;
      if (reply[length - 1] == '\n')
        {
          reply[length] = '\0';
          return reply;
        }
    }
}

/* Returns what stands behind "return": in the answer. */
static const char *
call (int fd, const char *request, size_t length)
{
  static const char key[] = "\"return\":";
  const char *found;

  send_all (fd, request, length);
  found = strstr (hear_line (fd), key);
  if (found == NULL)
    {
      fprintf (stderr, "bench-host: the agent answered %.200s\n", reply);
      exit (1);
    }
  return found + strlen (key);
}

static int
open_agent (const char *path)
{
  static const char sync[] = "\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":4711}}\n";
  int fd = connect_to (path);

  send_all (fd, sync, sizeof sync - 1);
  while (strstr (hear_line (fd), "\"return\": 4711") == NULL && strstr (reply, "\"return\":4711") == NULL)
    continue;
  return fd;
}

static void
ping (int fd, long count)
{
  while (count-- > 0)
    {
      double began = now_us ();

      send_all (fd, PING, strlen (PING));
      hear_line (fd);
      tell (began);
    }
}

static void
exec_true (int fd, long count)
{
  static const char start[] = "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/true\"}}\n";
  char status[128];

  while (count-- > 0)
    {
      double began = now_us ();
      const char *number = strstr (call (fd, start, strlen (start)), "\"pid\":");
      size_t length;

      if (number == NULL)
        die ("guest-exec");
      length = (size_t) snprintf (status, sizeof status, "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%ld}}\n",
                                  strtol (number + strlen ("\"pid\":"), NULL, 10));
      while (strstr (call (fd, status, length), "\"exitcode\"") == NULL)
        continue;
      tell (began);
    }
}

static long
open_in_guest (int fd, const char *path, const char *mode)
{
  char request[BENCH_REQUEST];
  int length = snprintf (request, sizeof request,
                         "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"%s\",\"mode\":\"%s\"}}\n", path, mode);

  return strtol (call (fd, request, (size_t) length), NULL, 10);
}

static void
close_in_guest (int fd, long handle)
{
  char request[BENCH_REQUEST];
  int length = snprintf (request, sizeof request,
                         "{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%ld}}\n", handle);

  call (fd, request, (size_t) length);
}

static size_t
to_base64 (const unsigned char *data, size_t length, char *text)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t at = 0;

  for (size_t i = 0; i < length; i += 3)
    {
      unsigned three = (unsigned) data[i] << 16 | (i + 1 < length ? (unsigned) data[i + 1] << 8 : 0)
                       | (i + 2 < length ? data[i + 2] : 0);

      text[at++] = digits[three >> 18];
      text[at++] = digits[three >> 12 & 63];
      text[at++] = i + 1 < length ? digits[three >> 6 & 63] : '=';
      text[at++] = i + 2 < length ? digits[three & 63] : '=';
    }
  return at;
}

static void
write_file (int fd, const char *path, const char *guest_path, size_t chunk)
{
  long handle = open_in_guest (fd, guest_path, "w");
  unsigned char *data = malloc (chunk);
  char *request = malloc (chunk / 3 * 4 + BENCH_REQUEST);
  int file = open (path, O_RDONLY);
  size_t got;

  if (file < 0 || data == NULL || request == NULL)
    die (path);
  while ((got = bench_read (file, data, chunk)) > 0)
    {
      double began = now_us ();
      size_t length = (size_t) sprintf (request, "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":%ld,\"buf-b64\":\"",
                                        handle);

      length += to_base64 (data, got, request + length);
      length += (size_t) sprintf (request + length, "\"}}\n");
      call (fd, request, length);
      tell (began);
    }
  close_in_guest (fd, handle);
}

static void
read_file (int fd, const char *guest_path, size_t chunk)
{
  long handle = open_in_guest (fd, guest_path, "r");
  char request[BENCH_REQUEST];
  int length = snprintf (request, sizeof request,
                         "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":%ld,\"count\":%zu}}\n", handle, chunk);

  for (;;)
    {
      double began = now_us ();
      const char *result = call (fd, request, (size_t) length);

      if (strstr (result, "\"count\": 0,") != NULL || strstr (result, "\"count\":0,") != NULL)
        break;
      tell (began);
    }
  close_in_guest (fd, handle);
}

static void
first_answer (const char *raw_path, const char *path, char **words)
{
  char command[BENCH_REQUEST] = "run";
  int raw = connect_to (raw_path);
  int fd = connect_to (path);
  struct pollfd heard = { .fd = fd, .events = POLLIN };
  double began;

  for (; *words != NULL; words++)
    {
      strncat (command, " ", sizeof command - strlen (command) - 1);
      strncat (command, *words, sizeof command - strlen (command) - 1);
    }
  ask (raw, command);
  hear_number (raw);
  began = now_us ();
  do
    /* What comes before anyone has the port open may be lost. */
    send_all (fd, PING, strlen (PING));
  while (poll (&heard, 1, AGAIN_MS) == 0);
  tell (began);
  while (poll (&heard, 1, QUIET_MS) == 1)
    hear_line (fd);
}

/* --- */

typedef struct
{
  const char *name;
  int n_words;                     /* behind it; more where it is negative */
} Kind;

static const Kind kinds[] = {
  { "time", -1 },  { "push", 3 },  { "pull", 3 }, { "echo", 2 },  { "ping", 2 },
  { "exec", 2 },   { "write", 4 }, { "read", 3 }, { "first", -3 },
};

static void
do_work (const char *name, char **words)
{
  if (strcmp (name, "time") == 0)
    time_command (words);
  else if (strcmp (name, "push") == 0)
    push (words[0], words[1], words[2]);
  else if (strcmp (name, "pull") == 0)
    pull (words[0], words[1], words[2]);
  else if (strcmp (name, "echo") == 0)
    ping (connect_to (words[0]), strtol (words[1], NULL, 10));
  else if (strcmp (name, "ping") == 0)
    ping (open_agent (words[0]), strtol (words[1], NULL, 10));
  else if (strcmp (name, "exec") == 0)
    exec_true (open_agent (words[0]), strtol (words[1], NULL, 10));
  else if (strcmp (name, "write") == 0)
    write_file (open_agent (words[0]), words[1], words[2], strtoul (words[3], NULL, 10));
  else if (strcmp (name, "read") == 0)
    read_file (open_agent (words[0]), words[1], strtoul (words[2], NULL, 10));
  else
    first_answer (words[0], words[1], words + 2);
}

int
main (int argc, char **argv)
{
  alarm (DEADLINE_S);
  for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp (argv[1], kinds[i].name) == 0
        && (kinds[i].n_words < 0 ? argc - 2 >= -kinds[i].n_words : argc - 2 == kinds[i].n_words))
      {
        do_work (argv[1], argv + 2);
        return 0;
      }
  fprintf (stderr, "bench-host: see the top of bench-host.c for how it is used\n");
  return 2;
}
