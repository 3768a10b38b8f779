/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-file-push, as a host in frames has it, and what is refused of files and
 * trees either way. */

#include <string.h>
#include <sys/stat.h>

#include "gw-pieces.h"
#include "rows.h"
#include "transfer-place.h"

/* --- What a host sends ------------------------------------------------------ */

static Run *
push_begin (Place *place, const char *more)
{
  g_autofree char *arguments = g_strdup_printf ("{\"path\":\"%s\"%s}", place->path, more);

  return run_begin_command (&place->host, "guestwire-file-push", arguments, TRUE);
}

static void
say_data (Run *run, const void *data, gsize length)
{
  run_wait_started (run);
  while (length > 0)
    {
      gsize part = MIN (gw_session_stream_get_room (run->host->session, run->streams[0]), length);
      g_autoptr (GBytes) bytes = g_bytes_new (data, part);

      if (part > 0)
        g_assert_true (gw_session_stream_write (run->host->session, run->streams[0], bytes, NULL));
      data = (const guint8 *) data + part;
      length -= part;
      host_turn (run->host);
    }
}

static void
say_piece (Run *run, guint64 offset, const void *data, gsize length)
{
  guint8 header[GW_PIECE_HEADER_SIZE];

  gw_piece_write_header (header, GW_PIECE_DATA, length, offset);
  say_data (run, header, sizeof header);
  say_data (run, data, length);
}

static void
say_end (Run *run, guint64 size, const char *digest)
{
  g_autoptr (GBytes) end = gw_piece_new_end (size, digest);

  say_data (run, g_bytes_get_data (end, NULL), g_bytes_get_size (end));
  run_finish (run);
}

static void
test_push (void)
{
  g_autofree guint8 *data = make_noise (3 * MIB);
  g_autofree char *digest = digest_of (data, 3 * MIB);
  g_autofree char *expected = g_strdup_printf ("{\"return\":{\"size\":%d,\"digest\":\"%s\",", 3 * MIB, digest);
  struct stat status;
  Place place;
  Run *run;

  place_open (&place);
  run = push_begin (&place, ",\"mode\":488,\"mtime\":1234567890000000007");
  for (guint i = 0; i < 12; i++)
    say_piece (run, i * MIB / 4, data + i * MIB / 4, MIB / 4);
  g_assert_false (g_file_test (place.path, G_FILE_TEST_EXISTS));
  say_end (run, 3 * MIB, digest);
  g_assert_true (g_str_has_prefix (run_wait (run), expected));
  assert_content (&place, data, 3 * MIB);
  g_assert_cmpint (stat (place.path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0750);
  g_assert_cmpint (status.st_mtim.tv_sec, ==, 1234567890);
  g_assert_cmpint (status.st_mtim.tv_nsec, ==, 7);
  g_assert_cmpuint (count_files (&place), ==, 1);
  place_close (&place);
}

static void
test_push_empty (void)
{
  g_autofree char *digest = digest_of ("", 0);
  Place place;
  Run *run;

  place_open (&place);
  run = push_begin (&place, "");
  say_end (run, 0, digest);
  g_assert_true (g_str_has_prefix (run_wait (run), "{\"return\":{\"size\":0,"));
  assert_content (&place, "", 0);
  place_close (&place);
}

static void
test_push_hole (void)
{
  g_autofree guint8 *whole = g_malloc0 (8 * MIB);
  g_autofree char *digest = NULL;
  struct stat status;
  Place place;
  Run *run;

  memcpy (whole + 4 * MIB, "middle", 6);
  digest = digest_of (whole, 8 * MIB);
  place_open (&place);
  run = push_begin (&place, "");
  say_piece (run, 4 * MIB, "middle", 6);
  say_end (run, 8 * MIB, digest);
  g_assert_true (g_str_has_prefix (run_wait (run), "{\"return\":"));
  assert_content (&place, whole, 8 * MIB);
  g_assert_cmpint (stat (place.path, &status), ==, 0);
  g_assert_cmpint (status.st_blocks, <, 8 * MIB / 512);
  place_close (&place);
}

/* --- What fails leaves the old file ------------------------------------------ */

static void
test_push_changed (void)
{
  Place place;
  Run *run;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, "old", -1, NULL));
  run = push_begin (&place, "");
  say_piece (run, 0, "new", 3);
  say_end (run, 3, "0123456789abcdef");
  g_assert_nonnull (strstr (run_wait (run), "its digests differ"));
  assert_content (&place, "old", 3);
  g_assert_cmpuint (count_files (&place), ==, 1);
  place_close (&place);
}

static void
test_push_cut_off (void)
{
  g_autofree guint8 *data = make_noise (MIB / 4);
  Place place;
  Run *run;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, "old", -1, NULL));
  run = push_begin (&place, "");
  for (guint i = 0; i < 8; i++)
    say_piece (run, i * MIB / 4, data, MIB / 4);
  run_finish (run);
  g_assert_nonnull (strstr (run_wait (run), "before the file"));
  assert_content (&place, "old", 3);
  g_assert_cmpuint (count_files (&place), ==, 1);
  place_close (&place);
}

static void
test_push_rubbish (void)
{
  Place place;
  Run *run;

  place_open (&place);
  run = push_begin (&place, "");
  say_data (run, "this is no piece of a file", 26);
  g_assert_nonnull (strstr (run_wait (run), "no known kind"));
  g_assert_cmpuint (count_files (&place), ==, 0);
  place_close (&place);
}

