/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile sender may try with a folder as pieces, which are what it likes:
 * the ways out of the place where they go. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-digest.h"
#include "gw-file-part.h"
#include "gw-limits.h"
#include "gw-pieces.h"
#include "rows.h"
#include "tree-place.h"

/* A link that was there before, or that the same stream has made. */
static void
test_planted_link (gconstpointer data)
{
  gboolean sent = GPOINTER_TO_INT (data);
  g_autofree char *link = NULL;
  Place place;

  place_open (&place);
  link = way (&place, "link");
  g_assert_cmpint (g_mkdir (place.inside, 0755), ==, 0);
  if (!sent)
    g_assert_cmpint (symlink (place.outside, link), ==, 0);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  if (sent)
    say_entry (&place, GW_ENTRY_LINK, "link", place.outside);
  say_entry (&place, GW_ENTRY_FOLDER, "link", NULL);
  say_file (&place, "file", "1");
  leave (&place);
  say_file (&place, "there", "2");
  leave (&place);
  g_assert_true (receive (&place, NULL));
  g_assert_true (gw_tree_target_finish (&place.target, NULL));
  g_assert_cmpuint (place.target.troubles.count, ==, 1);
  assert_content (&place, "there", "2");
  place_close (&place);
}

/* It is replaced, and what it points to left alone. */
static void
test_file_over_link (void)
{
  g_autofree char *link = NULL;
  g_autofree char *far = NULL;
  Place place;

  place_open (&place);
  link = way (&place, "link");
  far = g_build_filename (place.outside, "file", NULL);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_entry (&place, GW_ENTRY_LINK, "link", far);
  say_file (&place, "link", "1");
  leave (&place);
  g_assert_true (receive (&place, NULL));
  assert_content (&place, "link", "1");
  g_assert_false (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  place_close (&place);
}

/* The file beside has a name that can be foretold. */
static void
test_link_for_part (void)
{
  g_autofree char *part = NULL;
  g_autofree char *far = NULL;
  g_autoptr (GwDigest) digest = gw_digest_new (GW_DIGEST_XXH64);
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  Place place;

  place_open (&place);
  gw_digest_add (digest, "file", 4);
  text = gw_digest_dup_text (digest);
  name = g_strconcat (".guestwire-", text, NULL);
  part = way (&place, name);
  far = g_build_filename (place.outside, "file", NULL);
  g_assert_cmpint (g_mkdir (place.inside, 0755), ==, 0);
  g_assert_cmpint (symlink (far, part), ==, 0);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_file (&place, "file", "1");
  leave (&place);
  g_assert_true (receive (&place, NULL));
  assert_content (&place, "file", "1");
  g_assert_false (is_there (&place, name));
  place_close (&place);
}

/* It has the mode of the file to be already, and will have its name in a moment. */
static void
test_part_of_other (void)
{
  static const int stopped = 1;
  g_autofree char *name = gw_file_part_name ("file");
  g_autofree char *part = NULL;
  g_autoptr (GError) error = NULL;
  Place place;
  int folder, other;

  place_open (&place);
  part = way (&place, name);
  g_assert_cmpint (g_mkdir (place.inside, 0755), ==, 0);
  folder = open (place.inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  other = gw_file_part_open (folder, name, part, &not_stopped, NULL);
  g_assert_cmpint (fchmod (other, 0644), ==, 0);
  g_assert_cmpint (gw_file_part_open (folder, name, part, &stopped, &error), ==, -1);
  g_assert_error (error, GW_ERROR, GW_ERROR_FAILED);
  g_assert_true (is_there (&place, name));
  close (other);
  /* Left like that, it is nobody's. */
  other = gw_file_part_open (folder, name, part, &not_stopped, NULL);
  g_assert_cmpint (other, >=, 0);
  close (other);
  close (folder);
  place_close (&place);
}

static void
test_times_out_of_bounds (void)
{
  GwFileTraits traits = GW_FILE_TRAITS_NONE;
  struct stat status = { .st_mtim = { .tv_sec = G_MAXINT64 } };
  Place place;
  int fd;

  place_open (&place);
  g_assert_cmpint (gw_file_mtime_ns (&status), >, G_MAXINT64 / 10 * 9);
  status.st_mtim.tv_sec = G_MININT64;
  g_assert_cmpint (gw_file_mtime_ns (&status), <, G_MININT64 / 10 * 9);
  fd = open (place.outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  traits.timed = TRUE;
  traits.mtime_ns = G_MININT64;
  g_assert_true (gw_file_traits_set (&traits, fd, 0755, place.outside, NULL));
  traits.mtime_ns = -1;
  g_assert_true (gw_file_traits_set (&traits, fd, 0755, place.outside, NULL));
  g_assert_cmpint (fstat (fd, &status), ==, 0);
  g_assert_cmpint (gw_file_mtime_ns (&status), ==, -1);
  close (fd);
  place_close (&place);
}

typedef struct
{
  const char *name;
  GwEntryType type;
  const char *entry;
  const char *target;
} Hostile;

static const Hostile hostile[] = {
  { "up", GW_ENTRY_FILE, "..", NULL },
  { "here", GW_ENTRY_FOLDER, ".", NULL },
  { "a-way", GW_ENTRY_FILE, "../outside/file", NULL },
  { "an-absolute-way", GW_ENTRY_FILE, "/tmp/file", NULL },
  { "a-slash", GW_ENTRY_FOLDER, "folder/", NULL },
  { "no-name", GW_ENTRY_FILE, "", NULL },
  { "no-type", 0, "file", NULL },
  { "unknown-type", 9, "file", NULL },
  { "a-link-to-nothing", GW_ENTRY_LINK, "link", "" },
  { "a-file-with-a-target", GW_ENTRY_FILE, "file", "target" },
  { "a-folder-up", GW_ENTRY_FOLDER, "..", NULL },
  { "a-link-up", GW_ENTRY_LINK, "../outside/link", "/" },
};

static void
test_hostile (gconstpointer data)
{
  const Hostile *row = data;
  g_autoptr (GError) error = NULL;
  Place place;

  place_open (&place);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  g_assert_true (receive (&place, NULL));
  say_entry (&place, row->type, row->entry, row->target);
  g_assert_false (receive (&place, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
  place_close (&place);
}

static void
test_long_name (void)
{
  g_autofree char *name = g_strnfill (GW_TREE_NAME_MAX + 1, 'n');
  g_autoptr (GError) error = NULL;
  Place place;

  place_open (&place);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_entry (&place, GW_ENTRY_FILE, name, NULL);
  g_assert_false (receive (&place, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
  place_close (&place);
}

static void
test_zero_in_name (void)
{
  g_autoptr (GError) error = NULL;
  Place place;

  place_open (&place);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  say_entry (&place, GW_ENTRY_FILE, "ab", NULL);
  place.pieces->data[place.pieces->len - 1] = 0;
  g_assert_false (receive (&place, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
  place_close (&place);
}

/* Pieces where they may not be: a letter stands for each. */
static const char *const orders[] = { "d", "l", "x", "L", "A", "FF", "FE", "Fl", "Fdl", "Ed", "Ex", "EA", "EFl", "EFE", "EFdd", "ElE" };

static void
say_letter (Place *place, char letter)
{
  switch (letter)
    {
    case 'd':
      say_content (place, "data");
      break;
    case 'l':
      leave (place);
      break;
    case 'x':
      gw_piece_append_bare (place->pieces, GW_PIECE_DROP);
      break;
    case 'A':
      gw_piece_append_bare (place->pieces, GW_PIECE_AGAIN);
      break;
    case 'L':
      say_entry (place, GW_ENTRY_LINK, "", "/");
      break;
    case 'F':
      say_entry (place, GW_ENTRY_FILE, place->pieces->len == 0 ? "" : "file", NULL);
      break;
    default:
      say_entry (place, GW_ENTRY_FOLDER, place->pieces->len == 0 ? "" : "folder", NULL);
    }
}

static void
test_order (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Place place;

  place_open (&place);
  for (const char *letter = data; *letter != '\0'; letter++)
    say_letter (&place, *letter);
  g_assert_false (receive (&place, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
  place_close (&place);
}

static void
test_too_deep_a_stream (void)
{
  g_autoptr (GError) error = NULL;
  Place place;

  place_open (&place);
  say_entry (&place, GW_ENTRY_FOLDER, "", NULL);
  for (guint i = 0; i < GW_TREE_DEPTH_MAX; i++)
    say_entry (&place, GW_ENTRY_FOLDER, "d", NULL);
  g_assert_false (receive (&place, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
  place_close (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/tree/link-that-was-there", GINT_TO_POINTER (FALSE), test_planted_link);
  g_test_add_data_func ("/tree/link-that-was-sent", GINT_TO_POINTER (TRUE), test_planted_link);
  g_test_add_func ("/tree/file-over-a-link", test_file_over_link);
  g_test_add_func ("/tree/link-for-the-file-beside", test_link_for_part);
  g_test_add_func ("/tree/file-beside-of-another", test_part_of_other);
  g_test_add_func ("/tree/times-out-of-bounds", test_times_out_of_bounds);
  g_test_add_func ("/tree/hostile/long-name", test_long_name);
  g_test_add_func ("/tree/hostile/zero-in-a-name", test_zero_in_name);
  g_test_add_func ("/tree/hostile/too-deep", test_too_deep_a_stream);
  ADD_ROWS ("/tree/hostile/", hostile, test_hostile);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autofree char *path = g_strdup_printf ("/tree/hostile/order-%s-%u", orders[i], i);

      g_test_add_data_func (path, orders[i], test_order);
    }
  return g_test_run ();
}
