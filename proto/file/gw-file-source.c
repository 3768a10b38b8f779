/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a file to pieces: what is a hole, or zeros as long as a block, is not
 * among them. Knows no stream. */

#include "gw-file-source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "gw-file-error.h"
#include "gw-limits.h"
#include "gw-pieces.h"

/* What a hole is made of, in most file systems. */
#define BLOCK (4 * GW_KIB)

static void
begin (GwFileSource *source, const char *path, GwDigestKind kind, const int *stopped)
{
  source->path = g_strdup (path);
  source->stopped = stopped;
  source->digest = gw_digest_new (kind);
}

/* @fd: or -1, with errno set */
static gboolean
take (GwFileSource *source, int fd, GError **error)
{
  source->fd = fd;
  if (source->fd < 0 || fstat (source->fd, &source->status) != 0)
    return gw_file_fail (error, errno, "open", source->path);
  if (S_ISDIR (source->status.st_mode))
    return gw_file_refuse (error, G_FILE_ERROR_ISDIR, source->path, "is a directory");
  if (!S_ISREG (source->status.st_mode))
    return gw_file_refuse (error, G_FILE_ERROR_INVAL, source->path, "is no regular file");
  return TRUE;
}

/**
 * gw_file_source_open:
 * @source: %GW_FILE_SOURCE_INIT; to be cleared whatever comes
 * @stopped: not 0 once nobody wants it any more
 *
 * Returns: %FALSE with a #GFileError if it cannot be read, or is no regular file
 */
gboolean
gw_file_source_open (GwFileSource *source, const char *path, GwDigestKind kind, const int *stopped, GError **error)
{
  begin (source, path, kind, stopped);
  /* A FIFO must not hold us up. */
  if (!take (source, open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), error))
    return FALSE;
  posix_fadvise (source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return TRUE;
}

/* The same in an open folder: no link is followed. @path: for messages */
gboolean
gw_file_source_open_at (GwFileSource *source, int folder, const char *name, const char *path, GwDigestKind kind,
                        const int *stopped, GError **error)
{
  begin (source, path, kind, stopped);
  return take (source, openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), error);
}

/**
 * gw_file_source_open_fd:
 * @fd: what is read to its end; stays the caller's
 * @wake_fd: readable once it is stopped
 */
gboolean
gw_file_source_open_fd (GwFileSource *source, int fd, int wake_fd, GwDigestKind kind, const int *stopped,
                        GError **error)
{
  begin (source, "-", kind, stopped);
  source->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (source->fd < 0 || fstat (source->fd, &source->status) != 0)
    return gw_file_fail (error, errno, "read", source->path);
  source->wake_fd = wake_fd;
  /* Of a file that somebody has begun to read, the rest is meant. */
  source->flows = !S_ISREG (source->status.st_mode) || lseek (source->fd, 0, SEEK_CUR) != 0;
  source->data_until = source->flows ? G_MAXINT64 : 0;
  return TRUE;
}

void
gw_file_source_clear (GwFileSource *source)
{
  if (source->fd >= 0)
    close (source->fd);
  source->fd = -1;
  g_clear_pointer (&source->path, g_free);
  g_clear_pointer (&source->digest, gw_digest_free);
}

static gboolean
pass_zeros (GwFileSource *source, guint64 until, GError **error)
{
  if (!gw_digest_add_zeros (source->digest, until - source->offset, source->stopped))
    return !gw_file_is_stopped (source->stopped, error);
  source->offset = until;
  return TRUE;
}

/* Goes to the next data, if there is a hole. A file system that knows of no
 * holes has data alone. */
static gboolean
pass_hole (GwFileSource *source, guint64 limit, GError **error)
{
  off_t data, hole;
  struct stat now;

  if (source->offset < source->data_until)
    return TRUE;
  data = lseek (source->fd, source->offset, SEEK_DATA);
  if (data < 0 && errno == ENXIO && fstat (source->fd, &now) == 0)
    {
      if ((guint64) now.st_size > source->offset)
        return pass_zeros (source, MIN ((guint64) now.st_size, limit), error);
      /* What the kernel makes up as it is read has no size: reading finds its end. */
      source->data_until = G_MAXINT64;
      return TRUE;
    }
  if (data >= 0 && (guint64) data > limit)
    return pass_zeros (source, limit, error);
  hole = data >= 0 ? lseek (source->fd, data, SEEK_HOLE) : -1;
  source->data_until = hole > data ? (guint64) hole : G_MAXINT64;
  return data < 0 || (guint64) data <= source->offset || pass_zeros (source, (guint64) data, error);
}

