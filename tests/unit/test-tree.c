/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders as pieces, both ways, and what fails alone. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-tree-source.h"
#include "tree-place.h"

/* --- Whole trees ---------------------------------------------------------------- */

/* Returns what was left out, or failed. */
static guint
send_all (Place *place, const char *path)
{
  GwTreeSource source = GW_TREE_SOURCE_INIT;
  GError *error = NULL;
  guint told;

  gw_tree_source_open (&source, path, 07777, GW_DIGEST_XXH64, &not_stopped, &error);
  g_assert_no_error (error);
  while (!source.ended)
    {
      g_autoptr (GBytes) bytes = gw_tree_source_read (&source, &error);

      g_assert_no_error (error);
      gw_tree_target_write (&place->target, bytes, &error);
      g_assert_no_error (error);
    }
  gw_tree_target_finish (&place->target, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (place->target.files, ==, source.files);
  told = source.troubles.texts != NULL ? source.troubles.texts->len : 0;
  gw_tree_source_clear (&source);
  return told;
}

static void
test_whole (void)
{
  g_autofree char *from = NULL;
  g_autofree char *link = NULL;
  g_autofree char *fifo = NULL;
  g_autofree char *copied = NULL;
  g_autofree char *target = NULL;
  g_autofree char *large = g_strnfill (300000, 'x');
  struct stat status;
  Place place;

  place_open (&place);
  from = g_build_filename (place.folder, "from", NULL);
  make_folder (place.folder, "from");
  make_folder (from, "empty");
  make_folder (from, "in");
  make_file (from, "in/two\nlines", "1");
  make_file (from, "\xff\xfe", "2");
  make_file (from, "large", large);
  make_file (from, "nothing", "");
  link = g_build_filename (from, "link", NULL);
  g_assert_cmpint (symlink ("../outside", link), ==, 0);
  fifo = g_build_filename (from, "fifo", NULL);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpuint (send_all (&place, from), ==, 1);
  g_assert_cmpuint (place.target.files, ==, 4);
  assert_content (&place, "in/two\nlines", "1");
  assert_content (&place, "\xff\xfe", "2");
  assert_content (&place, "large", large);
  assert_content (&place, "nothing", "");
  g_assert_true (is_there (&place, "empty"));
  g_assert_false (is_there (&place, "fifo"));
  copied = way (&place, "link");
  target = g_file_read_link (copied, NULL);
  g_assert_cmpstr (target, ==, "../outside");
  g_assert_cmpint (stat (place.inside, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0755);
  place_close (&place);
}

static void
test_too_deep (void)
{
  g_autoptr (GString) from = NULL;
  Place place;

  place_open (&place);
  from = g_string_new (place.folder);
  for (guint i = 0; i < GW_TREE_DEPTH_MAX + 2; i++)
    {
      g_string_append (from, "/d");
      g_assert_cmpint (g_mkdir (from->str, 0755), ==, 0);
    }
  g_string_truncate (from, strlen (place.folder) + 2);
  g_assert_cmpuint (send_all (&place, from->str), ==, 1);
  place_close (&place);
}

static void
test_one_file (void)
{
  Place place;
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;

  place_open (&place);
  say_file (&place, "", "alone");
  g_assert_true (receive (&place, &error));
  g_assert_true (gw_tree_target_finish (&place.target, &error));
  g_assert_true (g_file_get_contents (place.inside, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "alone");
  place_close (&place);
}

/* --- What fails alone -------------------------------------------------------------- */

static void
test_drop (void)
{
  Place place;

  place_open (&place);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_entry (&place, GW_ENTRY_FILE, "gone", NULL);
  gw_piece_append_bare (place.pieces, GW_PIECE_DROP);
  say_file (&place, "there", "2");
  leave (&place);
  g_assert_true (receive (&place, NULL));
  g_assert_true (gw_tree_target_finish (&place.target, NULL));
  g_assert_false (is_there (&place, "gone"));
  assert_content (&place, "there", "2");
  place_close (&place);
}

static void
test_cut_off (void)
{
  g_autoptr (GError) error = NULL;
  struct stat status;
  Place place;

  place_open (&place);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_file (&place, "there", "2");
  g_assert_true (receive (&place, NULL));
  g_assert_false (gw_tree_target_finish (&place.target, &error));
  g_assert_nonnull (strstr (error->message, "has not come whole"));
  /* The next one keeps the mode of what is there. */
  gw_tree_target_clear (&place.target);
  g_assert_cmpint (stat (place.inside, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0755);
  place_close (&place);
}

/* A file where a folder should be, and the other way round. */
static void
test_in_the_way (void)
{
  Place place;

  place_open (&place);
  g_assert_cmpint (g_mkdir (place.inside, 0700), ==, 0);
  make_file (place.inside, "file", "old");
  make_folder (place.inside, "folder");
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_entry (&place, GW_ENTRY_FOLDER, "file", NULL);
  say_entry (&place, GW_ENTRY_FOLDER, "deeper", NULL);
  say_file (&place, "lost", "1");
  leave (&place);
  leave (&place);
  say_file (&place, "folder", "2");
  say_entry (&place, GW_ENTRY_LINK, "folder", "x");
  say_file (&place, "there", "3");
  leave (&place);
  g_assert_true (receive (&place, NULL));
  g_assert_true (gw_tree_target_finish (&place.target, NULL));
  g_assert_cmpuint (place.target.troubles.count, ==, 3);
  assert_content (&place, "file", "old");
  assert_content (&place, "there", "3");
  g_assert_cmpuint (place.target.files, ==, 1);
  place_close (&place);
}

/* --- Ways out ----------------------------------------------------------------------- */

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree/whole", test_whole);
  g_test_add_func ("/tree/too-deep-is-left-out", test_too_deep);
  g_test_add_func ("/tree/one-file", test_one_file);
  g_test_add_func ("/tree/dropped-file", test_drop);
  g_test_add_func ("/tree/cut-off", test_cut_off);
  g_test_add_func ("/tree/in-the-way", test_in_the_way);
  return g_test_run ();
}
