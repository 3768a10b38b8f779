/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in the files that gw-job-log.c writes, whatever it does meanwhile:
 * each file only grows, and not any more once there is a newer one; one that is
 * removed can still be read by whoever has it open. */

#include "gw-job-reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file may go before it is opened, and so may the next one. Whoever was
 * unlucky this often is called again for the next news. */
#define TRIES 10

static const char *const names[] = { GW_FILE_OUTPUT, GW_FILE_ERRORS };

void
gw_job_reader_init (GwJobReader *reader, int folder, GwStream stream, guint64 offset)
{
  *reader = (GwJobReader){ .folder = folder, .name = names[stream], .offset = offset, .file = -1 };
}

void
gw_job_reader_clear (GwJobReader *reader)
{
  if (reader->file >= 0)
    close (reader->file);
  reader->file = -1;
}

/* --- Files ------------------------------------------------------------------ */

/* The offset in a file's name. */
static gboolean
read_start (const char *file, const char *name, guint64 *start)
{
  gsize length = strlen (name);

  return strncmp (file, name, length) == 0 && file[length] == '.'
         && g_ascii_string_to_unsigned (file + length + 1, 10, 0, G_MAXINT64, start, NULL);
}

static int
by_number (gconstpointer a, gconstpointer b)
{
  const guint64 *first = a;
  const guint64 *second = b;

  return (*first > *second) - (*first < *second);
}

/* Returns: (transfer full) (element-type guint64): where they begin, in order */
static GArray *
list_starts (int folder, const char *name)
{
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (guint64));
  int copy = openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir (copy) : NULL;
  struct dirent *entry;
  guint64 start;

  if (dir == NULL)
    {
      if (copy >= 0)
        close (copy);
      return starts;
    }
  while ((entry = readdir (dir)) != NULL)
    if (read_start (entry->d_name, name, &start))
      g_array_append_val (starts, start);
  closedir (dir);
  g_array_sort (starts, by_number);
  return starts;
}

static int
open_file (int folder, const char *name, guint64 start)
{
  g_autofree char *file = g_strdup_printf ("%s.%" G_GUINT64_FORMAT, name, start);

  return openat (folder, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/**
 * gw_job_reader_find_range:
 * @first: (out): the offset of the first byte that is there still
 * @end: (out): that behind the last one
 */
void
gw_job_reader_find_range (int folder, GwStream stream, guint64 *first, guint64 *end)
{
  g_autoptr (GArray) starts = list_starts (folder, names[stream]);
  struct stat file;
  int fd;

  *first = *end = 0;
  if (starts->len == 0)
    return;
  *first = g_array_index (starts, guint64, 0);
  *end = g_array_index (starts, guint64, starts->len - 1);
  fd = open_file (folder, names[stream], *end);
  if (fd < 0)
    return;
  if (fstat (fd, &file) == 0)
    *end += file.st_size;
  close (fd);
}

/* --- Reading ---------------------------------------------------------------- */

static gsize
read_here (GwJobReader *reader, void *buffer, gsize size)
{
  gssize length = reader->file >= 0 ? pread (reader->file, buffer, size, reader->offset - reader->start) : 0;

  reader->offset += MAX (length, 0);
  return MAX (length, 0);
}

/* The file that comes next: the one in which the offset is, or else the first
 * one behind it. */
static gboolean
find_next (const GwJobReader *reader, guint64 *next)
{
  g_autoptr (GArray) starts = list_starts (reader->folder, reader->name);
  gboolean found = FALSE;

  for (guint i = 0; i < starts->len; i++)
    {
      guint64 start = g_array_index (starts, guint64, i);

      if (reader->file >= 0 && start <= reader->start)
        continue;
      if (found && start > reader->offset)
        break;
      *next = start;
      found = TRUE;
    }
  return found;
}

/**
 * gw_job_reader_read:
 * @lost: (out): how many bytes were to come next, and are not kept any more:
 *   they are passed over. 0 for none
 *
 * Returns: how many bytes were read; 0 if there is nothing now, and where @lost
 *   is not 0
 */
gsize
gw_job_reader_read (GwJobReader *reader, void *buffer, gsize size, guint64 *lost)
{
  gsize length = read_here (reader, buffer, size);
  guint64 start;
  int file;

  *lost = 0;
  for (guint tries = 0; length == 0 && tries < TRIES && find_next (reader, &start); tries++)
    {
      /* All that will ever be in the one before is there now. */
      length = read_here (reader, buffer, size);
      if (length > 0)
        break;
      file = open_file (reader->folder, reader->name, start);
      /* It went just now: there is a newer one. */
      if (file < 0)
        continue;
      gw_job_reader_clear (reader);
      reader->file = file;
      reader->start = start;
      if (start > reader->offset)
        {
          *lost = start - reader->offset;
          reader->offset = start;
          return 0;
        }
      length = read_here (reader, buffer, size);
    }
  return length;
}
