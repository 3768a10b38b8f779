/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptors of a port: one, or one for each direction. Knows what has to be
 * as it was before when they are closed. Moves no bytes. */

#include "gw-ends.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gw-linger.h"

static void
shut (int *fd, gboolean blocked)
{
  if (*fd >= 0 && blocked)
    (void) fcntl (*fd, F_SETFL, fcntl (*fd, F_GETFL) & ~O_NONBLOCK);
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* Closes what is open, and puts back what was changed. */
void
gw_ends_clear (GwEnds *ends)
{
  if (ends->before != NULL)
    {
      (void) tcsetattr (ends->fd, TCSANOW, ends->before);
      (void) ioctl (ends->fd, TIOCNXCL);
    }
  g_clear_pointer (&ends->before, g_free);
  if (ends->kind == GW_PORT_DATAGRAM && ends->fd >= 0)
    {
      gw_linger (ends->fd);
      ends->fd = -1;
    }
  shut (&ends->fd, ends->blocked[0]);
  shut (&ends->out, ends->blocked[1]);
}

/**
 * gw_ends_hold_mode:
 *
 * Takes a terminal for this process alone (root excepted, the kernel lets nobody
 * else open it), until gw_ends_clear(), which also puts its mode back.
 */
gboolean
gw_ends_hold_mode (GwEnds *ends, GError **error)
{
  struct termios mode;

  if (tcgetattr (ends->fd, &mode) != 0 || ioctl (ends->fd, TIOCEXCL) != 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "not a terminal: %s", g_strerror (errno));
      return FALSE;
    }
  ends->before = g_memdup2 (&mode, sizeof mode);
  return TRUE;
}

static gboolean
set_one (int fd, gboolean *blocked)
{
  int flags = fcntl (fd, F_GETFL);

  if (flags < 0)
    return FALSE;
  if (flags & O_NONBLOCK)
    return TRUE;
  *blocked = TRUE;
  return fcntl (fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* Of descriptors that others have too: until gw_ends_clear(). */
gboolean
gw_ends_set_nonblocking (GwEnds *ends, GError **error)
{
  if (set_one (ends->fd, &ends->blocked[0]) && (ends->out < 0 || set_one (ends->out, &ends->blocked[1])))
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, g_strerror (errno));
  return FALSE;
}
