/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwTransfer: that what arrives is whole or not there at all. The guest's
 * files and shell are this host's. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-guest.h"
#include "gw-limits.h"
#include "gw-transfer.h"
#include "rows.h"
#include "sockets.h"

#define LONG_MS 60000
#define SOME 200000 /* in several pieces */
#define OLD "what was there"

typedef struct
{
  SocketPlace place;
  FakeGuest guest;
  GwClient *client;
  char *from;   /* a folder */
  char *to;     /* a folder */
  char *source; /* in it */
  char *target; /* in it */
  char *data;
  gsize size;
} Fixture;

static char *
make_folder (Fixture *f, const char *name)
{
  char *path = g_build_filename (f->place.folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  return path;
}

static void
set_up (Fixture *f, gsize size, const GuestFault *fault)
{
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  socket_place_open (&f->place);
  f->from = make_folder (f, "from");
  f->to = make_folder (f, "to");
  f->source = g_build_filename (f->from, "file", NULL);
  f->target = g_build_filename (f->to, "file", NULL);
  f->size = size;
  f->data = g_malloc (size + 1);
  for (gsize i = 0; i < size; i++)
    f->data[i] = (char) g_test_rand_int ();
  g_assert_true (g_file_set_contents (f->source, f->data, (gssize) size, NULL));
  g_assert_cmpint (g_chmod (f->source, 0640), ==, 0);

  fake_guest_init (&f->guest, f->place.path, fault);
  fake_agent_start (&f->guest.agent);
  text = g_strconcat ("unix:", f->place.path, NULL);
  address = gw_address_new (text, NULL);
  f->client = gw_client_new (address);
  gw_client_open (f->client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
}

/* So that what is left behind shows. */
static void
remove_folder (char *path)
{
  g_assert_cmpint (g_rmdir (path), ==, 0);
  g_free (path);
}

static void
tear_down (Fixture *f)
{
  g_assert_finalize_object (f->client);
  fake_guest_stop (&f->guest);
  g_unlink (f->source);
  g_unlink (f->target);
  remove_folder (f->from);
  remove_folder (f->to);
  g_free (f->source);
  g_free (f->target);
  g_free (f->data);
  socket_place_close (&f->place);
}

static GwTransfer *
transfer_to (Fixture *f, GwTransferDirection direction, const char *target)
{
  if (direction == GW_TRANSFER_PUSH)
    return gw_transfer_new (f->client, direction, f->source, target);
  return gw_transfer_new (f->client, direction, target, f->source);
}

static void
assert_copied (Fixture *f, const char *path)
{
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpmem (contents, length, f->data, f->size);
}

static void
assert_old (Fixture *f)
{
  g_autofree char *contents = NULL;

  g_assert_true (g_file_get_contents (f->target, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, OLD);
}

static guint
mode_of (const char *path)
{
  struct stat status;

  g_assert_cmpint (stat (path, &status), ==, 0);
  return status.st_mode & 07777;
}

/* --- What goes well ----------------------------------------------------- */

typedef struct
{
  const char *name;
  GwTransferDirection direction;
  gsize size;
  GuestFault fault;
  gboolean in_place;
} Copy;

#define PUSH GW_TRANSFER_PUSH
#define PULL GW_TRANSFER_PULL

static const Copy copies[] = {
  { "push", PUSH, SOME, { NULL }, FALSE },
  { "push-empty", PUSH, 0, { NULL }, FALSE },
  { "push-one-byte", PUSH, 1, { NULL }, FALSE },
  { "push-one-piece", PUSH, GW_TRANSFER_PIECE_FIRST, { NULL }, FALSE },
  { "push-loses-a-request", PUSH, SOME, { "guest-file-write", 2, 0, GUEST_LOSES_REQUEST }, FALSE },
  { "push-loses-an-answer", PUSH, SOME, { "guest-file-write", 2, 0, GUEST_LOSES_ANSWER }, FALSE },
  { "push-loses-two-answers", PUSH, SOME, { "guest-file-write", 1, 2, GUEST_LOSES_ANSWER }, FALSE },
  { "push-writes-less", PUSH, SOME, { "guest-file-write", 1, 9, GUEST_TAKES_LESS }, FALSE },
  { "push-outlives-the-agent", PUSH, SOME, { "guest-file-write", 2, 0, GUEST_FORGETS_FILES }, FALSE },
  { "push-outlives-the-agent-at-flush", PUSH, SOME, { "guest-file-flush", 1, 0, GUEST_FORGETS_FILES }, FALSE },
  { "push-outlives-the-agent-at-close", PUSH, SOME, { "guest-file-close", 1, 0, GUEST_FORGETS_FILES }, FALSE },
  { "push-loses-the-answer-of-close", PUSH, SOME, { "guest-file-close", 1, 0, GUEST_LOSES_ANSWER }, FALSE },
  { "push-loses-the-answer-of-prepare", PUSH, SOME, { "guest-exec", 1, 0, GUEST_LOSES_ANSWER }, FALSE },
  { "push-loses-the-answer-of-commit", PUSH, SOME, { "guest-exec", 2, 0, GUEST_LOSES_ANSWER }, FALSE },
  { "push-in-place", PUSH, SOME, { "guest-exec", 1, 9, GUEST_LACKS }, TRUE },
  { "push-in-place-empty", PUSH, 0, { "guest-exec", 1, 9, GUEST_LACKS }, TRUE },
  { "push-without-a-shell", PUSH, SOME, { "guest-exec", 1, 9, GUEST_FAILS }, TRUE },
  { "pull", PULL, SOME, { NULL }, FALSE },
  { "pull-empty", PULL, 0, { NULL }, FALSE },
  { "pull-one-byte", PULL, 1, { NULL }, FALSE },
  { "pull-one-piece", PULL, GW_TRANSFER_PIECE_FIRST, { NULL }, FALSE },
  { "pull-loses-a-request", PULL, SOME, { "guest-file-read", 2, 0, GUEST_LOSES_REQUEST }, FALSE },
  { "pull-loses-an-answer", PULL, SOME, { "guest-file-read", 2, 0, GUEST_LOSES_ANSWER }, FALSE },
  { "pull-outlives-the-agent", PULL, SOME, { "guest-file-read", 2, 0, GUEST_FORGETS_FILES }, FALSE },
  { "pull-without-a-shell", PULL, SOME, { "guest-exec", 1, 9, GUEST_LACKS }, FALSE },
  { "pull-of-what-has-no-size", PULL, SOME, { "guest-file-seek", 1, 9, GUEST_FAILS }, FALSE },
};

/* @target is where it is to go; it arrives at f->target. */
static void
check_copy (Fixture *f, const Copy *copy, const char *target)
{
  g_autoptr (GwTransfer) transfer = transfer_to (f, copy->direction, target);
  g_autoptr (GError) error = NULL;

  gw_transfer_run (transfer, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  assert_copied (f, f->target);
  g_assert_cmpuint (gw_transfer_get_bytes_done (transfer), ==, copy->size);
  g_assert_cmpint (gw_transfer_get_bytes_total (transfer), ==, (gint64) copy->size);
  g_assert_true (gw_transfer_get_in_place (transfer) == copy->in_place);
  if (copy->fault.command == NULL)
    g_assert_cmpuint (mode_of (f->target), ==, 0640);
  g_assert_cmpstr (copy->direction == PUSH ? gw_transfer_get_guest_path (transfer) : gw_transfer_get_host_path (transfer),
                   ==, f->target);
}

static void
test_copy (gconstpointer data)
{
  const Copy *copy = data;
  Fixture f;

  set_up (&f, copy->size, &copy->fault);
  check_copy (&f, copy, f.target);
  tear_down (&f);
}

static void
test_copy_over_old (gconstpointer data)
{
  const Copy *copy = data;
  Fixture f;

  set_up (&f, copy->size, &copy->fault);
  g_assert_true (g_file_set_contents (f.target, OLD, -1, NULL));
  check_copy (&f, copy, f.target);
  tear_down (&f);
}

static void
test_copy_into_folder (gconstpointer data)
{
  const Copy *copy = data;
  g_autofree char *slash = NULL;
  Fixture f;

  set_up (&f, copy->size, &copy->fault);
  slash = g_strconcat (f.to, "/", NULL);
  check_copy (&f, copy, copy->size == 1 ? slash : f.to);
  tear_down (&f);
}

static void
test_copy_through_link (gconstpointer data)
{
  const Copy *copy = data;
  g_autofree char *link_path = NULL;
  Fixture f;

  set_up (&f, copy->size, &copy->fault);
  link_path = g_build_filename (f.from, "link", NULL);
  g_assert_cmpint (symlink ("../to/file", link_path), ==, 0);
  g_assert_true (g_file_set_contents (f.target, OLD, -1, NULL));
  check_copy (&f, copy, link_path);
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));
  g_unlink (link_path);
  tear_down (&f);
}

/* --- What fails --------------------------------------------------------- */

typedef struct
{
  const char *name;
  GwTransferDirection direction;
  GuestFault fault;
  int code;
  const char *said;
} Failure;

#define READ_SAYS(text) { "guest-file-read", 2, 0, GUEST_SAYS, text }
#define WRITE_SAYS(text) { "guest-file-write", 2, 0, GUEST_SAYS, text }

static const Failure failures[] = {
  { "push-disk-full", PUSH, { "guest-file-write", 2, 0, GUEST_FAILS }, GW_ERROR_GUEST, "went wrong" },
  { "push-agent-forgets-always", PUSH, { "guest-file-write", 2, 99, GUEST_FORGETS_FILES }, GW_ERROR_GUEST, "begun 5 times" },
  { "push-cannot-be-flushed", PUSH, { "guest-file-flush", 1, 0, GUEST_FAILS }, GW_ERROR_GUEST, "went wrong" },
  { "push-cannot-be-opened", PUSH, { "guest-file-open", 1, 0, GUEST_FAILS }, GW_ERROR_GUEST, "went wrong" },
  { "push-wrote-nothing", PUSH, WRITE_SAYS ("{\"count\": 0}"), GW_ERROR_PROTOCOL, "guest-file-write" },
  { "push-wrote-too-much", PUSH, WRITE_SAYS ("{\"count\": 9999999}"), GW_ERROR_PROTOCOL, "9999999" },
  { "push-wrote-below-nothing", PUSH, WRITE_SAYS ("{\"count\": -1}"), GW_ERROR_PROTOCOL, "-1" },
  { "push-wrote-a-word", PUSH, WRITE_SAYS ("{\"count\": \"1\"}"), GW_ERROR_PROTOCOL, "count" },
  { "push-handle-is-a-word", PUSH, { "guest-file-open", 1, 0, GUEST_SAYS, "\"1\"" }, GW_ERROR_PROTOCOL, "handle" },
  { "push-handle-is-below-nothing", PUSH, { "guest-file-open", 1, 0, GUEST_SAYS, "-1" }, GW_ERROR_PROTOCOL, "handle" },
  { "push-lies-about-what-it-wrote", PUSH, { "guest-file-write", 2, 0, GUEST_SAYS, "{\"count\": 98304}" }, GW_ERROR_GUEST,
    "bytes came" },
  { "pull-cannot-be-read", PULL, { "guest-file-read", 2, 0, GUEST_FAILS }, GW_ERROR_GUEST, "went wrong" },
  { "pull-cannot-be-opened", PULL, { "guest-file-open", 1, 0, GUEST_FAILS }, GW_ERROR_GUEST, "went wrong" },
  { "pull-agent-forgets-always", PULL, { "guest-file-read", 2, 99, GUEST_FORGETS_FILES }, GW_ERROR_GUEST, "begun 5 times" },
  { "pull-no-base64", PULL, READ_SAYS ("{\"count\": 1, \"buf-b64\": \"!!==\", \"eof\": true}"), GW_ERROR_PROTOCOL, "base64" },
  { "pull-counts-wrong", PULL, READ_SAYS ("{\"count\": 2, \"buf-b64\": \"YQ==\", \"eof\": true}"), GW_ERROR_PROTOCOL, "2 bytes" },
  { "pull-nothing-and-no-end", PULL, READ_SAYS ("{\"count\": 0, \"buf-b64\": \"\", \"eof\": false}"), GW_ERROR_PROTOCOL,
    "0 bytes" },
  { "pull-no-end-told", PULL, READ_SAYS ("{\"count\": 1, \"buf-b64\": \"YQ==\"}"), GW_ERROR_PROTOCOL, "eof" },
  { "pull-goes-elsewhere", PULL, { "guest-file-seek", 2, 0, GUEST_SAYS, "{\"position\": 7}" }, GW_ERROR_PROTOCOL, "elsewhere" },
};

static void
test_failure (gconstpointer data)
{
  const Failure *failure = data;
  Fixture f;
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, SOME, &failure->fault);
  g_assert_true (g_file_set_contents (f.target, OLD, -1, NULL));
  transfer = transfer_to (&f, failure->direction, f.target);
  g_assert_false (gw_transfer_run (transfer, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, failure->code);
  g_assert_nonnull (strstr (error->message, failure->said));
  assert_old (&f);
  g_clear_object (&transfer);
  tear_down (&f);
}

static void
test_too_much_is_not_taken (void)
{
  g_autofree char *zeros = g_strnfill (GW_TRANSFER_PIECE_FIRST / 3 * 4 + 4, 'A');
  g_autofree char *value = g_strdup_printf ("{\"count\": %u, \"buf-b64\": \"%s\", \"eof\": false}", GW_TRANSFER_PIECE_FIRST + 3, zeros);
  const GuestFault fault = { "guest-file-read", 1, 0, GUEST_SAYS, value };
  Fixture f;
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, SOME, &fault);
  transfer = transfer_to (&f, PULL, f.target);
  g_assert_false (gw_transfer_run (transfer, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
  g_clear_object (&transfer);
  tear_down (&f);
}

/* An agent that runs nothing, and a disk that is full. */
static void
test_spoiled_in_place_is_said (void)
{
  const GuestFault fault = { "guest-exec", 1, 99, GUEST_LACKS };
  Fixture f;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, SOME, &fault);
  transfer = transfer_to (&f, PUSH, f.target);
  g_signal_connect_swapped (transfer, "notify::bytes-done", G_CALLBACK (g_cancellable_cancel), cancellable);
  g_assert_false (gw_transfer_run (transfer, LONG_MS, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_nonnull (strstr (error->message, "is not whole"));
  g_assert_true (g_file_test (f.target, G_FILE_TEST_EXISTS));
  g_clear_object (&transfer);
  tear_down (&f);
}

static void
test_cancelled (gconstpointer data)
{
  const Copy *copy = data;
  Fixture f;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, SOME, NULL);
  g_assert_true (g_file_set_contents (f.target, OLD, -1, NULL));
  transfer = transfer_to (&f, copy->direction, f.target);
  g_signal_connect_swapped (transfer, "notify::bytes-done", G_CALLBACK (g_cancellable_cancel), cancellable);
  g_assert_false (gw_transfer_run (transfer, GW_TIMEOUT_NONE, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_old (&f);
  g_clear_object (&transfer);
  tear_down (&f);
}

typedef struct
{
  const char *name;
  GwTransferDirection direction;
  const char *source; /* NULL: the usual */
  const char *target; /* NULL: the usual */
  GQuark (*domain) (void);
  int code;
  const char *said;
} Place;

static const Place places[] = {
  { "push-of-a-folder", PUSH, "/", NULL, g_file_error_quark, G_FILE_ERROR_ISDIR, "directory" },
  { "push-of-a-device", PUSH, "/dev/null", NULL, g_file_error_quark, G_FILE_ERROR_INVAL, "regular" },
  { "push-of-nothing", PUSH, "/nonexistent", NULL, g_file_error_quark, G_FILE_ERROR_NOENT, "/nonexistent" },
  { "push-onto-a-device", PUSH, NULL, "/dev/null", gw_error_quark, GW_ERROR_GUEST, "regular" },
  { "push-into-no-folder", PUSH, NULL, "/nonexistent/", gw_error_quark, GW_ERROR_GUEST, "no such directory" },
  { "push-beneath-no-folder", PUSH, NULL, "/nonexistent/x", gw_error_quark, GW_ERROR_GUEST, "no such directory" },
  { "push-to-a-relative-path", PUSH, NULL, "x", gw_error_quark, GW_ERROR_FAILED, "absolute" },
  { "pull-of-a-folder", PULL, "/usr", NULL, gw_error_quark, GW_ERROR_GUEST, "directory" },
  { "pull-of-a-device", PULL, "/dev/null", NULL, gw_error_quark, GW_ERROR_GUEST, "regular" },
  { "pull-of-nothing", PULL, "/nonexistent", NULL, gw_error_quark, GW_ERROR_GUEST, "No such file" },
  { "pull-into-no-folder", PULL, NULL, "/nonexistent/", g_file_error_quark, G_FILE_ERROR_NOENT, "/nonexistent" },
  { "pull-onto-a-device", PULL, NULL, "/dev/null", g_file_error_quark, G_FILE_ERROR_INVAL, "regular" },
};

static void
test_place (gconstpointer data)
{
  const Place *place = data;
  Fixture f;
  const char *source, *target;
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, 1, NULL);
  source = place->source != NULL ? place->source : f.source;
  target = place->target != NULL ? place->target : f.target;
  transfer = gw_transfer_new (f.client, place->direction, place->direction == PUSH ? source : target,
                              place->direction == PUSH ? target : source);
  g_assert_false (gw_transfer_run (transfer, LONG_MS, NULL, &error));
  g_assert_error (error, place->domain (), place->code);
  g_assert_nonnull (strstr (error->message, place->said));
  g_assert_false (g_file_test (f.target, G_FILE_TEST_EXISTS));
  g_clear_object (&transfer);
  tear_down (&f);
}

/* --- Progress ----------------------------------------------------------- */

static void
note_progress (GObject *object, GParamSpec *pspec, gpointer data)
{
  guint64 *before = data;
  guint64 done = gw_transfer_get_bytes_done (GW_TRANSFER (object));

  g_assert_cmpuint (done, >, *before);
  g_assert_cmpint (gw_transfer_get_bytes_total (GW_TRANSFER (object)), ==, SOME);
  *before = done;
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  *store = g_object_ref (result);
}

static void
test_progress (gconstpointer data)
{
  const Copy *copy = data;
  Fixture f;
  guint64 done = 0;
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, SOME, NULL);
  transfer = transfer_to (&f, copy->direction, f.target);
  g_signal_connect (transfer, "notify::bytes-done", G_CALLBACK (note_progress), &done);
  gw_transfer_run_async (transfer, GW_TIMEOUT_DEFAULT, NULL, on_done, &result);
  wait_until (result != NULL);
  g_assert_true (gw_transfer_run_finish (transfer, result, &error));
  g_assert_cmpuint (done, ==, SOME);
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&transfer));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  umask (022);
  ADD_ROWS ("/transfer/new/", copies, test_copy);
  ADD_ROWS ("/transfer/over-old/", copies, test_copy_over_old);
  ADD_ROWS ("/transfer/into-folder/", copies, test_copy_into_folder);
  g_test_add_data_func ("/transfer/through-link/push", &copies[0], test_copy_through_link);
  for (gsize i = 0; i < G_N_ELEMENTS (copies); i++)
    if (copies[i].fault.command == NULL && copies[i].size == SOME)
      {
        add_row ("/transfer/progress/", copies[i].name, &copies[i], test_progress);
        add_row ("/transfer/cancelled-leaves-the-old-file/", copies[i].name, &copies[i], test_cancelled);
      }
  ADD_ROWS ("/transfer/failure-leaves-the-old-file/", failures, test_failure);
  ADD_ROWS ("/transfer/place/", places, test_place);
  g_test_add_func ("/transfer/more-than-was-asked-is-refused", test_too_much_is_not_taken);
  g_test_add_func ("/transfer/spoiled-in-place-is-said", test_spoiled_in_place_is_said);
  return g_test_run ();
}
