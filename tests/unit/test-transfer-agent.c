/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-file-push and guestwire-file-pull, as a host in frames has them. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frames-host.h"
#include "gw-digest.h"
#include "gw-limits.h"
#include "gw-pieces.h"
#include "rows.h"
#include "wait.h"

#define MIB (1024 * 1024)

typedef struct
{
  Host host;
  char *folder;
  char *path;
} Place;

static void
place_open (Place *place)
{
  place->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "file", NULL);
  host_open (&place->host, GW_PORT_SOCKET);
}

static guint
count_files (Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
place_close (Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
  const char *name;

  host_close (&place->host);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (place->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->path);
}

static void
assert_content (Place *place, const void *data, gsize length)
{
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (place->path, &content, &size, NULL));
  g_assert_cmpmem (content, size, data, length);
}

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

static char *
digest_of (const void *data, gsize length)
{
  g_autoptr (GwDigest) digest = gw_digest_new (GW_DIGEST_XXH64);

  gw_digest_add (digest, data, length);
  return gw_digest_dup_text (digest);
}

static guint8 *
make_noise (gsize length)
{
  guint8 *data = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    data[i] = i * 7 + i / 251 + 1;
  return data;
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

/* --- What a host gets ----------------------------------------------------------- */

static Run *
pull_begin (Place *place, const char *more)
{
  g_autofree char *arguments = g_strdup_printf ("{\"path\":\"%s\"%s}", place->path, more);

  return run_begin_command (&place->host, "guestwire-file-pull", arguments, FALSE);
}

typedef struct
{
  GByteArray *whole;
  gsize sent;
  char *digest;
} Pulled;

static gboolean
on_data (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  Pulled *pulled = user_data;

  g_byte_array_set_size (pulled->whole, offset + length);
  memcpy (pulled->whole->data + offset, data, length);
  pulled->sent += length;
  return TRUE;
}

static gboolean
on_again (gpointer user_data, GError **error)
{
  g_assert_not_reached ();
}

static gboolean
on_end (guint64 size, const char *digest, gpointer user_data, GError **error)
{
  Pulled *pulled = user_data;

  g_byte_array_set_size (pulled->whole, size);
  pulled->digest = g_strdup (digest);
  return TRUE;
}

static void
read_pieces (Run *run, guint64 offset, Pulled *pulled)
{
  static const GwPiecesEvents events = { on_data, on_again, on_end };
  GwPieces pieces;

  *pulled = (Pulled){ .whole = g_byte_array_new () };
  gw_pieces_init (&pieces, offset, &events, pulled);
  g_assert_true (gw_pieces_take (&pieces, (const guint8 *) run->said[0]->str, run->said[0]->len, NULL));
  g_assert_true (pieces.ended);
  gw_pieces_clear (&pieces);
}

static void
pulled_clear (Pulled *pulled)
{
  g_byte_array_unref (pulled->whole);
  g_free (pulled->digest);
}

static void
test_pull (void)
{
  g_autofree guint8 *data = make_noise (900000);
  g_autofree char *digest = digest_of (data, 900000);
  Pulled pulled;
  Place place;
  Run *run;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, (char *) data, 900000, NULL));
  run = pull_begin (&place, "");
  g_assert_true (g_str_has_prefix (run_wait (run), "{\"return\":{\"size\":900000,"));
  read_pieces (run, 0, &pulled);
  g_assert_cmpmem (pulled.whole->data, pulled.whole->len, data, 900000);
  g_assert_cmpstr (pulled.digest, ==, digest);
  pulled_clear (&pulled);
  place_close (&place);
}

static void
test_pull_sparse (void)
{
  static const guint8 zeros[64 * 1024];
  Pulled pulled;
  Place place;
  Run *run;
  int fd;

  place_open (&place);
  fd = g_open (place.path, O_RDWR | O_CREAT, 0600);
  g_assert_cmpint (pwrite (fd, "here", 4, 8 * MIB), ==, 4);
  /* What is written, and zero, is no hole; it is not sent either. */
  g_assert_cmpint (pwrite (fd, zeros, sizeof zeros, 16 * MIB), ==, sizeof zeros);
  g_assert_cmpint (ftruncate (fd, 32 * MIB), ==, 0);
  close (fd);
  run = pull_begin (&place, "");
  g_assert_true (g_str_has_prefix (run_wait (run), "{\"return\":{\"size\":33554432,"));
  read_pieces (run, 0, &pulled);
  g_assert_cmpuint (pulled.whole->len, ==, 32 * MIB);
  g_assert_cmpmem (pulled.whole->data + 8 * MIB, 4, "here", 4);
  g_assert_cmpuint (pulled.sent, <=, 8192);
  pulled_clear (&pulled);
  place_close (&place);
}

