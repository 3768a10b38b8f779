/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where trees come and go in tests, and the pieces that a sender may say. */

#include "tree-place.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-digest.h"
#include "gw-pieces.h"

const int not_stopped = 0;

void
place_open (Place *place)
{
  const GwFileRules rules = GW_FILE_RULES_NONE;

  place->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  place->inside = g_build_filename (place->folder, "inside", NULL);
  place->outside = g_build_filename (place->folder, "outside", NULL);
  g_assert_cmpint (g_mkdir (place->outside, 0755), ==, 0);
  place->pieces = g_byte_array_new ();
  place->target = (GwTreeTarget) GW_TREE_TARGET_INIT;
  g_assert_true (gw_tree_target_open (&place->target, place->inside, NULL, &rules, GW_DIGEST_XXH64, &not_stopped, NULL));
}

static void
remove_all (const char *path)
{
  struct stat status;
  GDir *dir;
  const char *name;

  if (lstat (path, &status) == 0 && S_ISDIR (status.st_mode) && (dir = g_dir_open (path, 0, NULL)) != NULL)
    {
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *way = g_build_filename (path, name, NULL);

          remove_all (way);
        }
      g_dir_close (dir);
    }
  g_remove (path);
}

static guint
count_outside (Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->outside, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

/* Nothing was ever written outside. */
void
place_close (Place *place)
{
  g_assert_cmpuint (count_outside (place), ==, 0);
  gw_tree_target_clear (&place->target);
  g_byte_array_unref (place->pieces);
  remove_all (place->folder);
  g_free (place->folder);
  g_free (place->inside);
  g_free (place->outside);
}

char *
way (Place *place, const char *name)
{
  return g_build_filename (place->inside, name, NULL);
}

gboolean
is_there (Place *place, const char *name)
{
  g_autofree char *path = way (place, name);
  struct stat status;

  return lstat (path, &status) == 0;
}

void
say_entry (Place *place, GwEntryType type, const char *name, const char *target)
{
  const GwEntry entry = { .type = type, .mode = 0755, .uid = getuid (), .gid = getgid (), .mtime_ns = 7, .name = name,
                          .target = target };

  gw_piece_append_entry (place->pieces, &entry);
}

void
say_content (Place *place, const char *text)
{
  g_autoptr (GwDigest) digest = gw_digest_new (GW_DIGEST_XXH64);
  g_autofree char *hex = NULL;
  g_autoptr (GBytes) end = NULL;
  guint8 header[GW_PIECE_HEADER_SIZE];

  gw_digest_add (digest, text, strlen (text));
  hex = gw_digest_dup_text (digest);
  gw_piece_write_header (header, GW_PIECE_DATA, strlen (text), 0);
  g_byte_array_append (place->pieces, header, sizeof header);
  g_byte_array_append (place->pieces, (const guint8 *) text, strlen (text));
  end = gw_piece_new_end (strlen (text), hex);
  g_byte_array_append (place->pieces, g_bytes_get_data (end, NULL), g_bytes_get_size (end));
}

void
say_file (Place *place, const char *name, const char *text)
{
  say_entry (place, GW_ENTRY_FILE, name, NULL);
  say_content (place, text);
}

void
leave (Place *place)
{
  gw_piece_append_bare (place->pieces, GW_PIECE_LEAVE);
}

gboolean
receive (Place *place, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (place->pieces->data, place->pieces->len);

  g_byte_array_set_size (place->pieces, 0);
  return gw_tree_target_write (&place->target, bytes, error);
}

void
assert_content (Place *place, const char *name, const char *text)
{
  g_autofree char *path = way (place, name);
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, text);
}

void
make_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

void
make_folder (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
}
