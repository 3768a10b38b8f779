/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-file-read, write, seek and flush. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file-place.h"
#include "gw-limits.h"

/* --- Reading and writing ------------------------------------------------ */

static void
test_eof (void)
{
  Place place;
  int handle;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, "abcdef", -1, NULL));
  handle = file_open (&place.client, place.path, "r");
  assert_reads (&place.client, handle, 0, "", FALSE);
  assert_reads (&place.client, handle, 4, "abcd", FALSE);
  assert_reads (&place.client, handle, 2, "ef", FALSE);
  assert_reads (&place.client, handle, 2, "", TRUE);
  file_close (&place.client, handle);
  place_close (&place);
}

static void
test_seek (void)
{
  static const struct
  {
    const char *whence;
    int offset;
    int position;
  } seeks[] = {
    { "\"set\"", 4, 4 }, { "\"cur\"", -1, 3 }, { "\"end\"", -1, 5 }, { "0", 1, 1 }, { "1", 2, 3 }, { "2", 10, 16 },
  };
  Place place;
  int handle;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, "abcdef", -1, NULL));
  handle = file_open (&place.client, place.path, "r");
  for (guint i = 0; i < G_N_ELEMENTS (seeks); i++)
    {
      g_autofree char *expected = g_strdup_printf ("{\"return\":{\"position\":%d,\"eof\":false}}", seeks[i].position);

      ask (&place.client, "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":%d,\"whence\":%s}}",
           handle, seeks[i].offset, seeks[i].whence);
      assert_hear (&place.client, expected);
    }
  file_close (&place.client, handle);
  place_close (&place);
}

static void
test_count_cuts_the_data (void)
{
  Place place;
  int handle;

  place_open (&place);
  handle = file_open (&place.client, place.path, "w");
  ask (&place.client,
       "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":%d,\"buf-b64\":\"YWJjZA==\",\"count\":3}}", handle);
  assert_hear (&place.client, "{\"return\":{\"count\":3,\"eof\":false}}");
  assert_holds (place.path, "abc");
  ask (&place.client, "{\"execute\":\"guest-file-flush\",\"arguments\":{\"handle\":%d}}", handle);
  assert_hear (&place.client, "{\"return\":{}}");
  file_close (&place.client, handle);
  place_close (&place);
}

static void
test_full_disk (void)
{
  Client client;
  int handle;

  client_open (&client);
  handle = file_open (&client, "/dev/full", "w");
  ask_write (&client, handle, "x", 1);
  assert_fails (&client, "failed to write to file: No space left on device");
  file_close (&client, handle);
  client_close (&client);
}

static void
assert_read_data (Client *client, const guchar *expected, gsize length, gboolean eof)
{
  g_autoptr (JsonObject) result = hear_return (client);
  g_autofree guchar *data = NULL;
  gsize size;

  data = g_base64_decode (json_object_get_string_member (result, "buf-b64"), &size);
  g_assert_cmpint (json_object_get_int_member (result, "count"), ==, size);
  g_assert_cmpint (json_object_get_boolean_member (result, "eof"), ==, eof);
  g_assert_cmpuint (size, ==, length);
  g_assert_cmpint (memcmp (data, expected, length), ==, 0);
}

/* Sizes about those of steps and of base64's groups. */
static void
test_round_trip (void)
{
  static const gsize sizes[] = { 1, 2, 3, GW_FILE_STEP - 1, GW_FILE_STEP, GW_FILE_STEP + 1, 2 * GW_FILE_STEP + 2,
                                 4 * GW_MIB + 1 };
  gsize largest = 4 * GW_MIB + 1;
  g_autofree guchar *data = g_malloc (largest);
  Place place;

  for (gsize i = 0; i < largest; i++)
    data[i] = i * 31 + (i >> 8);
  place_open (&place);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (JsonObject) written = NULL;
      int handle = file_open (&place.client, place.path, "w+");

      ask_write (&place.client, handle, data, sizes[i]);
      written = hear_return (&place.client);
      g_assert_cmpint (json_object_get_int_member (written, "count"), ==, sizes[i]);
      file_close (&place.client, handle);
      handle = file_open (&place.client, place.path, "r");
      ask_read (&place.client, handle, largest + 1);
      assert_read_data (&place.client, data, sizes[i], TRUE);
      file_close (&place.client, handle);
    }
  place_close (&place);
}

