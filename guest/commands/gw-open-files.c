/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that a host has open, by the handles that it knows them by. They
 * outlive its connection: Proxmox makes a new one for each command. Knows no
 * command. */

#include "gw-open-files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-limits.h"

typedef struct
{
  gint64 handle;
  int fd;
} File;

/* qemu-ga's first one. A handle is never given out twice. */
static gint64 next_handle = 1000;
static File files[GW_FILES_OPEN_MAX];
static guint n_files;

/* A new file gets the mode that it would get from a root shell, whatever the
 * umask of the agent. */
static int
create_new (const char *path, int flags)
{
  mode_t umask_before = umask (022);
  int fd = open (path, flags | O_EXCL, 0666);
  int code = errno;

  umask (umask_before);
  errno = code;
  return fd;
}

/* Neither a FIFO nor a terminal may hold up the agent, now or at a read. */
static int
open_file (const char *path, int flags)
{
  int fd;

  flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if ((flags & O_CREAT) == 0)
    return open (path, flags);
  fd = create_new (path, flags);
  /* O_CREAT on an existing file of another user in a sticky folder is refused
   * even to root (fs.protected_regular). */
  if (fd < 0 && errno == EEXIST)
    fd = open (path, flags & ~O_CREAT);
  return fd;
}

/**
 * gw_open_files_open:
 * @flags: how to open it, as in open(2)
 * @handle: (out): its handle
 *
 * Opens a file, non-blocking. It stays open until it is closed by its handle.
 *
 * Returns: %FALSE with @error set if it cannot be opened
 */
gboolean
gw_open_files_open (const char *path, int flags, gint64 *handle, GError **error)
{
  int fd;

  /* Before the open, which may create or truncate. */
  if (n_files == GW_FILES_OPEN_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d files are open already; close some of them", GW_FILES_OPEN_MAX);
      return FALSE;
    }
  fd = open_file (path, flags);
  if (fd < 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, g_strerror (errno));
      return FALSE;
    }
  *handle = next_handle++;
  files[n_files++] = (File){ *handle, fd };
  return TRUE;
}

static File *
find (gint64 handle, GError **error)
{
  for (guint i = 0; i < n_files; i++)
    if (files[i].handle == handle)
      return &files[i];
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "handle '%" G_GINT64_FORMAT "' has not been found", handle);
  return NULL;
}

/**
 * gw_open_files_find:
 *
 * Returns: the handle's descriptor, or -1 with @error set if there is none
 */
int
gw_open_files_find (gint64 untrusted_handle, GError **error)
{
  File *file = find (untrusted_handle, error);

  return file != NULL ? file->fd : -1;
}

/**
 * gw_open_files_close:
 *
 * Closes a handle. It is gone even when the file system reports, only now,
 * that something could not be written.
 *
 * Returns: %FALSE with @error set if there is no such handle or closing failed
 */
gboolean
gw_open_files_close (gint64 untrusted_handle, GError **error)
{
  File *file = find (untrusted_handle, error);
  int fd;

  if (file == NULL)
    return FALSE;
  fd = file->fd;
  *file = files[--n_files];
  /* EINTR: Linux has closed it nevertheless. */
  if (close (fd) < 0 && errno != EINTR)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "failed to close handle: %s", g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}
