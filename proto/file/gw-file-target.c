/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From pieces to a file. It is written beside its name, under one that only
 * follows from it: so what an interruption leaves is found again, and is never
 * more than one. Knows no stream. */

#include "gw-file-target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Somebody else may make and remove the file beside, at the same time. */
#define OPEN_TRIES 10

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

/* --- Its names ---------------------------------------------------------- */

static void
keep_traits (GwFileTarget *target, const struct stat *old)
{
  target->traits.mode = old->st_mode & 07777;
  target->traits.uid = old->st_uid;
  target->traits.gid = old->st_gid;
  target->traits.inherited = TRUE;
}

/* A symbolic link is followed, and a directory taken for a place. */
static gboolean
choose (GwFileTarget *target, const char *path, const char *name, GError **error)
{
  gboolean folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autofree char *chosen = folder && name != NULL ? g_build_filename (path, name, NULL) : g_strdup (path);
  struct stat old;
  char *followed;

  if (!folder && g_str_has_suffix (path, "/"))
    return refuse (error, G_FILE_ERROR_NOENT, path, "is no directory");
  followed = realpath (chosen, NULL);
  target->path = g_strdup (followed != NULL ? followed : chosen);
  free (followed);
  if (stat (target->path, &old) != 0)
    return errno == ENOENT || fail (error, errno, "write", target->path);
  if (S_ISDIR (old.st_mode))
    return refuse (error, G_FILE_ERROR_ISDIR, target->path, "is a directory");
  if (!S_ISREG (old.st_mode))
    return refuse (error, G_FILE_ERROR_INVAL, target->path, "is no regular file");
  keep_traits (target, &old);
  return TRUE;
}

static char *
name_part (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GwDigest) digest = gw_digest_new (GW_DIGEST_XXH64);
  g_autofree char *text = NULL;
  g_autofree char *part = NULL;

  gw_digest_add (digest, name, strlen (name));
  text = gw_digest_dup_text (digest);
  part = g_strconcat (".guestwire-", text, NULL);
  return g_build_filename (folder, part, NULL);
}

/* --- The file beside ------------------------------------------------------ */

/* In a folder that anybody may write to, what is there could be another's, who
 * would have the file then. */
static gboolean
is_ours (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && status.st_uid == geteuid () && status.st_nlink == 1
         && (status.st_mode & 077) == 0;
}

/* Whether that name is this file's, now that it is locked. */
static gboolean
is_named (int fd, const char *part)
{
  struct stat here, there;

  return fstat (fd, &here) == 0 && lstat (part, &there) == 0 && here.st_ino == there.st_ino
         && here.st_dev == there.st_dev;
}

/* Returns a descriptor, or -1, and whether to try once more. */
static int
try_part (const char *part, gboolean *again, GError **error)
{
  int fd = open (part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

  *again = FALSE;
  if (fd < 0 && errno == EEXIST)
    fd = open (part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    {
      *again = errno == ENOENT && g_file_test (part, G_FILE_TEST_EXISTS);
      fail (error, errno, "write", part);
      return -1;
    }
  if (!is_ours (fd) && unlink (part) == 0)
    {
      *again = TRUE;
      refuse (error, G_FILE_ERROR_AGAIN, part, "is in the way");
    }
  else if (!is_ours (fd))
    refuse (error, G_FILE_ERROR_EXIST, part, "is in the way, and somebody else's: remove it");
  else if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    refuse (error, G_FILE_ERROR_AGAIN, part, "is being written by another transfer to the same file");
  else if (is_named (fd, part))
    return fd;
  else
    {
      *again = TRUE;
      refuse (error, G_FILE_ERROR_AGAIN, part, "is being removed by somebody else");
    }
  close (fd);
  return -1;
}

static gboolean
open_part (GwFileTarget *target, GError **error)
{
  g_autofree char *part = name_part (target->path);
  gboolean again = TRUE;

  for (int i = 0; i < OPEN_TRIES && again && target->fd < 0; i++)
    {
      g_clear_error (error);
      target->fd = try_part (part, &again, error);
    }
  if (target->fd < 0)
    return FALSE;
  g_clear_error (error);
  target->part = g_steal_pointer (&part);
  return TRUE;
}

/* --- Pieces --------------------------------------------------------------- */

static gboolean
write_all (GwFileTarget *target, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize written = pwrite (target->fd, data, length, target->offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return fail (error, errno, "write", target->path);
      gw_digest_add (target->digest, data, written);
      target->offset += written;
      data += written;
      length -= written;
    }
  return TRUE;
}

static gboolean
pass_hole (GwFileTarget *target, guint64 until, GError **error)
{
  if (!gw_digest_add_zeros (target->digest, until - target->offset, target->stopped))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "stopped");
      return FALSE;
    }
  target->offset = until;
  return TRUE;
}

static gboolean
on_data (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  return pass_hole (user_data, offset, error) && write_all (user_data, data, length, error);
}

static gboolean
on_again (gpointer user_data, GError **error)
{
  return gw_file_target_begin_again (user_data, error);
}

