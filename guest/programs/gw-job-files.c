/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes what a later agent has to know of a job, and reads that, and what its
 * supervisor has written. */

#include "gw-job-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-fork-safe.h"
#include "gw-job-reader.h"
#include "gw-json-write.h"
#include "gw-limits.h"

static gboolean
write_facts (int folder, JsonObject *facts)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), facts);
  g_autoptr (GString) text = g_string_new (NULL);
  int fd = openat (folder, GW_FILE_JOB, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean written;

  if (fd < 0)
    return FALSE;
  gw_json_append (text, node);
  written = write (fd, text->str, text->len) == (gssize) text->len;
  close (fd);
  return written;
}

/**
 * gw_job_files_make:
 *
 * Makes what has to be there before a job begins.
 */
gboolean
gw_job_files_make (int folder, JsonObject *facts, GError **error)
{
  if (mkfifoat (folder, GW_FILE_BELL, 0600) == 0 && write_facts (folder, facts))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot write what is to be known of a job: %s", g_strerror (errno));
  return FALSE;
}

/* Reads a short file whole; its length, or -1. */
static gssize
read_file (int folder, const char *name, char *text, gsize size, gint64 *at)
{
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  struct stat file = { 0 };
  gssize length = -1;

  if (fd >= 0)
    {
      length = read (fd, text, size - 1);
      fstat (fd, &file);
      close (fd);
    }
  text[MAX (length, 0)] = '\0';
  if (at != NULL)
    *at = file.st_mtime;
  return length;
}

/* Returns: (transfer full) (nullable): what gw_job_files_make() was given */
JsonObject *
gw_job_files_read_facts (int folder)
{
  g_autofree char *text = g_malloc (GW_JOB_FILE_MAX);
  gssize length = read_file (folder, GW_FILE_JOB, text, GW_JOB_FILE_MAX, NULL);
  g_autoptr (JsonNode) node = length > 0 ? gw_json_parse (text, length, NULL) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}

/* Returns: the program's process id, or 0 if it never began */
GPid
gw_job_files_read_pid (int folder)
{
  char text[24];

  read_file (folder, GW_FILE_PID, text, sizeof text, NULL);
  return (GPid) g_ascii_strtoll (text, NULL, 10);
}

gboolean
gw_job_files_read_end (int folder, GwJobEnd *end)
{
  char text[128];

  return read_file (folder, GW_FILE_STATUS, text, sizeof text, &end->at) > 0
         && sscanf (text, "%d %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &end->wait_status,
                    &end->totals[GW_STREAM_STDOUT], &end->totals[GW_STREAM_STDERR])
                == 1 + GW_STREAMS;
}

/* Returns: a descriptor that does not block, or -1 */
int
gw_job_files_open_bell (int folder)
{
  return openat (folder, GW_FILE_BELL, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
}

void
gw_job_files_mark_told (int folder)
{
  int fd = openat (folder, GW_FILE_TOLD, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  gw_fork_safe_close (&fd);
}

gboolean
gw_job_files_is_told (int folder)
{
  return faccessat (folder, GW_FILE_TOLD, F_OK, 0) == 0;
}

/* Bytes of output that are kept. */
guint64
gw_job_files_size (int folder)
{
  guint64 size = 0;

  for (GwStream i = GW_STREAM_STDOUT; i < GW_STREAMS; i++)
    {
      guint64 first, end;

      gw_job_reader_find_range (folder, i, &first, &end);
      size += end - first;
    }
  return size;
}
