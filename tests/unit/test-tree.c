/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders as pieces, both ways, and what a hostile sender may try with them. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-digest.h"
#include "gw-file-part.h"
#include "gw-limits.h"
#include "gw-tree-source.h"
#include "gw-tree-target.h"
#include "rows.h"

static const int not_stopped = 0;

/* inside/ is where things go; outside/ is where nothing may. */
typedef struct
{
  char *folder;
  char *inside;
  char *outside;
  GwTreeTarget target;
  GByteArray *pieces;
} Place;

static void
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
static void
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

static char *
way (Place *place, const char *name)
{
  return g_build_filename (place->inside, name, NULL);
}

static gboolean
is_there (Place *place, const char *name)
{
  g_autofree char *path = way (place, name);
  struct stat status;

  return lstat (path, &status) == 0;
}

/* --- What is sent ------------------------------------------------------------- */

static void
say_entry (Place *place, GwEntryType type, const char *name, const char *target)
{
  const GwEntry entry = { .type = type, .mode = 0755, .uid = getuid (), .gid = getgid (), .mtime_ns = 7, .name = name,
                          .target = target };

  gw_piece_append_entry (place->pieces, &entry);
}

static void
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

static void
say_file (Place *place, const char *name, const char *text)
{
  say_entry (place, GW_ENTRY_FILE, name, NULL);
  say_content (place, text);
}

static void
leave (Place *place)
{
  gw_piece_append_bare (place->pieces, GW_PIECE_LEAVE);
}

static gboolean
receive (Place *place, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (place->pieces->data, place->pieces->len);

  g_byte_array_set_size (place->pieces, 0);
  return gw_tree_target_write (&place->target, bytes, error);
}

static void
assert_content (Place *place, const char *name, const char *text)
{
  g_autofree char *path = way (place, name);
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, text);
}

/* --- Whole trees ---------------------------------------------------------------- */

static void
make_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
make_folder (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
}

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
  g_test_add_func ("/tree/whole", test_whole);
  g_test_add_func ("/tree/too-deep-is-left-out", test_too_deep);
  g_test_add_func ("/tree/one-file", test_one_file);
  g_test_add_func ("/tree/dropped-file", test_drop);
  g_test_add_func ("/tree/cut-off", test_cut_off);
  g_test_add_func ("/tree/in-the-way", test_in_the_way);
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