static void
test_pull_resumed (void)
{
  g_autofree guint8 *data = make_noise (500000);
  g_autofree char *half = digest_of (data, 250000);
  g_autofree char *have = g_strdup_printf (",\"have\":250000,\"have-digest\":\"%s\"", half);
  Place place;
  Pulled pulled;
  Run *run;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, (char *) data, 500000, NULL));
  run = pull_begin (&place, have);
  run_wait (run);
  g_assert_cmpint (run->offset, ==, 250000);
  read_pieces (run, 250000, &pulled);
  g_assert_cmpuint (pulled.sent, ==, 250000);
  pulled_clear (&pulled);
  /* It has another beginning now: all of it comes. */
  data[5]++;
  g_assert_true (g_file_set_contents (place.path, (char *) data, 500000, NULL));
  run = pull_begin (&place, have);
  run_wait (run);
  g_assert_cmpint (run->offset, ==, 0);
  read_pieces (run, 0, &pulled);
  g_assert_cmpuint (pulled.sent, ==, 500000);
  pulled_clear (&pulled);
  place_close (&place);
}

/* A reader that does not read stops the file, and nothing else. */
static void
test_pull_slow (void)
{
  Place place;
  Run *run;
  int fd;

  place_open (&place);
  fd = g_open (place.path, O_RDWR | O_CREAT, 0600);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree guint8 *data = make_noise (MIB);

      g_assert_cmpint (write (fd, data, MIB), ==, MIB);
    }
  close (fd);
  run = pull_begin (&place, "");
  run->slow = TRUE;
  host_wait (&place.host, run->unread[0] > 64 * 1024);
  assert_answer (&place.host, "guest-ping", "{}", "{\"return\":{}}");
  g_assert_cmpuint (run->total, <=, GW_SESSION_BUFFER);
  gw_session_cancel (place.host.session, run->id);
  g_assert_cmpstr (answer (&place.host, run->id), ==, "cancelled");
  host_wait (&place.host, run->over[0]);
  place_close (&place);
}

/* All of it is read by then, and nobody takes the rest. */
static void
test_pull_cancelled (void)
{
  g_autofree guint8 *data = make_noise (500000);
  Place place;
  Run *run;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, (char *) data, 500000, NULL));
  run = pull_begin (&place, "");
  run->slow = TRUE;
  host_wait (&place.host, run->unread[0] > 64 * 1024);
  gw_session_cancel (place.host.session, run->id);
  g_assert_cmpstr (answer (&place.host, run->id), ==, "cancelled");
  host_wait (&place.host, run->over[0]);
  place_close (&place);
}

/* It has no size before it is read. */
static void
test_pull_made_up (void)
{
  g_autofree char *text = NULL;
  Pulled pulled;
  Place place;
  gsize length;
  Run *run;

  place_open (&place);
  g_free (place.path);
  place.path = g_strdup ("/proc/sys/kernel/osrelease");
  g_assert_true (g_file_get_contents (place.path, &text, &length, NULL));
  run = pull_begin (&place, "");
  run_wait (run);
  read_pieces (run, 0, &pulled);
  g_assert_cmpmem (pulled.whole->data, pulled.whole->len, text, length);
  pulled_clear (&pulled);
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
  g_test_add_func ("/transfer-agent/pull", test_pull);
  g_test_add_func ("/transfer-agent/pull-sparse", test_pull_sparse);
  g_test_add_func ("/transfer-agent/pull-resumed", test_pull_resumed);
  g_test_add_func ("/transfer-agent/pull-slow-reader", test_pull_slow);
  g_test_add_func ("/transfer-agent/pull-cancelled-when-read", test_pull_cancelled);
  g_test_add_func ("/transfer-agent/pull-made-up-by-the-kernel", test_pull_made_up);
  ADD_ROWS ("/transfer-agent/refused/", refused, test_refused);
  return g_test_run ();
}
