/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a tree to pieces. No link in it is followed, and what changes its kind
 * while it is looked at is left out. Many small files become one block. Knows
 * no stream. */

#include "gw-tree-source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gw-file-error.h"
#include "gw-file-traits.h"
#include "gw-limits.h"

/* --- What fails ------------------------------------------------------------- */

static char *
way_to (GwTreeSource *source, const char *name)
{
  return g_build_filename (source->where->str, name, NULL);
}

/* Always TRUE: the rest goes on. Takes @error. */
static gboolean
leave_out (GwTreeSource *source, GError *error)
{
  gw_tree_troubles_add (&source->troubles, error->message);
  g_error_free (error);
  return TRUE;
}

static gboolean
leave_out_for (GwTreeSource *source, int number, const char *what, const char *name)
{
  g_autofree char *path = way_to (source, name);
  GError *error = NULL;

  gw_file_fail (&error, number, what, path);
  return leave_out (source, error);
}

static gboolean
leave_out_since (GwTreeSource *source, const char *name, const char *why)
{
  g_autofree char *path = way_to (source, name);
  GError *error = NULL;

  gw_file_refuse (&error, G_FILE_ERROR_INVAL, path, why);
  return leave_out (source, error);
}

/* There is nothing in it to be copied. */
static void
mention (GwTreeSource *source, const char *name, const char *why)
{
  g_autofree char *path = way_to (source, name);
  g_autoptr (GError) error = NULL;

  gw_file_refuse (&error, G_FILE_ERROR_INVAL, path, why);
  gw_tree_troubles_mention (&source->troubles, error->message);
}

/* --- Entries ----------------------------------------------------------------- */

static void
append_entry (GwTreeSource *source, GByteArray *pieces, GwEntryType type, const struct stat *status, const char *name,
              const char *target)
{
  const GwEntry entry = {
    .type = type,
    .mode = status->st_mode & source->mode_mask,
    .uid = status->st_uid,
    .gid = status->st_gid,
    .mtime_ns = gw_file_mtime_ns (status),
    .name = source->levels->len == 0 ? "" : name,
    .target = target,
  };

  gw_piece_append_entry (pieces, &entry);
}

static int
folder_of (GwTreeSource *source)
{
  return dirfd (g_ptr_array_index (source->levels, source->levels->len - 1));
}

/* @fd: of a directory; it is taken */
static gboolean
enter (GwTreeSource *source, GByteArray *pieces, int fd, const char *name)
{
  struct stat status;
  DIR *dir = fstat (fd, &status) == 0 ? fdopendir (fd) : NULL;

  if (dir == NULL)
    {
      int number = errno;

      close (fd);
      return leave_out_for (source, number, "read", name);
    }
  append_entry (source, pieces, GW_ENTRY_FOLDER, &status, name, NULL);
  g_ptr_array_add (source->levels, dir);
  if (source->levels->len > 1)
    g_string_append_printf (source->where, "/%s", name);
  return TRUE;
}

