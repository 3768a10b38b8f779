/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens Xen's store where it is to be found. In a guest that is a device of
 * the kernel, where a path without a leading slash means the guest's own part;
 * in the control domain it may be the daemon's socket. Says no byte. */

#include "gw-xenstore-place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DAEMON_SOCKET "/run/xenstored/socket"

static int
connect_socket (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd;
  int number;

  if (strlen (path) >= sizeof name.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  strcpy (name.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *) &name, sizeof name) == 0)
    return fd;
  number = errno;
  close (fd);
  errno = number;
  return -1;
}

/**
 * gw_xenstore_place_open:
 * @is_socket: (out): whether there is a daemon at the other end, which may
 *   come to an end
 *
 * Looks where libxenstore does, and in its order.
 *
 * Returns: a non-blocking descriptor that the caller owns, or -1 with
 *   %G_IO_ERROR set: %G_IO_ERROR_NOT_FOUND where there is no Xen
 */
int
gw_xenstore_place_open (gboolean *is_socket, GError **error)
{
  const char *named = g_getenv ("XENSTORED_PATH");
  const char *const devices[] = { "/dev/xen/xenbus", "/proc/xen/xenbus" };
  int fd = connect_socket (named != NULL ? named : DAEMON_SOCKET);
  int number = errno;

  *is_socket = fd >= 0;
  for (guint i = 0; fd < 0 && named == NULL && i < G_N_ELEMENTS (devices); i++)
    {
      fd = open (devices[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
      if (fd < 0 && errno != ENOENT)
        number = errno;
    }
  if (fd < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "cannot open Xen's store: %s", g_strerror (number));
  return fd;
}
