/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a terminal carry bytes as they are. Reads and writes none. */

#include "gw-port.h"

#include <errno.h>
#include <sys/file.h>

static gboolean
get_mode (int fd, struct termios *mode, GError **error)
{
  if (tcgetattr (fd, mode) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "not a terminal: %s", g_strerror (errno));
  return FALSE;
}

static gboolean
set_raw (int fd, struct termios *mode, GError **error)
{
  cfmakeraw (mode);
  mode->c_cflag |= CLOCAL | CREAD;
  mode->c_cc[VMIN] = 1;
  mode->c_cc[VTIME] = 0;
  if (tcsetattr (fd, TCSANOW, mode) == 0 && tcflush (fd, TCIFLUSH) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot set the terminal raw: %s", g_strerror (errno));
  return FALSE;
}

/**
 * gw_port_lock_tty:
 * @fd: an open tty or pty
 *
 * To be called before it is read, or its mode is set. Any number of programs can
 * open a terminal, and each would get some of the bytes: of those that ask, one
 * has it until it closes it.
 *
 * Returns: %FALSE with %GW_ERROR_BUSY set if another program has it
 */
gboolean
gw_port_lock_tty (int fd, GError **error)
{
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_BUSY, "another program holds the terminal");
  return FALSE;
}

/**
 * gw_port_prepare_tty:
 * @fd: an open tty or pty
 *
 * Sets it raw, so that all 256 byte values pass, and drops what came before:
 * until here the line discipline has changed it.
 */
gboolean
gw_port_prepare_tty (int fd, GError **error)
{
  struct termios mode;

  return get_mode (fd, &mode, error) && set_raw (fd, &mode, error);
}

/**
 * gw_port_prepare_line:
 * @fd: an open serial line
 *
 * As gw_port_prepare_tty(), for a line with a speed: 8 bits, no parity, 1 stop
 * bit, and nothing that would stop it but the two ends.
 */
gboolean
gw_port_prepare_line (int fd, speed_t speed, GError **error)
{
  struct termios mode;

  if (!get_mode (fd, &mode, error))
    return FALSE;
  mode.c_cflag &= ~(CSTOPB | CRTSCTS | HUPCL);
  if (cfsetspeed (&mode, speed) != 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "the line does not take its speed: %s", g_strerror (errno));
      return FALSE;
    }
  return set_raw (fd, &mode, error);
}

/**
 * gw_port_prepare_held_tty:
 * @fd: an open tty, which another program may have open too
 *
 * Like gw_port_prepare_tty(), but leaves one alone that is raw already: what
 * waits in it is good, and somebody else's.
 */
gboolean
gw_port_prepare_held_tty (int fd, GError **error)
{
  struct termios mode;

  return get_mode (fd, &mode, error)
         && ((mode.c_lflag & (ICANON | ECHO | ISIG)) == 0 || set_raw (fd, &mode, error));
}