static gboolean
add_folder (GwTreeSource *source, GByteArray *pieces, const char *name)
{
  int fd;

  if (source->levels->len >= GW_TREE_DEPTH_MAX)
    return leave_out_since (source, name, "is too deep in the tree: copy it on its own");
  fd = openat (folder_of (source), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd >= 0 ? enter (source, pieces, fd, name) : leave_out_for (source, errno, "open", name);
}

static gboolean
add_link (GwTreeSource *source, GByteArray *pieces, const char *name, const struct stat *status)
{
  char target[GW_TREE_LINK_MAX + 1];
  gssize length = readlinkat (folder_of (source), name, target, sizeof target);

  if (length < 0)
    return leave_out_for (source, errno, "read", name);
  if (length == 0 || length == sizeof target)
    return leave_out_since (source, name, "is a link with too long a target");
  target[length] = '\0';
  append_entry (source, pieces, GW_ENTRY_LINK, status, name, target);
  return TRUE;
}

static gboolean
add_file (GwTreeSource *source, GByteArray *pieces, const char *name)
{
  g_autofree char *path = way_to (source, name);
  GError *error = NULL;

  if (!gw_file_source_open_at (&source->file, folder_of (source), name, path, source->kind, source->stopped, &error))
    {
      gw_file_source_clear (&source->file);
      return leave_out (source, error);
    }
  append_entry (source, pieces, GW_ENTRY_FILE, &source->file.status, name, NULL);
  source->in_file = TRUE;
  return TRUE;
}

static gboolean
add (GwTreeSource *source, GByteArray *pieces, const char *name)
{
  struct stat status;

  if (fstatat (folder_of (source), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return leave_out_for (source, errno, "open", name);
  if (S_ISDIR (status.st_mode))
    return add_folder (source, pieces, name);
  if (S_ISLNK (status.st_mode))
    return add_link (source, pieces, name, &status);
  if (S_ISREG (status.st_mode))
    return add_file (source, pieces, name);
  mention (source, name, S_ISSOCK (status.st_mode) ? "is a socket, and was left out"
                         : S_ISFIFO (status.st_mode) ? "is a named pipe, and was left out"
                                                     : "is a device, and was left out");
  return TRUE;
}

static void
leave (GwTreeSource *source, GByteArray *pieces)
{
  char *slash;

  closedir (g_ptr_array_remove_index (source->levels, source->levels->len - 1));
  slash = strrchr (source->where->str, '/');
  if (source->levels->len > 0 && slash != NULL)
    g_string_truncate (source->where, slash - source->where->str);
  gw_piece_append_bare (pieces, GW_PIECE_LEAVE);
  source->ended = source->levels->len == 0;
}

/* The next of the folder that it is in. */
static void
add_next (GwTreeSource *source, GByteArray *pieces)
{
  struct dirent *found;

  errno = 0;
  found = readdir (g_ptr_array_index (source->levels, source->levels->len - 1));
  if (found == NULL)
    {
      if (errno != 0)
        leave_out_for (source, errno, "read", "");
      leave (source, pieces);
    }
  else if (!g_str_equal (found->d_name, ".") && !g_str_equal (found->d_name, ".."))
    add (source, pieces, found->d_name);
}

/* --- Files in it -------------------------------------------------------------- */

static void
end_file (GwTreeSource *source)
{
  source->before += source->file.offset;
  gw_file_source_clear (&source->file);
  source->file = (GwFileSource) GW_FILE_SOURCE_INIT;
  source->in_file = FALSE;
  source->ended = source->levels->len == 0;
}

/* What cannot be read to its end is dropped over there. Returns: (nullable): what
 * is to be sent; NULL if that was appended, or with @error set if it was stopped. */
static GBytes *
read_file (GwTreeSource *source, GByteArray *pieces, GError **error)
{
  GError *problem = NULL;
  GBytes *bytes = gw_file_source_read (&source->file, &problem);

  if (bytes == NULL && g_atomic_int_get (source->stopped))
    {
      g_propagate_error (error, problem);
      return NULL;
    }
  if (bytes == NULL)
    {
      leave_out (source, problem);
      gw_piece_append_bare (pieces, GW_PIECE_DROP);
      end_file (source);
      return NULL;
    }
  if (source->file.ended)
    {
      source->files++;
      end_file (source);
    }
  if (pieces->len == 0 && g_bytes_get_size (bytes) >= GW_TREE_BATCH)
    return bytes;
  g_byte_array_append (pieces, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_bytes_unref (bytes);
  return NULL;
}

/* Of what is large, nothing is copied. */
static gboolean
is_full (GwTreeSource *source, GByteArray *pieces)
{
  return pieces->len >= GW_TREE_BATCH
         || (pieces->len > 0 && source->in_file && source->file.status.st_size >= GW_TREE_BATCH);
}

/* --- Its use ------------------------------------------------------------------- */

/**
 * gw_tree_source_open:
 * @source: %GW_TREE_SOURCE_INIT; to be cleared whatever comes
 * @path: a folder or a regular file; a link to either is followed
 *
 * Returns: %FALSE with an error set if it cannot be read
 */
gboolean
gw_tree_source_open (GwTreeSource *source, const char *path, guint mode_mask, GwDigestKind kind, const int *stopped,
                     GError **error)
{
  struct stat status;

  source->path = g_strdup (path);
  source->where = g_string_new (path);
  source->levels = g_ptr_array_new ();
  source->mode_mask = mode_mask;
  source->kind = kind;
  source->stopped = stopped;
  if (stat (path, &status) != 0)
    return gw_file_fail (error, errno, "open", path);
  if (S_ISDIR (status.st_mode))
    return access (path, R_OK | X_OK) == 0 || gw_file_fail (error, errno, "read", path);
  source->in_file = TRUE;
  return gw_file_source_open (&source->file, path, kind, stopped, error);
}

/* The first of all. */
static gboolean
begin (GwTreeSource *source, GByteArray *pieces, GError **error)
{
  int fd;

  if (source->in_file)
    {
      append_entry (source, pieces, GW_ENTRY_FILE, &source->file.status, "", NULL);
      return TRUE;
    }
  fd = open (source->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return gw_file_fail (error, errno, "open", source->path);
  enter (source, pieces, fd, "");
  return source->levels->len > 0 || gw_file_fail (error, EIO, "read", source->path);
}

/**
 * gw_tree_source_read:
 *
 * Returns: (transfer full): what is to be sent next; the last has set @ended.
 *   %NULL with an error set if it was stopped
 */
GBytes *
gw_tree_source_read (GwTreeSource *source, GError **error)
{
  g_autoptr (GByteArray) pieces = g_byte_array_new ();

  if (source->path != NULL && !begin (source, pieces, error))
    return NULL;
  g_clear_pointer (&source->path, g_free);
  while (!source->ended && !is_full (source, pieces))
    {
      GError *problem = NULL;
      GBytes *bytes = NULL;

      if (gw_file_is_stopped (source->stopped, error))
        return NULL;
      if (source->in_file)
        bytes = read_file (source, pieces, &problem);
      else
        add_next (source, pieces);
      if (problem != NULL)
        {
          g_propagate_error (error, problem);
          return NULL;
        }
      if (bytes != NULL)
        return bytes;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&pieces));
}

guint64
gw_tree_source_get_bytes (const GwTreeSource *source)
{
  return source->before + (source->in_file ? source->file.offset : 0);
}

void
gw_tree_source_clear (GwTreeSource *source)
{
  gw_file_source_clear (&source->file);
  for (guint i = 0; source->levels != NULL && i < source->levels->len; i++)
    closedir (g_ptr_array_index (source->levels, i));
  g_clear_pointer (&source->levels, g_ptr_array_unref);
  if (source->where != NULL)
    g_string_free (source->where, TRUE);
  source->where = NULL;
  g_clear_pointer (&source->path, g_free);
  gw_tree_troubles_clear (&source->troubles);
}