typedef struct
{
  const char *name;
  const char *command;
  const char *arguments;
  const char *part; /* of the answer */
} Refusal;

static const Refusal refused[] = {
  { "no-folder", "guestwire-file-push", "{\"path\":\"/nonexistent/file\"}", "No such file or directory" },
  { "a-device", "guestwire-file-push", "{\"path\":\"/dev/null\"}", "is no regular file" },
  { "a-folder", "guestwire-file-push", "{\"path\":\"/usr\"}", "is a directory" },
  { "name-with-a-slash", "guestwire-file-push", "{\"path\":\"/usr\",\"name\":\"../x\"}", "Parameter 'name'" },
  { "mode-too-large", "guestwire-file-push", "{\"path\":\"/x\",\"mode\":4096}", "Parameter 'mode'" },
  { "unknown-digest", "guestwire-file-push", "{\"path\":\"/x\",\"digest\":\"crc\"}", "Parameter 'digest'" },
  { "not-there", "guestwire-file-pull", "{\"path\":\"/nonexistent\"}", "No such file or directory" },
  { "pull-a-device", "guestwire-file-pull", "{\"path\":\"/dev/zero\"}", "is no regular file" },
  { "no-owner", "guestwire-file-push", "{\"path\":\"/x\",\"owner\":\"\"}", "an owner is USER" },
  { "unknown-user", "guestwire-file-push", "{\"path\":\"/nonexistent/x\",\"owner\":\"no user\"}", "no user 'no user'" },
  { "unknown-group", "guestwire-tree-push", "{\"path\":\"/nonexistent/x\",\"owner\":\":none such\"}", "no group" },
  { "tree-nowhere", "guestwire-tree-push", "{\"path\":\"/nonexistent/\",\"name\":\"x\"}", "is no directory" },
  { "tree-name-with-a-slash", "guestwire-tree-push", "{\"path\":\"/usr\",\"name\":\"..\"}", "Parameter 'name'" },
  { "tree-not-there", "guestwire-tree-pull", "{\"path\":\"/nonexistent\"}", "No such file or directory" },
  { "tree-of-a-device", "guestwire-tree-pull", "{\"path\":\"/dev/null\"}", "is no regular file" },
  { "have-alone", "guestwire-file-pull", "{\"path\":\"/x\",\"have\":1}", "go together" },
};

static void
test_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  const char *said;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  said = answer (&host, ask (&host, refusal->command, refusal->arguments));
  if (strstr (said, "\"error\"") == NULL || strstr (said, refusal->part) == NULL)
    g_error ("it was answered %s", said);
  host_close (&host);
}

/* --- Interruptions ------------------------------------------------------------ */

static void
test_push_resumed (void)
{
  g_autofree guint8 *data = make_noise (3 * MIB);
  g_autofree char *digest = digest_of (data, 3 * MIB);
  Place place;
  Run *run;

  place_open (&place);
  run = push_begin (&place, ",\"keep\":true");
  for (guint i = 0; i < 8; i++)
    say_piece (run, i * MIB / 4, data + i * MIB / 4, MIB / 4);
  run_finish (run);
  run_wait (run);
  g_assert_false (g_file_test (place.path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_files (&place), ==, 1);

  run = push_begin (&place, ",\"resume\":true");
  run_wait_started (run);
  g_assert_cmpint (run->offset, ==, 2 * MIB);
  for (guint i = 8; i < 12; i++)
    say_piece (run, i * MIB / 4, data + i * MIB / 4, MIB / 4);
  say_end (run, 3 * MIB, digest);
  g_assert_true (g_str_has_prefix (run_wait (run), "{\"return\":"));
  assert_content (&place, data, 3 * MIB);
  g_assert_cmpuint (count_files (&place), ==, 1);
  place_close (&place);
}

/* The host has another file by now. */
static void
test_push_again (void)
{
  g_autofree guint8 *data = make_noise (2 * MIB);
  g_autofree char *digest = digest_of ("other", 5);
  g_autoptr (GBytes) again = gw_piece_new_again ();
  Place place;
  Run *run;

  place_open (&place);
  run = push_begin (&place, ",\"keep\":true");
  for (guint i = 0; i < 8; i++)
    say_piece (run, i * MIB / 4, data + i * MIB / 4, MIB / 4);
  run_finish (run);
  run_wait (run);
  run = push_begin (&place, ",\"resume\":true");
  say_data (run, g_bytes_get_data (again, NULL), g_bytes_get_size (again));
  say_piece (run, 0, "other", 5);
  say_end (run, 5, digest);
  g_assert_true (g_str_has_prefix (run_wait (run), "{\"return\":"));
  assert_content (&place, "other", 5);
  place_close (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transfer-agent/push", test_push);
  g_test_add_func ("/transfer-agent/push-empty", test_push_empty);
  g_test_add_func ("/transfer-agent/push-hole", test_push_hole);
  g_test_add_func ("/transfer-agent/push-changed-on-the-way", test_push_changed);
  g_test_add_func ("/transfer-agent/push-cut-off", test_push_cut_off);
  g_test_add_func ("/transfer-agent/push-of-rubbish", test_push_rubbish);
  g_test_add_func ("/transfer-agent/push-resumed", test_push_resumed);
  g_test_add_func ("/transfer-agent/push-again", test_push_again);
  ADD_ROWS ("/transfer-agent/refused/", refused, test_refused);
  return g_test_run ();
}
