/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This host's side of a copy. Knows no guest. */

#include "gw-host-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail (GError **error, int number, const char *what, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot %s '%s': %s", what, shown,
               g_strerror (number));
  return FALSE;
}

static gboolean
refuse (GError **error, GFileError code, const char *path, const char *what)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, code, "'%s' %s", shown, what);
  return FALSE;
}

/**
 * gw_host_file_open:
 *
 * Opens a file to be read.
 *
 * Returns: %FALSE with a #GFileError set if it cannot be opened, or is no
 *   regular file
 */
gboolean
gw_host_file_open (GwHostFile *file, const char *path, GError **error)
{
  struct stat status;

  file->path = g_strdup (path);
  /* A FIFO must not hold us up. */
  file->fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file->fd < 0 || fstat (file->fd, &status) != 0)
    return fail (error, errno, "open", path);
  if (S_ISDIR (status.st_mode))
    return refuse (error, G_FILE_ERROR_ISDIR, path, "is a directory");
  if (!S_ISREG (status.st_mode))
    return refuse (error, G_FILE_ERROR_INVAL, path, "is no regular file");
  file->mode = status.st_mode & 0777;
  file->size = status.st_size;
  return TRUE;
}

/**
 * gw_host_file_choose:
 * @path: a file that need not exist yet, or a directory
 * @name: what it is called in that directory
 *
 * Finds where a file is to be written, and touches nothing. A symbolic link is
 * followed.
 *
 * Returns: %FALSE with a #GFileError set if there can be no such file
 */
gboolean
gw_host_file_choose (GwHostFile *file, const char *path, const char *name, GError **error)
{
  g_autofree char *chosen = NULL;
  char *followed;
  struct stat status;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    chosen = g_build_filename (path, name, NULL);
  else if (g_str_has_suffix (path, "/"))
    return refuse (error, G_FILE_ERROR_NOENT, path, "is no directory");
  else
    chosen = g_strdup (path);
  followed = realpath (chosen, NULL);
  file->path = g_strdup (followed != NULL ? followed : chosen);
  free (followed);
  /* Also a link to what is not there: it is replaced. */
  if (stat (file->path, &status) != 0)
    return errno == ENOENT || fail (error, errno, "write", file->path);
  if (S_ISDIR (status.st_mode))
    return refuse (error, G_FILE_ERROR_ISDIR, file->path, "is a directory");
  return S_ISREG (status.st_mode) || refuse (error, G_FILE_ERROR_INVAL, file->path, "is no regular file");
}

/**
 * gw_host_file_create:
 * @mode: its permission bits; the umask applies
 *
 * Begins to write beside the chosen file; once more, if it was begun before.
 *
 * Returns: %FALSE with a #GFileError set if it cannot be written there
 */
gboolean
gw_host_file_create (GwHostFile *file, guint mode, GError **error)
{
  g_autofree char *folder = NULL;
  g_autofree char *part = NULL;

  if (file->fd >= 0)
    return ftruncate (file->fd, 0) == 0 || fail (error, errno, "write", file->part);
  folder = g_path_get_dirname (file->path);
  part = g_strdup_printf ("%s/.guestwire-%08x%08x", folder, g_random_int (), g_random_int ());
  file->fd = open (part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
  if (file->fd < 0)
    return fail (error, errno, "write beside", file->path);
  file->part = g_steal_pointer (&part);
  return TRUE;
}

/**
 * gw_host_file_read:
 *
 * Returns: (transfer full): at most @size bytes, none at the file's end; %NULL
 *   with a #GFileError set if it cannot be read
 */
GBytes *
gw_host_file_read (GwHostFile *file, guint64 offset, gsize size, GError **error)
{
  g_autofree guint8 *data = g_malloc (size);
  gsize filled = 0;

  while (filled < size)
    {
      gssize length = pread (file->fd, data + filled, size - filled, (off_t) (offset + filled));

      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        {
          fail (error, errno, "read", file->path);
          return NULL;
        }
      if (length == 0)
        break;
      filled += length;
    }
  return g_bytes_new_take (g_steal_pointer (&data), filled);
}

gboolean
gw_host_file_write (GwHostFile *file, guint64 offset, GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gsize done = 0;

  while (done < size)
    {
      gssize length = pwrite (file->fd, data + done, size - done, (off_t) (offset + done));

      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        return fail (error, errno, "write", file->path);
      done += length;
    }
  return TRUE;
}

/* --- The end ------------------------------------------------------------ */

/* So that the new name outlasts a loss of power too. It is there, so whether
 * that goes well changes nothing. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

static void
commit_in_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  GwHostFile *file = data;
  GError *error = NULL;

  if (fsync (file->fd) != 0)
    fail (&error, errno, "write", file->path);
  else if (rename (file->part, file->path) != 0)
    fail (&error, errno, "replace", file->path);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&file->part, g_free);
  sync_folder (file->path);
  g_task_return_boolean (task, TRUE);
}

/**
 * gw_host_file_commit_async:
 * @file: a file that is written whole; nobody else may use it meanwhile
 *
 * Brings it to the disk and gives it its name. Both may take long, so a thread
 * does it.
 */
void
gw_host_file_commit_async (GwHostFile *file, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_task_data (task, file, NULL);
  g_task_run_in_thread (task, commit_in_thread);
}

gboolean
gw_host_file_commit_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Also removes what was written and has no name yet. */
void
gw_host_file_clear (GwHostFile *file)
{
  if (file->part != NULL)
    unlink (file->part);
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
  g_clear_pointer (&file->part, g_free);
  g_clear_pointer (&file->path, g_free);
}