static void
test_default_count (void)
{
  g_autofree guchar *zeros = g_malloc0 (GW_FILE_READ_DEFAULT);
  Client client;
  int handle;

  client_open (&client);
  handle = file_open (&client, "/dev/zero", "r");
  ask (&client, "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":%d}}", handle);
  assert_read_data (&client, zeros, GW_FILE_READ_DEFAULT, FALSE);
  file_close (&client, handle);
  client_close (&client);
}

/* Its answer is as long as a line may be. */
static void
test_largest_read (void)
{
  g_autofree guchar *zeros = g_malloc0 (GW_FILE_REPLY_MAX);
  Client client;
  int handle;

  client_open (&client);
  handle = file_open (&client, "/dev/zero", "r");
  ask_read (&client, handle, GW_FILE_READ_MAX);
  assert_read_data (&client, zeros, GW_FILE_REPLY_MAX, FALSE);
  file_close (&client, handle);
  client_close (&client);
}

/* --- FIFOs -------------------------------------------------------------- */

static void
test_fifo_is_read (void)
{
  Place place;
  int handle;
  int writer;

  place_open (&place);
  g_assert_cmpint (mkfifo (place.path, 0600), ==, 0);
  handle = file_open (&place.client, place.path, "r");
  assert_reads (&place.client, handle, 10, "", TRUE);
  writer = open (place.path, O_WRONLY | O_CLOEXEC);
  ask_read (&place.client, handle, 10);
  assert_fails (&place.client, "failed to read file: Resource temporarily unavailable");
  g_assert_cmpint (write (writer, "abc", 3), ==, 3);
  assert_reads (&place.client, handle, 10, "abc", FALSE);
  close (writer);
  ask (&place.client, "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":0,\"whence\":0}}", handle);
  assert_fails (&place.client, "failed to seek file: Illegal seek");
  file_close (&place.client, handle);
  place_close (&place);
}

static void
test_fifo_is_written (void)
{
  g_autofree guchar *data = g_malloc0 (GW_MIB);
  g_autoptr (JsonObject) result = NULL;
  g_autofree char *expected = NULL;
  gint64 count;
  Place place;
  int handle;
  int reader;

  place_open (&place);
  g_assert_cmpint (mkfifo (place.path, 0600), ==, 0);
  expected = g_strdup_printf ("failed to open file '%s' (mode: 'w'): No such device or address", place.path);
  ask_open (&place.client, place.path, "w");
  assert_fails (&place.client, expected);
  reader = open (place.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  handle = file_open (&place.client, place.path, "w");
  ask_write (&place.client, handle, data, GW_MIB);
  result = hear_return (&place.client);
  count = json_object_get_int_member (result, "count");
  g_assert_cmpint (count, >, 0);
  g_assert_cmpint (count, <, GW_MIB);
  ask_write (&place.client, handle, data, 1);
  assert_fails (&place.client, "failed to write to file: Resource temporarily unavailable");
  close (reader);
  ask_write (&place.client, handle, data, 1);
  assert_fails (&place.client, "failed to write to file: Broken pipe");
  file_close (&place.client, handle);
  place_close (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/file-data/eof", test_eof);
  g_test_add_func ("/file-data/seek", test_seek);
  g_test_add_func ("/file-data/count-cuts-the-data", test_count_cuts_the_data);
  g_test_add_func ("/file-data/full-disk-is-an-error", test_full_disk);
  g_test_add_func ("/file-data/round-trip", test_round_trip);
  g_test_add_func ("/file-data/default-count", test_default_count);
  g_test_add_func ("/file-data/largest-read", test_largest_read);
  g_test_add_func ("/file-data/fifo-is-read-without-waiting", test_fifo_is_read);
  g_test_add_func ("/file-data/fifo-is-written-without-waiting", test_fifo_is_written);
  return g_test_run ();
}
