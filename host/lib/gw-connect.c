/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens addresses. Tries once and never waits; whether to try again is the
 * caller's business. Speaks no byte. */

#include "gw-connect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int
fail (int fd, GError **error, GwError code, const char *why)
{
  g_set_error_literal (error, GW_ERROR, code, why);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* AF_UNIX knows no connect in progress: it is there, or it is not, or its
 * backlog is full (EAGAIN). */
static int
connect_unix (const char *path, GwPortKind *kind, gboolean *may_pass, GError **error)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int number;

  if (fd < 0)
    return fail (-1, error, GW_ERROR_CONNECT, g_strerror (errno));
  /* gw_address_new() has seen that it fits with its NUL. */
  strncpy (name.sun_path, path, sizeof name.sun_path - 1);
  if (connect (fd, (struct sockaddr *) &name, sizeof name) == 0)
    {
      *kind = GW_PORT_SOCKET;
      return fd;
    }
  number = errno;
  *may_pass = number == ENOENT || number == ECONNREFUSED || number == EAGAIN || number == EINTR;
  return fail (fd, error, GW_ERROR_CONNECT, g_strerror (number));
}

static int
connect_pty (const char *path, GwPortKind *kind, gboolean *may_pass, GError **error)
{
  struct stat status;
  int fd;

  /* Opening the wrong thing may do harm: a tape rewinds. */
  if (stat (path, &status) == 0 && !S_ISCHR (status.st_mode))
    return fail (-1, error, GW_ERROR_CONNECT, "not a terminal");
  fd = open (path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    {
      int number = errno;

      /* EIO: the hypervisor has closed its end and not yet opened it again. */
      *may_pass = number == ENOENT || number == EIO || number == EINTR;
      return fail (-1, error, GW_ERROR_CONNECT, g_strerror (number));
    }
  if (!isatty (fd))
    return fail (fd, error, GW_ERROR_CONNECT, "not a terminal");
  /* Two readers of one terminal would each get some of the bytes. */
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      *may_pass = TRUE;
      return fail (fd, error, GW_ERROR_BUSY, "another program holds the terminal");
    }
  if (!gw_port_prepare_tty (fd, error))
    {
      close (fd);
      return -1;
    }
  *kind = GW_PORT_TTY;
  return fd;
}

/**
 * gw_connect:
 * @kind: (out): what the descriptor is
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Opens @address, without waiting.
 *
 * Returns: a non-blocking descriptor that the caller owns, or -1 with
 *   %GW_ERROR_CONNECT or %GW_ERROR_BUSY set
 */
int
gw_connect (GwAddress *address, GwPortKind *kind, gboolean *may_pass, GError **error)
{
  const char *path = gw_address_get_path (address);
  int fd = -1;

  *may_pass = FALSE;
  switch (gw_address_get_kind (address))
    {
    case GW_ADDRESS_UNIX:
      fd = connect_unix (path, kind, may_pass, error);
      break;
    case GW_ADDRESS_PTY:
      fd = connect_pty (path, kind, may_pass, error);
      break;
    case GW_ADDRESS_UNIX_LISTEN:
    case GW_ADDRESS_TCP:
    case GW_ADDRESS_VSOCK:
    case GW_ADDRESS_LIBVIRT:
    default:
      return fail (-1, error, GW_ERROR_CONNECT, "addresses of this kind cannot be opened yet");
    }
  if (fd < 0)
    {
      g_autofree char *shown = g_filename_display_name (gw_address_to_string (address));

      g_prefix_error (error, "%s: ", shown);
    }
  return fd;
}
