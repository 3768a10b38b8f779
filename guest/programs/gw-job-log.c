/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes what a job prints, and forgets the oldest. All of it is
 * async-signal-safe: see gw-supervisor.c. gw-job-reader.c reads it. */

#include "gw-job-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gw-fork-safe.h"
#include "gw-limits.h"

#define NONE G_MAXUINT64

void
gw_job_log_init (GwJobLog *log, const char *name)
{
  *log = (GwJobLog){ .name = name, .file = -1, .starts = { NONE, NONE } };
}

/* @path: room for the name and 22 bytes more */
static void
put_path (char *path, const GwJobLog *log, guint64 start)
{
  gsize length = strlen (log->name);

  memcpy (path, log->name, length);
  path[length++] = '.';
  length += gw_fork_safe_put_number (path + length, start);
  path[length] = '\0';
}

/* The older one goes, the newer one gets its place. */
static gboolean
begin_file (GwJobLog *log, int folder)
{
  char path[64];

  gw_fork_safe_close (&log->file);
  if (log->starts[0] != NONE)
    {
      put_path (path, log, log->starts[0]);
      unlinkat (folder, path, 0);
    }
  /* An empty one is used again. */
  log->starts[0] = log->starts[1] != log->total ? log->starts[1] : NONE;
  log->starts[1] = log->total;
  put_path (path, log, log->total);
  log->file = openat (folder, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return log->file >= 0;
}

static gsize
write_some (GwJobLog *log, const char *data, gsize length)
{
  gssize written;

  do
    written = write (log->file, data, MIN (length, log->starts[1] + GW_JOB_SEGMENT - log->total));
  while (written < 0 && errno == EINTR);
  return MAX (written, 0);
}

static gboolean
is_full (const GwJobLog *log)
{
  return log->file < 0 || log->total >= log->starts[1] + GW_JOB_SEGMENT;
}

/* Where there is no room, what is older goes first; what then has none is
 * lost, but counted. */
void
gw_job_log_write (GwJobLog *log, int folder, const char *data, gsize length)
{
  guint failures = 0;

  while (length > 0 && failures <= G_N_ELEMENTS (log->starts))
    {
      gsize written = !is_full (log) || begin_file (log, folder) ? write_some (log, data, length) : 0;

      if (written == 0)
        {
          gw_fork_safe_close (&log->file);
          failures++;
        }
      data += written;
      length -= written;
      log->total += written;
    }
  log->total += length;
  if (length > 0)
    gw_fork_safe_close (&log->file);
}
