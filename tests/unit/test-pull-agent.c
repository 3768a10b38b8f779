/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-file-pull, as a host in frames has it. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-pieces.h"
#include "transfer-place.h"

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
  g_test_add_func ("/transfer-agent/pull", test_pull);
  g_test_add_func ("/transfer-agent/pull-sparse", test_pull_sparse);
  g_test_add_func ("/transfer-agent/pull-resumed", test_pull_resumed);
  g_test_add_func ("/transfer-agent/pull-slow-reader", test_pull_slow);
  g_test_add_func ("/transfer-agent/pull-cancelled-when-read", test_pull_cancelled);
  g_test_add_func ("/transfer-agent/pull-made-up-by-the-kernel", test_pull_made_up);
  return g_test_run ();
}