static gboolean
on_end (guint64 size, const char *untrusted_digest, gpointer user_data, GError **error)
{
  GwFileTarget *target = user_data;
  g_autofree char *digest = NULL;

  if (!pass_hole (target, size, error))
    return FALSE;
  target->size = size;
  digest = gw_digest_dup_text (target->digest);
  if (g_str_equal (digest, untrusted_digest))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "what has come of '%s' is not what was sent: its digests differ",
               target->path);
  return FALSE;
}

static const GwPiecesEvents events = { on_data, on_again, on_end };

/* What an interruption has left. */
static gboolean
take_up (GwFileTarget *target, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (GW_PIECE_MAX);
  gssize length;

  while (!g_atomic_int_get (target->stopped)
         && (length = pread (target->fd, buffer, GW_PIECE_MAX, target->offset)) != 0)
    {
      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        return fail (error, errno, "read", target->part);
      gw_digest_add (target->digest, buffer, length);
      target->offset += length;
    }
  return TRUE;
}

/* Drops what is there. */
gboolean
gw_file_target_begin_again (GwFileTarget *target, GError **error)
{
  target->offset = 0;
  gw_digest_begin_again (target->digest);
  return ftruncate (target->fd, 0) == 0 || fail (error, errno, "write", target->part);
}

/**
 * gw_file_target_open:
 * @target: zeroed, with -1 for @fd; to be cleared whatever comes
 * @path: a file that need not exist yet, or a directory
 * @name: (nullable): what it is called in that
 * @resume: whether to go on with what an interruption left
 * @stopped: not 0 once nobody wants it any more
 *
 * Sets @offset to how much is there.
 *
 * Returns: %FALSE with an error set if it cannot be written there
 */
gboolean
gw_file_target_open (GwFileTarget *target, const char *path, const char *name, gboolean resume, GwDigestKind kind,
                     const int *stopped, GError **error)
{
  g_autoptr (GError) problem = NULL;

  target->stopped = stopped;
  target->traits = (GwFileTraits) GW_FILE_TRAITS_NONE;
  target->digest = gw_digest_new (kind);
  gw_pieces_init (&target->pieces, 0, &events, target);
  if (!choose (target, path, name, error))
    return FALSE;
  if (!open_part (target, &problem))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (resume ? !take_up (target, error) : !gw_file_target_begin_again (target, error))
    return FALSE;
  target->pieces.after = target->offset;
  return TRUE;
}

gboolean
gw_file_target_write (GwFileTarget *target, GBytes *untrusted_bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (untrusted_bytes, &length);

  return gw_pieces_take (&target->pieces, data, length, error);
}

/* --- The end ---------------------------------------------------------------- */

/* The owner first: a change of it takes bits of the mode away. */
static gboolean
set_traits (GwFileTarget *target, GError **error)
{
  const GwFileTraits *traits = &target->traits;
  mode_t mode = traits->mode >= 0 ? (mode_t) traits->mode & 07777 : 0644;
  const struct timespec times[2]
      = { { .tv_nsec = UTIME_NOW },
          { .tv_sec = (traits->mtime_ns - (traits->mtime_ns % 1000000000 + 1000000000) % 1000000000) / 1000000000,
            .tv_nsec = (traits->mtime_ns % 1000000000 + 1000000000) % 1000000000 } };

  if ((traits->uid >= 0 || traits->gid >= 0) && fchown (target->fd, traits->uid, traits->gid) != 0)
    {
      if (!traits->inherited)
        return fail (error, errno, "give its owner to", target->path);
      /* They were not meant for this owner. */
      mode &= 0777;
    }
  if (fchmod (target->fd, mode) != 0)
    return fail (error, errno, "set the mode of", target->path);
  return !traits->timed || futimens (target->fd, times) == 0 || fail (error, errno, "set the time of", target->path);
}

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

/**
 * gw_file_target_commit:
 *
 * To be called when its pieces have ended: gives it its traits and its name.
 */
gboolean
gw_file_target_commit (GwFileTarget *target, GError **error)
{
  if (!target->pieces.ended)
    return refuse (error, G_FILE_ERROR_IO, target->path, "has not come whole");
  if (ftruncate (target->fd, target->size) != 0)
    return fail (error, errno, "write", target->path);
  if (!set_traits (target, error))
    return FALSE;
  if (fsync (target->fd) != 0)
    return fail (error, errno, "write", target->path);
  if (rename (target->part, target->path) != 0)
    return fail (error, errno, "replace", target->path);
  g_clear_pointer (&target->part, g_free);
  sync_folder (target->path);
  return TRUE;
}

/* @keep: it was interrupted, and may go on later; a little is not worth it */
void
gw_file_target_clear (GwFileTarget *target, gboolean keep)
{
  if (target->part != NULL && (!keep || target->offset < GW_RESUME_LEAST))
    unlink (target->part);
  if (target->fd >= 0)
    close (target->fd);
  target->fd = -1;
  g_clear_pointer (&target->part, g_free);
  g_clear_pointer (&target->path, g_free);
  g_clear_pointer (&target->digest, gw_digest_free);
  if (target->pieces.digest != NULL)
    gw_pieces_clear (&target->pieces);
  target->pieces.digest = NULL;
}
