/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes to standard output. */

#include "cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/**
 * cli_write:
 *
 * Returns: 0 when all is written, else an errno
 */
int
cli_write (int fd, const void *data, gsize length)
{
  const char *at = data;

  while (length > 0)
    {
      gssize written = write (fd, at, length);

      if (written >= 0)
        {
          at += written;
          length -= written;
        }
      else if (errno == EAGAIN)
        {
          /* Somebody gave us a non-blocking one. */
          struct pollfd wait = { .fd = fd, .events = POLLOUT };

          poll (&wait, 1, -1);
        }
      else if (errno != EINTR)
        return errno;
    }
  return 0;
}

/**
 * cli_print:
 *
 * Writes @text to standard output.
 *
 * Returns: the exit status; 0 if it went well
 */
int
cli_print (Cli *cli, const char *text)
{
  int problem = cli_write (STDOUT_FILENO, text, strlen (text));

  if (problem == 0)
    return 0;
  /* Whoever read has enough. */
  if (problem == EPIPE)
    return 128 + SIGPIPE;
  cli_complain ("cannot write to standard output: %s", g_strerror (problem));
  return cli->verb->failed;
}

/* Readable on a terminal; else, or with --json, in one line. */
int
cli_print_json (Cli *cli, JsonNode *value)
{
  gboolean pretty = !cli->json && isatty (STDOUT_FILENO);
  g_autofree char *text = gw_json_to_string (value, pretty);
  g_autofree char *safe = cli_escape_json (text);
  g_autofree char *line = g_strconcat (safe, "\n", NULL);

  return cli_print (cli, line);
}
