/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands the keys of this terminal to another one, and takes them back however
 * the command ends. */

#include "cli-terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static gboolean is_raw;

/* To be called by anybody at any time. Waits for nothing: the terminal may be
 * stuck. */
void
cli_terminal_restore (void)
{
  if (!is_raw)
    return;
  is_raw = FALSE;
  tcsetattr (STDIN_FILENO, TCSANOW, &before);
}

/* What ends this program by a fault of its own. */
static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP };

static void
on_fault (int number)
{
  cli_terminal_restore ();
  raise (number);
}

static void
restore_in_any_case (void)
{
  const struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_RESETHAND };

  atexit (cli_terminal_restore);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    sigaction (faults[i], &action, NULL);
}

/* Returns whether standard input is a terminal, which now is raw. One that is
 * raw by this is made so again, as somebody may have changed it. */
gboolean
cli_terminal_make_raw (void)
{
  static gboolean promised;
  struct termios raw;

  if (!isatty (STDIN_FILENO) || (!is_raw && tcgetattr (STDIN_FILENO, &before) != 0))
    return FALSE;
  if (!promised)
    restore_in_any_case ();
  promised = TRUE;
  raw = before;
  cfmakeraw (&raw);
  is_raw = tcsetattr (STDIN_FILENO, TCSANOW, &raw) == 0;
  return is_raw;
}

/* Of the first of the standard streams that is a terminal with a size. */
gboolean
cli_terminal_get_size (guint *rows, guint *columns)
{
  struct winsize size;

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
      {
        *rows = size.ws_row;
        *columns = size.ws_col;
        return TRUE;
      }
  return FALSE;
}
