/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries signals into the main loop: also those that GLib's own source does
 * not know. */

#include "cli-signals.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH };

static struct
{
  struct sigaction before[G_N_ELEMENTS (signals)];
  int pipe[2]; /* of their numbers */
  guint source;
  CliSignalFunc func;
  gpointer user_data;
} caught;

static void
on_signal (int number)
{
  int kept = errno;
  guint8 byte = (guint8) number;

  /* A full pipe has enough of them. */
  if (write (caught.pipe[1], &byte, 1) < 0)
    errno = kept;
  errno = kept;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  guint8 byte;

  /* One at a time: the function may let go of them. */
  if (read (fd, &byte, 1) == 1)
    caught.func (byte, caught.user_data);
  return G_SOURCE_CONTINUE;
}

/* Once. */
void
cli_signals_catch (CliSignalFunc func, gpointer user_data)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
  g_autoptr (GError) error = NULL;

  if (!g_unix_open_pipe (caught.pipe, FD_CLOEXEC, &error))
    g_error ("%s", error->message);
  g_unix_set_fd_nonblocking (caught.pipe[1], TRUE, NULL);
  caught.func = func;
  caught.user_data = user_data;
  caught.source = g_unix_fd_add (caught.pipe[0], G_IO_IN, on_readable, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      sigaction (signals[i], NULL, &caught.before[i]);
      if (caught.before[i].sa_handler != SIG_IGN)
        sigaction (signals[i], &action, NULL);
    }
}

/* They do what they did before. */
void
cli_signals_release (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &caught.before[i], NULL);
  g_clear_handle_id (&caught.source, g_source_remove);
  close (caught.pipe[0]);
  close (caught.pipe[1]);
}
