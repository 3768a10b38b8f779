/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes what a supervisor reads, and reads what it has written. Starts
 * nothing. */

#include "gw-program-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-program-store.h"

/**
 * gw_program_files_write_input:
 * @folder: a descriptor, or -1 for none
 */
gboolean
gw_program_files_write_input (int folder, GBytes *input, GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (input, &length);
  int fd = folder >= 0 ? openat (folder, GW_FILE_INPUT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
  gsize written = 0;

  while (fd >= 0 && written < length)
    {
      gssize count = write (fd, data + written, length - written);

      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        break;
      written += count;
    }
  if (fd < 0 || written < length)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "there is no room for its input%s%s", folder >= 0 ? ": " : "",
                 folder >= 0 ? g_strerror (errno) : "");
  if (fd >= 0)
    close (fd);
  return fd >= 0 && written == length;
}

/* Opens one file of a program for reading; -1 if it is not there. */
static int
open_file (const char *name, const char *file)
{
  int folder = name != NULL ? gw_program_store_enter (name) : -1;
  int fd = folder >= 0 ? openat (folder, file, O_RDONLY | O_CLOEXEC) : -1;

  if (folder >= 0)
    close (folder);
  return fd;
}

/* Reads a short file; its length, or -1. */
static gssize
read_file (int fd, char *text, gsize size)
{
  gssize length = fd >= 0 ? read (fd, text, size - 1) : -1;

  text[MAX (length, 0)] = '\0';
  return length;
}

static gboolean
read_status (const char *name, GwSupervisorEnd *end, gint64 *ended_at)
{
  int fd = open_file (name, GW_FILE_STATUS);
  struct stat file;
  char text[64];
  int status, truncated[GW_STREAMS];
  gboolean good;

  good = read_file (fd, text, sizeof text) > 0 && fstat (fd, &file) == 0
         && sscanf (text, "%d %d %d", &status, &truncated[0], &truncated[1]) == 3;
  if (fd >= 0)
    close (fd);
  if (!good)
    return FALSE;
  *end = (GwSupervisorEnd){ .wait_status = status, .truncated = { truncated[0] != 0, truncated[1] != 0 } };
  *ended_at = file.st_mtime;
  return TRUE;
}

/* Its supervisor holds a lock as long as it lives: no mistake of process ids
 * is possible. */
static gboolean
is_supervised (const char *name)
{
  int fd = open_file (name, GW_FILE_PID);
  gboolean locked;

  if (fd < 0)
    return FALSE;
  locked = flock (fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
  close (fd);
  return locked;
}

/**
 * gw_program_files_look:
 * @name: of the program's folder
 * @end: (out): set if it has ended
 * @ended_at: (out): likewise; seconds since the Epoch
 */
GwProgramState
gw_program_files_look (const char *name, GwSupervisorEnd *end, gint64 *ended_at)
{
  /* In this order: the status is written before the lock goes. */
  gboolean supervised = is_supervised (name);

  if (read_status (name, end, ended_at))
    return GW_PROGRAM_ENDED;
  return supervised ? GW_PROGRAM_RUNS : GW_PROGRAM_LOST;
}

/* Returns: the program's process id, or 0 if it never began */
GPid
gw_program_files_pid (const char *name)
{
  int fd = open_file (name, GW_FILE_PID);
  char text[16];

  read_file (fd, text, sizeof text);
  if (fd >= 0)
    close (fd);
  return (GPid) g_ascii_strtoll (text, NULL, 10);
}

/**
 * gw_program_files_output:
 * @name: (nullable): of the program's folder
 *
 * Returns: (transfer full): what is kept of a stream
 */
GBytes *
gw_program_files_output (const char *name, GwStream stream)
{
  static const char *const names[] = { GW_FILE_OUTPUT, GW_FILE_ERRORS };
  int fd = open_file (name, names[stream]);
  g_autoptr (GMappedFile) file = fd >= 0 ? g_mapped_file_new_from_fd (fd, FALSE, NULL) : NULL;

  if (fd >= 0)
    close (fd);
  return file != NULL ? g_mapped_file_get_bytes (file) : g_bytes_new (NULL, 0);
}
