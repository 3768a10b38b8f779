/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands the keys of this terminal to another one, and takes them back however
 * the command ends. */

#include "cli-terminal.h"

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

/* Returns whether standard input is a terminal, which now is raw. */
gboolean
cli_terminal_make_raw (void)
{
  static gsize promised;
  struct termios raw;

  if (!isatty (STDIN_FILENO) || tcgetattr (STDIN_FILENO, &before) != 0)
    return FALSE;
  if (g_once_init_enter (&promised))
    {
      atexit (cli_terminal_restore);
      g_once_init_leave (&promised, 1);
    }
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
