/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From pieces to a tree. Every name is one, and is looked up in an open folder
 * without following links: whatever the other side sends, and whatever else
 * happens here meanwhile, nothing is written outside. What fails alone is told,
 * and the rest goes on. Knows no stream. */

#include "gw-tree-target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-file-error.h"
#include "gw-file-part.h"

typedef struct
{
  int fd;
  gboolean made; /* by us: then it gets its traits */
  GwFileTraits traits;
} Level;

/* --- What fails -------------------------------------------------------------- */

/* A full disk or a wrong digest is no matter of one file. Takes @problem. */
static gboolean
go_on (GwTreeTarget *target, GError *problem, GError **error)
{
  if (g_atomic_int_get (target->stopped) || problem->domain == GW_ERROR
      || g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOSPC)
      || g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_IO)
      || g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_ROFS))
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  gw_tree_troubles_add (&target->troubles, problem->message);
  g_error_free (problem);
  return TRUE;
}

static char *
way_to (GwTreeTarget *target, const char *name)
{
  return g_build_filename (target->where->str, name, NULL);
}

static Level *
last (GwTreeTarget *target)
{
  return &g_array_index (target->levels, Level, target->levels->len - 1);
}

static void
take_traits (GwTreeTarget *target, GwFileTraits *traits, const GwEntry *untrusted_entry)
{
  const GwFileTraits theirs = { untrusted_entry->mode & 07777, untrusted_entry->uid, untrusted_entry->gid, FALSE, TRUE,
                                untrusted_entry->mtime_ns };

  gw_file_traits_of_other (traits, &target->rules, &theirs);
}

/* --- Folders ----------------------------------------------------------------- */

static void
push (GwTreeTarget *target, int fd, gboolean made, const GwEntry *entry)
{
  Level level = { .fd = fd, .made = made, .traits = GW_FILE_TRAITS_NONE };

  take_traits (target, &level.traits, entry);
  g_array_append_val (target->levels, level);
}

/* So that it can be written to until it is left. The rest of its traits comes
 * then: its time would not stay. */
static guint
mode_meanwhile (GwTreeTarget *target, const GwEntry *entry)
{
  return (entry->mode & target->rules.mode_mask & 0777) | 0700;
}

static void
set_traits (Level *level, const char *path, GError **error)
{
  if (level->made)
    gw_file_traits_set (&level->traits, level->fd, 0755, path, error);
}

