/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From pieces to a file, which is written beside its name (gw-file-part.c).
 * Once its folder is open, nothing is looked up by a path any more. Knows no
 * stream. */

#include "gw-file-target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-file-error.h"
#include "gw-file-part.h"

/* --- Its names ---------------------------------------------------------- */

gboolean
gw_file_is_folder (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 && S_ISDIR (status.st_mode);
}

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
  gboolean folder = gw_file_is_folder (path);
  g_autofree char *chosen = folder && name != NULL ? g_build_filename (path, name, NULL) : g_strdup (path);
  g_autofree char *parent = NULL;
  char *followed;

  if (!folder && g_str_has_suffix (path, "/"))
    return gw_file_refuse (error, G_FILE_ERROR_NOENT, path, "is no directory");
  followed = realpath (chosen, NULL);
  target->path = g_strdup (followed != NULL ? followed : chosen);
  free (followed);
  parent = g_path_get_dirname (target->path);
  target->name = g_path_get_basename (target->path);
  target->folder = open (parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  /* One may write in a folder that one may not list. */
  if (target->folder < 0 && errno == EACCES)
    target->folder = open (parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return target->folder >= 0 || gw_file_fail (error, errno, "write", target->path);
}

/* What is there already. A link is replaced: what is left of one here leads nowhere,
 * or is none of ours to follow. */
static gboolean
look_at_old (GwFileTarget *target, GError **error)
{
  struct stat old;

  if (fstatat (target->folder, target->name, &old, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT || gw_file_fail (error, errno, "write", target->path);
  if (S_ISDIR (old.st_mode))
    return gw_file_refuse (error, G_FILE_ERROR_ISDIR, target->path, "is a directory");
  if (S_ISLNK (old.st_mode))
    return TRUE;
  if (!S_ISREG (old.st_mode))
    return gw_file_refuse (error, G_FILE_ERROR_INVAL, target->path, "is no regular file");
  keep_traits (target, &old);
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
        return gw_file_fail (error, errno, "write", target->path);
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
    return !gw_file_is_stopped (target->stopped, error);
  target->offset = until;
  return TRUE;
}

static gboolean
on_data (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  return pass_hole (user_data, offset, error) && write_all (user_data, data, length, error);
}

/* Drops what is there. */
static gboolean
on_again (gpointer user_data, GError **error)
{
  GwFileTarget *target = user_data;

  target->offset = 0;
  gw_digest_begin_again (target->digest);
  return ftruncate (target->fd, 0) == 0 || gw_file_fail (error, errno, "write", target->path);
}

static gboolean
on_end (guint64 size, const char *untrusted_digest, gpointer user_data, GError **error)
{
  GwFileTarget *target = user_data;

  if (!pass_hole (target, size, error))
    return FALSE;
  target->size = size;
  target->ended = TRUE;
  if (gw_digest_is (target->digest, untrusted_digest))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "what has come of '%s' is not what was sent: its digests differ",
               target->path);
  return FALSE;
}

const GwPiecesEvents gw_file_target_events = { .data = on_data, .again = on_again, .end = on_end };

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
        return gw_file_fail (error, errno, "read what has come of", target->path);
      gw_digest_add (target->digest, buffer, length);
      target->offset += length;
    }
  return TRUE;
}

/* --- Its beginning ---------------------------------------------------------- */

static void
begin (GwFileTarget *target, GwDigestKind kind, const int *stopped)
{
  target->stopped = stopped;
  target->traits = (GwFileTraits) GW_FILE_TRAITS_NONE;
  target->digest = gw_digest_new (kind);
  target->fd = target->folder = -1;
}

static gboolean
open_part (GwFileTarget *target, gboolean resume, GError **error)
{
  g_autofree char *part = gw_file_part_name (target->name);

  target->fd = gw_file_part_open (target->folder, part, target->path, target->stopped, error);
  if (target->fd < 0)
    return FALSE;
  target->part = g_steal_pointer (&part);
  if (resume ? !take_up (target, error) : !on_again (target, error))
    return FALSE;
  gw_pieces_init (&target->pieces, target->offset, &gw_file_target_events, target);
  return TRUE;
}

/**
 * gw_file_target_open:
 * @target: %GW_FILE_TARGET_INIT; to be cleared whatever comes
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
  begin (target, kind, stopped);
  return choose (target, path, name, error) && look_at_old (target, error) && open_part (target, resume, error);
}

/**
 * gw_file_target_open_at:
 * @folder: the folder that it will be in
 * @name: what it is called there: one that is checked
 * @path: for messages
 *
 * The same in an open folder. A link of that name is replaced.
 */
gboolean
gw_file_target_open_at (GwFileTarget *target, int folder, const char *name, const char *path, GwDigestKind kind,
                        const int *stopped, GError **error)
{
  begin (target, kind, stopped);
  target->path = g_strdup (path);
  target->name = g_strdup (name);
  target->folder = fcntl (folder, F_DUPFD_CLOEXEC, 3);
  if (target->folder < 0)
    return gw_file_fail (error, errno, "write", path);
  return look_at_old (target, error) && open_part (target, FALSE, error);
}

gboolean
gw_file_target_write (GwFileTarget *target, GBytes *untrusted_bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (untrusted_bytes, &length);

  return gw_pieces_take (&target->pieces, data, length, error);
}

/* --- The end ---------------------------------------------------------------- */

/**
 * gw_file_target_commit:
 * @durable: it outlasts a loss of power from here on. Whether that goes well
 *   with the name changes nothing, since that is there
 *
 * To be called when its pieces have ended: gives it its traits and its name.
 */
gboolean
gw_file_target_commit (GwFileTarget *target, gboolean durable, GError **error)
{
  if (!target->ended)
    return gw_file_refuse (error, G_FILE_ERROR_IO, target->path, "has not come whole");
  if (ftruncate (target->fd, target->size) != 0)
    return gw_file_fail (error, errno, "write", target->path);
  if (!gw_file_traits_set (&target->traits, target->fd, 0644, target->path, error))
    return FALSE;
  if (durable && fsync (target->fd) != 0)
    return gw_file_fail (error, errno, "write", target->path);
  if (renameat (target->folder, target->part, target->folder, target->name) != 0)
    return gw_file_fail (error, errno, "replace", target->path);
  g_clear_pointer (&target->part, g_free);
  if (durable)
    fsync (target->folder);
  return TRUE;
}

/* @keep: it was interrupted, and may go on later; a little is not worth it */
void
gw_file_target_clear (GwFileTarget *target, gboolean keep)
{
  if (target->part != NULL && (!keep || target->offset < GW_RESUME_LEAST))
    unlinkat (target->folder, target->part, 0);
  if (target->fd >= 0)
    close (target->fd);
  if (target->folder >= 0)
    close (target->folder);
  target->fd = target->folder = -1;
  g_clear_pointer (&target->part, g_free);
  g_clear_pointer (&target->path, g_free);
  g_clear_pointer (&target->name, g_free);
  g_clear_pointer (&target->digest, gw_digest_free);
  if (target->pieces.text != NULL)
    gw_pieces_clear (&target->pieces);
  target->pieces.text = NULL;
}
