/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-agent: options, the loop, signals. */

#include <fcntl.h>
#include <glib-unix.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "gw-agent.h"
#include "gw-options.h"

#define EXIT_USAGE 2

static gboolean
on_stop (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

static void
show_debug_messages (void)
{
  g_autofree char *domains = g_strdup (g_getenv ("G_MESSAGES_DEBUG"));

  if (domains == NULL)
    g_setenv ("G_MESSAGES_DEBUG", G_LOG_DOMAIN, TRUE);
}

/* A large request is rare and its memory is not kept: without this glibc takes
 * ever larger blocks from a heap that cannot shrink. */
static void
give_memory_back (void)
{
#ifdef M_MMAP_THRESHOLD
  mallopt (M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

/* A descriptor of ours must not become what others print to. */
static void
open_standard_files (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    close (fd);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = NULL;
  g_auto (GwOptions) options = { NULL };
  g_autoptr (GwAgent) agent = NULL;
  g_autoptr (GError) error = NULL;

  open_standard_files ();
  if (!gw_options_parse (&options, &argc, &argv, &error))
    {
      fprintf (stderr, "guestwire-agent: %s\nTry 'guestwire-agent --help'.\n", error->message);
      return EXIT_USAGE;
    }
  if (options.show_version)
    {
      printf ("guestwire-agent %s\n", GW_VERSION);
      return EXIT_SUCCESS;
    }
  if (options.verbose)
    show_debug_messages ();

  give_memory_back ();
  loop = g_main_loop_new (NULL, FALSE);
  /* Programs close their input when they like, and so do clients. */
  signal (SIGPIPE, SIG_IGN);
  g_unix_signal_add (SIGTERM, on_stop, loop);
  g_unix_signal_add (SIGINT, on_stop, loop);

  agent = gw_agent_new (options.channels, &error);
  if (agent == NULL)
    {
      fprintf (stderr, "guestwire-agent: %s\n", error->message);
      return g_error_matches (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS) ? EXIT_USAGE : EXIT_FAILURE;
    }
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