/* The first one is where the user says, be that a link. */
static gboolean
enter_first (GwTreeTarget *target, const GwEntry *entry, GError **error)
{
  gboolean made = mkdir (target->placed, mode_meanwhile (target, entry)) == 0;
  int fd;

  if (!made && errno != EEXIST)
    return gw_file_fail (error, errno, "make", target->placed);
  fd = open (target->placed, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return gw_file_fail (error, errno, "write to", target->placed);
  push (target, fd, made, entry);
  g_string_assign (target->where, target->placed);
  return TRUE;
}

static gboolean
enter (GwTreeTarget *target, const GwEntry *entry, GError **error)
{
  g_autofree char *path = way_to (target, entry->name);
  gboolean made = mkdirat (last (target)->fd, entry->name, mode_meanwhile (target, entry)) == 0;
  GError *problem = NULL;
  int fd = -1;

  if (!made && errno != EEXIST)
    gw_file_fail (&problem, errno, "make", path);
  else
    {
      fd = openat (last (target)->fd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
        gw_file_refuse (&problem, G_FILE_ERROR_NOTDIR, path, "is no folder, and in the way of one");
      else if (fd < 0)
        gw_file_fail (&problem, errno, "write to", path);
    }
  if (problem != NULL)
    {
      target->lost = 1;
      return go_on (target, problem, error);
    }
  push (target, fd, made, entry);
  g_string_assign (target->where, path);
  return TRUE;
}

static gboolean
on_leave (gpointer user_data, GError **error)
{
  GwTreeTarget *target = user_data;
  GError *problem = NULL;
  Level *level;
  char *slash;

  if (target->lost > 0)
    {
      target->lost--;
      return TRUE;
    }
  level = last (target);
  set_traits (level, target->where->str, &problem);
  close (level->fd);
  g_array_set_size (target->levels, target->levels->len - 1);
  slash = strrchr (target->where->str, '/');
  if (target->levels->len > 0 && slash != NULL)
    g_string_truncate (target->where, slash - target->where->str);
  return problem == NULL || go_on (target, problem, error);
}

/* --- Links -------------------------------------------------------------------- */

/* Made beside, too, so that an old one is replaced in one step. */
static gboolean
make_link (GwTreeTarget *target, const GwEntry *entry, const char *path, GError **error)
{
  g_autofree char *part = gw_file_part_name (entry->name);
  GwFileTraits traits = GW_FILE_TRAITS_NONE;
  int folder = last (target)->fd;
  struct stat old;

  if (fstatat (folder, entry->name, &old, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG (old.st_mode) && !S_ISLNK (old.st_mode))
    return gw_file_refuse (error, G_FILE_ERROR_EXIST, path, "is in the way of a link");
  unlinkat (folder, part, 0);
  if (symlinkat (entry->target, folder, part) != 0)
    return gw_file_fail (error, errno, "make", path);
  take_traits (target, &traits, entry);
  gw_file_traits_set_on_link (&traits, folder, part);
  if (renameat (folder, part, folder, entry->name) == 0)
    return TRUE;
  gw_file_fail (error, errno, "replace", path);
  unlinkat (folder, part, 0);
  return FALSE;
}

static gboolean
take_link (GwTreeTarget *target, const GwEntry *entry, GError **error)
{
  g_autofree char *path = way_to (target, entry->name);
  GError *problem = NULL;

  return make_link (target, entry, path, &problem) || go_on (target, problem, error);
}

/* --- Files -------------------------------------------------------------------- */

static void
end_file (GwTreeTarget *target)
{
  target->before += target->file.offset;
  gw_file_target_clear (&target->file, FALSE);
  target->file = (GwFileTarget) GW_FILE_TARGET_INIT;
  target->skipping = FALSE;
}

/* What still comes of it is dropped. Takes @problem. */
static gboolean
give_file_up (GwTreeTarget *target, GError *problem, GError **error)
{
  end_file (target);
  target->skipping = TRUE;
  return go_on (target, problem, error);
}

static gboolean
take_file (GwTreeTarget *target, const GwEntry *entry, GError **error)
{
  gboolean first = target->levels->len == 0;
  g_autofree char *path = first ? NULL : way_to (target, entry->name);
  GError *problem = NULL;

  if (first)
    gw_file_target_open (&target->file, target->path, target->name, FALSE, target->kind, target->stopped, &problem);
  else
    gw_file_target_open_at (&target->file, last (target)->fd, entry->name, path, target->kind, target->stopped,
                            &problem);
  if (problem != NULL && first)
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  if (problem != NULL)
    return give_file_up (target, problem, error);
  take_traits (target, &target->file.traits, entry);
  return TRUE;
}

static gboolean
on_data (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  GwTreeTarget *target = user_data;
  GError *problem = NULL;

  return target->skipping || gw_file_target_events.data (offset, data, length, &target->file, &problem)
         || give_file_up (target, problem, error);
}

static gboolean
on_end (guint64 size, const char *untrusted_digest, gpointer user_data, GError **error)
{
  GwTreeTarget *target = user_data;
  GError *problem = NULL;
  gboolean whole;

  if (target->skipping)
    {
      target->skipping = FALSE;
      return TRUE;
    }
  whole = gw_file_target_events.end (size, untrusted_digest, &target->file, &problem)
          && gw_file_target_commit (&target->file, FALSE, &problem);
  target->files += whole;
  if (whole && target->levels->len == 0)
    {
      g_free (target->placed);
      target->placed = g_strdup (target->file.path);
    }
  end_file (target);
  return whole || go_on (target, problem, error);
}

static gboolean
on_drop (gpointer user_data, GError **error)
{
  end_file (user_data);
  return TRUE;
}

/* --- Entries ------------------------------------------------------------------ */

static gboolean
on_entry (const GwEntry *untrusted_entry, gpointer user_data, GError **error)
{
  GwTreeTarget *target = user_data;

  if (target->lost > 0)
    {
      target->lost += untrusted_entry->type == GW_ENTRY_FOLDER;
      target->skipping = untrusted_entry->type == GW_ENTRY_FILE;
      return TRUE;
    }
  if (untrusted_entry->type == GW_ENTRY_FILE)
    return take_file (target, untrusted_entry, error);
  if (untrusted_entry->type == GW_ENTRY_LINK)
    return take_link (target, untrusted_entry, error);
  return target->levels->len == 0 ? enter_first (target, untrusted_entry, error)
                                  : enter (target, untrusted_entry, error);
}

static const GwPiecesEvents events
    = { .data = on_data, .end = on_end, .entry = on_entry, .leave = on_leave, .drop = on_drop };

/* --- Its use ------------------------------------------------------------------- */

/**
 * gw_tree_target_open:
 * @target: %GW_TREE_TARGET_INIT; to be cleared whatever comes
 * @path: where it goes; its parent is there
 * @name: (nullable): what it is called in @path, if that is a folder; %NULL to
 *   put what is in it into @path
 * @rules: what of the other side's traits is taken over
 *
 * Returns: %FALSE with an error set if it cannot go there
 */
gboolean
gw_tree_target_open (GwTreeTarget *target, const char *path, const char *name, const GwFileRules *rules,
                     GwDigestKind kind, const int *stopped, GError **error)
{
  gboolean folder = gw_file_is_folder (path);

  target->path = g_strdup (path);
  target->name = g_strdup (name);
  target->placed = name != NULL && folder ? g_build_filename (path, name, NULL) : g_strdup (path);
  target->where = g_string_new (NULL);
  target->levels = g_array_new (FALSE, FALSE, sizeof (Level));
  target->rules = *rules;
  target->kind = kind;
  target->stopped = stopped;
  gw_pieces_init (&target->pieces, 0, &events, target);
  return folder || name == NULL || !g_str_has_suffix (path, "/")
         || gw_file_refuse (error, G_FILE_ERROR_NOENT, path, "is no directory");
}

gboolean
gw_tree_target_write (GwTreeTarget *target, GBytes *untrusted_bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (untrusted_bytes, &length);

  return gw_pieces_take (&target->pieces, data, length, error);
}

/**
 * gw_tree_target_finish:
 *
 * To be called when no more comes. Brings all of it to the disk at once, since
 * that of each file would take longer than to write it.
 */
gboolean
gw_tree_target_finish (GwTreeTarget *target, GError **error)
{
  int fd;

  if (!target->pieces.ended)
    return gw_file_refuse (error, G_FILE_ERROR_IO, target->placed, "has not come whole");
  target->ended = TRUE;
  fd = open (target->placed, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  /* What may not be read was written nevertheless. */
  if (fd < 0)
    return TRUE;
  if (syncfs (fd) != 0)
    gw_file_fail (error, errno, "write", target->placed);
  close (fd);
  return error == NULL || *error == NULL;
}

guint64
gw_tree_target_get_bytes (const GwTreeTarget *target)
{
  return target->before + target->file.offset;
}

/* Folders that it was interrupted in are there, and are as they are to be. */
void
gw_tree_target_clear (GwTreeTarget *target)
{
  gw_file_target_clear (&target->file, FALSE);
  for (guint i = 0; target->levels != NULL && i < target->levels->len; i++)
    {
      Level *level = &g_array_index (target->levels, Level, i);

      set_traits (level, target->where->str, NULL);
      close (level->fd);
    }
  g_clear_pointer (&target->levels, g_array_unref);
  if (target->where != NULL)
    g_string_free (target->where, TRUE);
  target->where = NULL;
  g_clear_pointer (&target->path, g_free);
  g_clear_pointer (&target->name, g_free);
  g_clear_pointer (&target->placed, g_free);
  if (target->pieces.text != NULL)
    gw_pieces_clear (&target->pieces);
  target->pieces.text = NULL;
  gw_tree_troubles_clear (&target->troubles);
}