/* Until there is something to read, or nobody wants it any more. */
static gssize
read_on (GwFileSource *source, guint8 *buffer, gsize size)
{
  struct pollfd fds[2] = { { .fd = source->fd, .events = POLLIN }, { .fd = source->wake_fd, .events = POLLIN } };

  do
    poll (fds, G_N_ELEMENTS (fds), -1);
  while (fds[0].revents == 0 && !g_atomic_int_get (source->stopped));
  if (!g_atomic_int_get (source->stopped))
    return read (source->fd, buffer, size);
  errno = ECANCELED;
  return -1;
}

/* Returns how much was read, 0 at the end. */
static gssize
read_some (GwFileSource *source, guint8 *buffer, gsize size, GError **error)
{
  gssize length;

  size = MIN (size, source->data_until - source->offset);
  do
    length = source->flows ? read_on (source, buffer, size) : pread (source->fd, buffer, size, source->offset);
  while (length < 0 && (errno == EINTR || (source->flows && errno == EAGAIN)));
  if (length < 0)
    gw_file_fail (error, errno, "read", source->path);
  else
    gw_digest_add (source->digest, buffer, length);
  return length;
}

/**
 * gw_file_source_skip:
 * @offset: how much the other side has already
 * @untrusted_digest: of that
 *
 * Goes on from there, if the file begins with the same; else it stays at the
 * beginning.
 */
gboolean
gw_file_source_skip (GwFileSource *source, guint64 offset, const char *untrusted_digest, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (GW_PIECE_MAX);

  while (source->offset < offset)
    {
      gssize length;

      if (gw_file_is_stopped (source->stopped, error) || !pass_hole (source, offset, error))
        return FALSE;
      if (source->offset == offset)
        break;
      length = read_some (source, buffer, MIN (GW_PIECE_MAX, offset - source->offset), error);
      if (length < 0)
        return FALSE;
      if (length == 0)
        break;
      source->offset += length;
    }
  if (source->offset == offset && gw_digest_is (source->digest, untrusted_digest))
    return TRUE;
  gw_digest_begin_again (source->digest);
  source->offset = source->data_until = 0;
  return TRUE;
}

/* --- Pieces ------------------------------------------------------------- */

static gboolean
is_zero (const guint8 *data, gsize length)
{
  return data[0] == 0 && memcmp (data, data + 1, length - 1) == 0;
}

/* Returns how much of @data has no block of zeros (or, if it begins with some,
 * how much has nothing else), and which it is. */
static gsize
find_run (const guint8 *data, gsize length, gboolean *zero)
{
  gsize end = 0;

  *zero = is_zero (data, MIN (length, BLOCK));
  while (end < length && is_zero (data + end, MIN (length - end, BLOCK)) == *zero)
    end += MIN (length - end, BLOCK);
  return end;
}

static GBytes *
cut_zeros (GwFileSource *source, const guint8 *data, gsize length)
{
  GByteArray *pieces = g_byte_array_new ();
  gsize run;

  for (gsize at = 0; at < length; at += run)
    {
      guint8 header[GW_PIECE_HEADER_SIZE];
      gboolean zero;

      run = find_run (data + at, length - at, &zero);
      if (zero)
        continue;
      gw_piece_write_header (header, GW_PIECE_DATA, run, source->offset + at);
      g_byte_array_append (pieces, header, sizeof header);
      g_byte_array_append (pieces, data + at, run);
    }
  return g_byte_array_free_to_bytes (pieces);
}

static GBytes *
end (GwFileSource *source)
{
  g_autofree char *digest = gw_digest_dup_text (source->digest);

  source->ended = TRUE;
  return gw_piece_new_end (source->offset, digest);
}

/**
 * gw_file_source_read:
 *
 * Returns: (transfer full): what is to be sent next, which may be nothing; the
 *   last has set @ended. %NULL with an error set if it cannot be read
 */
GBytes *
gw_file_source_read (GwFileSource *source, GError **error)
{
  g_autofree guint8 *buffer = NULL;
  gboolean zero;
  gssize length;
  GBytes *bytes;

  if (gw_file_is_stopped (source->stopped, error) || !pass_hole (source, G_MAXINT64, error))
    return NULL;
  buffer = g_malloc (GW_PIECE_HEADER_SIZE + GW_PIECE_MAX);
  length = read_some (source, buffer + GW_PIECE_HEADER_SIZE, GW_PIECE_MAX, error);
  if (length < 0)
    return NULL;
  if (length == 0)
    return end (source);
  if (find_run (buffer + GW_PIECE_HEADER_SIZE, length, &zero) < (gsize) length || zero)
    bytes = cut_zeros (source, buffer + GW_PIECE_HEADER_SIZE, length);
  else
    {
      gw_piece_write_header (buffer, GW_PIECE_DATA, length, source->offset);
      bytes = g_bytes_new_take (g_steal_pointer (&buffer), GW_PIECE_HEADER_SIZE + length);
    }
  source->offset += length;
  return bytes;
}
