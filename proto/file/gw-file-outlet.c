/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From pieces to a descriptor that only takes bytes. What it has taken cannot
 * be taken back: that the digest is another one is said at the end. */

#include "gw-file-outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-file-error.h"

static gboolean
fail (GError **error)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot write what has come: %s",
               g_strerror (number));
  return FALSE;
}

/* A pipe is opened once more, so that it is ours alone that does not block. */
static int
open_again (int fd, const struct stat *status, gsize *write_max)
{
  char path[64];
  int opened = -1;

  *write_max = S_ISREG (status->st_mode) ? 0 : PIPE_BUF;
  if (S_ISFIFO (status->st_mode))
    {
      g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
      opened = open (path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
  if (opened >= 0)
    *write_max = GW_PIECE_MAX;
  return opened >= 0 ? opened : fcntl (fd, F_DUPFD_CLOEXEC, 3);
}

/* Until it takes something, or is not wanted any more. */
static gboolean
wait_for_room (GwFileOutlet *outlet, GError **error)
{
  struct pollfd fds[2] = { { .fd = outlet->fd, .events = POLLOUT }, { .fd = outlet->wake_fd, .events = POLLIN } };

  if (outlet->write_max > 0)
    poll (fds, G_N_ELEMENTS (fds), -1);
  return !gw_file_is_stopped (outlet->stopped, error);
}

static gboolean
write_all (GwFileOutlet *outlet, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize written;

      if (!wait_for_room (outlet, error))
        return FALSE;
      written = write (outlet->fd, data, outlet->write_max > 0 ? MIN (length, outlet->write_max) : length);
      if (written < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (written < 0)
        return fail (error);
      gw_digest_add (outlet->digest, data, written);
      outlet->offset += written;
      data += written;
      length -= written;
    }
  return TRUE;
}

static gboolean
write_zeros (GwFileOutlet *outlet, guint64 until, GError **error)
{
  static const guint8 zeros[64 * GW_KIB];

  while (outlet->offset < until)
    if (!write_all (outlet, zeros, MIN (sizeof zeros, until - outlet->offset), error))
      return FALSE;
  return TRUE;
}

static gboolean
on_data (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  return write_zeros (user_data, offset, error) && write_all (user_data, data, length, error);
}

static gboolean
on_again (gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
on_end (guint64 size, const char *untrusted_digest, gpointer user_data, GError **error)
{
  GwFileOutlet *outlet = user_data;

  if (!write_zeros (outlet, size, error))
    return FALSE;
  outlet->ended = TRUE;
  if (gw_digest_is (outlet->digest, untrusted_digest))
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL,
                       "what was written is not what was sent, so do not use it: the digests differ");
  return FALSE;
}

static const GwPiecesEvents events = { .data = on_data, .again = on_again, .end = on_end };

/**
 * gw_file_outlet_open:
 * @outlet: %GW_FILE_OUTLET_INIT; to be cleared whatever comes
 * @fd: stays the caller's
 */
gboolean
gw_file_outlet_open (GwFileOutlet *outlet, int fd, int wake_fd, GwDigestKind kind, const int *stopped, GError **error)
{
  struct stat status;

  outlet->wake_fd = wake_fd;
  outlet->stopped = stopped;
  outlet->digest = gw_digest_new (kind);
  gw_pieces_init (&outlet->pieces, 0, &events, outlet);
  if (fstat (fd, &status) != 0)
    return fail (error);
  outlet->fd = open_again (fd, &status, &outlet->write_max);
  return outlet->fd >= 0 || fail (error);
}

gboolean
gw_file_outlet_write (GwFileOutlet *outlet, GBytes *untrusted_bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (untrusted_bytes, &length);

  return gw_pieces_take (&outlet->pieces, data, length, error);
}

void
gw_file_outlet_clear (GwFileOutlet *outlet)
{
  if (outlet->fd >= 0)
    close (outlet->fd);
  outlet->fd = -1;
  g_clear_pointer (&outlet->digest, gw_digest_free);
  if (outlet->pieces.text != NULL)
    gw_pieces_clear (&outlet->pieces);
  outlet->pieces.text = NULL;
}
