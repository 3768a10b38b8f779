/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that a host has open, by the handles that it knows them by. They
 * outlive its connection: Proxmox makes a new one for each command. Knows no
 * command.
 *
 * A handle is never given out twice, not by the next agent either: a host that
 * does not know that the agent was restarted must not write to another file.
 * So the state folder says how far they have come (qga.state, as in qemu-ga). */

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
  gint64 used_us; /* when it was last asked for */
} File;

#define STATE_FILE "qga.state"
#define STATE_GROUP "global"
#define STATE_KEY "fd_counter"

/* qemu-ga's first one. */
#define FIRST_HANDLE 1000

static gint64 next_handle = FIRST_HANDLE;
static gint64 stored_handle; /* what the state says that the next one is: never less than next_handle */
static char *state_path;     /* NULL: the state is kept nowhere */
static File files[GW_FILES_OPEN_MAX];
static guint n_files;
static gint64 forgotten_us = GW_FILE_FORGOTTEN_S * G_USEC_PER_SEC;

/* --- State -------------------------------------------------------------- */

/* Not for each handle: a file that is opened must not cost a write to the
 * disk. What is left of the handles when the agent ends is skipped. */
static void
store_state (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  if (state_path == NULL || next_handle < stored_handle)
    return;
  stored_handle = next_handle + GW_FILES_HANDLES_AHEAD;
  g_key_file_load_from_file (file, state_path, G_KEY_FILE_KEEP_COMMENTS, NULL);
  g_key_file_set_int64 (file, STATE_GROUP, STATE_KEY, stored_handle);
  if (g_key_file_save_to_file (file, state_path, &error))
    return;
  g_warning ("%s: %s: handles of files may be used again by the next agent", state_path, error->message);
  g_clear_pointer (&state_path, g_free);
}

/**
 * gw_open_files_set_state:
 * @folder: where to keep what the next agent has to know
 *
 * Goes on where an earlier agent, or qemu-ga, has ended.
 */
void
gw_open_files_set_state (const char *folder)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  gint64 next;

  g_free (state_path);
  state_path = g_build_filename (folder, STATE_FILE, NULL);
  if (g_mkdir_with_parents (folder, 0755) < 0)
    g_debug ("%s: %s", folder, g_strerror (errno));
  g_key_file_load_from_file (file, state_path, G_KEY_FILE_NONE, NULL);
  next = g_key_file_get_int64 (file, STATE_GROUP, STATE_KEY, NULL);
  /* Nobody has opened that many files: it was not written by an agent. */
  next_handle = next >= FIRST_HANDLE && next < G_MAXINT64 / 2 ? next : FIRST_HANDLE;
  stored_handle = next_handle;
}

/* --- Files -------------------------------------------------------------- */

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

/* A host that was killed closes nothing, and its handles outlive it. Makes
 * room by the one that was not used for the longest time, if that is long. */
static gboolean
close_forgotten (void)
{
  guint oldest = 0;

  for (guint i = 1; i < n_files; i++)
    if (files[i].used_us < files[oldest].used_us)
      oldest = i;
  if (g_get_monotonic_time () - files[oldest].used_us < forgotten_us)
    return FALSE;
  g_message ("handle %" G_GINT64_FORMAT " was not used for a long time; closing it to make room", files[oldest].handle);
  close (files[oldest].fd);
  files[oldest] = files[--n_files];
  return TRUE;
}

/* For tests: when a file counts as forgotten. */
void
gw_open_files_set_forgotten (gint64 us)
{
  forgotten_us = us;
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
  if (n_files == GW_FILES_OPEN_MAX && !close_forgotten ())
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
  store_state ();
  *handle = next_handle++;
  files[n_files++] = (File){ *handle, fd, g_get_monotonic_time () };
  return TRUE;
}

static File *
find (gint64 handle, GError **error)
{
  for (guint i = 0; i < n_files; i++)
    if (files[i].handle == handle)
      {
        files[i].used_us = g_get_monotonic_time ();
        return &files[i];
      }
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
