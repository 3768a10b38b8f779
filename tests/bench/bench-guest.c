/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's half of the bare programs that Guestwire is measured beside.
 *
 *   bench-guest echo PORT      gives back what comes
 *   bench-guest serve PORT     does what bench-host asks for: see BENCH_REQUEST
 */

#include "bench-io.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define WORDS_MAX 32
/* Between looks at a port that has no host: a virtio port then reads as if it were at its end. */
#define PAUSE_US 1000
/* Without a byte in the middle of a request: its host is gone. */
#define PATIENCE_MS 2000

extern char **environ;

static void
answer (int port, long long number)
{
  char text[BENCH_ANSWER] = { 0 };

  snprintf (text, sizeof text, "%lld", number);
  bench_write (port, text, sizeof text);
}

static void
push (int port, const char *path, long long size)
{
  int file = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  int status;

  if (file < 0)
    perror (path);
  status = bench_copy (port, file, size);
  if (close (file) != 0)
    status = -1;
  answer (port, status == 0 ? size : -1);
}

static void
pull (int port, const char *path)
{
  struct stat what;
  int file = open (path, O_RDONLY);

  if (file < 0 || fstat (file, &what) != 0)
    {
      perror (path);
      answer (port, -1);
      return;
    }
  answer (port, what.st_size);
  if (bench_copy (file, port, what.st_size) != 0)
    perror (path);
  close (file);
}

/* Answers before it starts the program, so that whoever asked can take the time from there. */
static void
run (int port, char *command)
{
  char *words[WORDS_MAX + 1] = { NULL };
  posix_spawnattr_t how;
  sigset_t usual;
  size_t n = 0;
  pid_t pid;

  sigemptyset (&usual);
  sigaddset (&usual, SIGCHLD);
  posix_spawnattr_init (&how);
  posix_spawnattr_setsigdefault (&how, &usual);
  posix_spawnattr_setflags (&how, POSIX_SPAWN_SETSIGDEF);
  for (char *word = strtok (command, " "); word != NULL && n < WORDS_MAX; word = strtok (NULL, " "))
    words[n++] = word;
  answer (port, 0);
  if (n == 0 || posix_spawnp (&pid, words[0], NULL, &how, words, environ) != 0)
    fprintf (stderr, "bench-guest: cannot start %s\n", command);
  posix_spawnattr_destroy (&how);
}

static void
serve (int port)
{
  char request[BENCH_REQUEST + 1] = { 0 };
  long long size;
  int at = 0;

  /* Nobody waits for what it starts. */
  signal (SIGCHLD, SIG_IGN);
  for (;;)
    {
      if (bench_read (port, request, BENCH_REQUEST) != BENCH_REQUEST)
        continue;
      if (sscanf (request, "push %lld %n", &size, &at) == 1)
        push (port, request + at, size);
      else if (strncmp (request, "pull ", 5) == 0)
        pull (port, request + 5);
      else if (strncmp (request, "run ", 4) == 0)
        run (port, request + 4);
      else
        fprintf (stderr, "bench-guest: not understood: %s\n", request);
    }
}

static void
echo (int port)
{
  char data[BENCH_CALL];

  for (;;)
    {
      ssize_t n = read (port, data, sizeof data);

      if (n > 0)
        bench_write (port, data, (size_t) n);
      else
        usleep (PAUSE_US);
    }
}

int
main (int argc, char **argv)
{
  struct termios modes;
  int port;

  if (argc != 3 || (strcmp (argv[1], "echo") != 0 && strcmp (argv[1], "serve") != 0))
    {
      fprintf (stderr, "usage: bench-guest echo|serve PORT\n");
      return 2;
    }
  port = open (argv[2], O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (port < 0)
    {
      perror (argv[2]);
      return 1;
    }
  if (tcgetattr (port, &modes) == 0)
    {
      cfmakeraw (&modes);
      tcsetattr (port, TCSANOW, &modes);
    }
  if (strcmp (argv[1], "echo") == 0)
    echo (port);
  bench_patience_ms = PATIENCE_MS;
  serve (port);
  return 0;
}
