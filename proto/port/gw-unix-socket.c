/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binds unix sockets: in the place of one that nobody listens on any more, but
 * never of a live one. Accepts nobody. */

#include "gw-unix-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-limits.h"

static gboolean
refuses (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean refused;

  if (fd < 0)
    return FALSE;
  refused = connect (fd, (const struct sockaddr *) address, sizeof *address) < 0 && errno == ECONNREFUSED;
  close (fd);
  return refused;
}

/* Asked more than once: one who has just bound it may not yet listen. */
static gboolean
is_live (const struct sockaddr_un *address)
{
  for (guint i = 0; i < GW_STALE_TRIES; i++)
    {
      if (!refuses (address))
        return TRUE;
      g_usleep (GW_STALE_TRY_MS * 1000);
    }
  return FALSE;
}

/* A socket file that nobody listens on is left over from a crash; any other
 * file, or a live socket, is somebody else's. */
static gboolean
remove_stale (const struct sockaddr_un *address, GError **error)
{
  struct stat file;

  if (lstat (address->sun_path, &file) != 0)
    return TRUE;
  if (!S_ISSOCK (file.st_mode))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%s is there and is no socket", address->sun_path);
      return FALSE;
    }
  if (is_live (address))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "another program listens on %s", address->sun_path);
      return FALSE;
    }
  unlink (address->sun_path);
  return TRUE;
}

/* Holds others of us off the folder while a stale socket is being replaced.
 * Where the folder cannot be locked, two that start at once may meet. Nobody
 * is waited for long: any user who can read the folder can lock it. */
static int
lock_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  for (guint i = 0; fd >= 0 && i < GW_STALE_LOCK_TRIES && flock (fd, LOCK_EX | LOCK_NB) < 0; i++)
    g_usleep (GW_STALE_TRY_MS * 1000);
  return fd;
}

/* By a descriptor of the file itself: its name may have become another's. */
static gboolean
give_away (GwUnixSocket *self, mode_t mode, gint64 uid, gint64 gid)
{
  g_autofree char *link = NULL;
  struct stat file;
  int fd = open (self->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  gboolean done;

  if (fd < 0)
    return FALSE;
  link = g_strdup_printf ("/proc/self/fd/%d", fd);
  done = fstat (fd, &file) == 0 && S_ISSOCK (file.st_mode)
         && ((uid < 0 && gid < 0) || fchownat (fd, "", (uid_t) uid, (gid_t) gid, AT_EMPTY_PATH) == 0)
         && chmod (link, mode) == 0;
  self->device = file.st_dev;
  self->inode = file.st_ino;
  close (fd);
  return done;
}

/* Nobody else may connect before its mode is what was asked for. Linux makes the
 * file with the mode of the socket; a umask would be that of all threads. */
static gboolean
bind_and_listen (GwUnixSocket *self, const struct sockaddr_un *address, mode_t mode, gint64 uid, gint64 gid)
{
  self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return self->fd >= 0 && fchmod (self->fd, 0600) == 0
         && bind (self->fd, (const struct sockaddr *) address, sizeof *address) == 0 && give_away (self, mode, uid, gid)
         && listen (self->fd, SOMAXCONN) == 0;
}

/**
 * gw_unix_socket_listen:
 * @self: set to %GW_UNIX_SOCKET_NONE
 * @mode: the file's permission bits
 * @uid: its owner, or -1 for this process's
 * @gid: its group, or -1 for this process's
 *
 * Binds a non-blocking socket and listens on it. May block for as long as it
 * takes to see that an old one is dead (GW_STALE_TRIES).
 *
 * Returns: %FALSE with %GW_ERROR_INVALID_ADDRESS (the path is too long),
 *   %GW_ERROR_BUSY (the path is somebody else's) or %GW_ERROR_CONNECT set
 */
gboolean
gw_unix_socket_listen (GwUnixSocket *self, const char *path, mode_t mode, gint64 uid, gint64 gid, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gboolean done;
  int lock;

  if (strlen (path) >= sizeof address.sun_path)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "a socket's path has at most %" G_GSIZE_FORMAT " bytes",
                   sizeof address.sun_path - 1);
      return FALSE;
    }
  strcpy (address.sun_path, path);
  self->path = g_strdup (path);
  lock = lock_folder (path);
  done = remove_stale (&address, error);
  if (done && !bind_and_listen (self, &address, mode, uid, gid))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot listen on %s: %s", path, g_strerror (errno));
      done = FALSE;
    }
  if (lock >= 0)
    close (lock);
  if (!done)
    gw_unix_socket_close (self);
  return done;
}

/* Removes its file too, unless the name is another's by now. */
void
gw_unix_socket_close (GwUnixSocket *self)
{
  struct stat file;

  if (self->inode != 0 && lstat (self->path, &file) == 0 && file.st_dev == self->device && file.st_ino == self->inode)
    unlink (self->path);
  self->inode = 0;
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  g_clear_pointer (&self->path, g_free);
}
