/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client that waits, against a store with the real one's ways. */

#include <errno.h>
#include <gio/gio.h>
#include <string.h>

#include "fake-xenstore.h"
#include "gw-xenstore-calls.h"
#include "gw-xenstore-wire.h"
#include "rows.h"

#define SHORT_MS 50

/* Each of these alone, and all at once. */
typedef struct
{
  const char *name;
  FakeXenstoreWays ways;
} Way;

static const Way ways[] = {
  { "plain", FAKE_XENSTORE_PLAIN },
  { "in-pieces", FAKE_XENSTORE_PIECES },
  { "with-spurious-events", FAKE_XENSTORE_SPURIOUS },
  { "with-stray-answers", FAKE_XENSTORE_STRAY },
  { "at-its-worst", FAKE_XENSTORE_PIECES | FAKE_XENSTORE_SPURIOUS | FAKE_XENSTORE_NO_IDS | FAKE_XENSTORE_STRAY },
};

static void
test_read (gconstpointer data)
{
  const Way *way = data;
  FakeXenstore *fake = fake_xenstore_new (way->ways);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwXenstoreCalls) calls = NULL;
  g_autofree char *value = NULL;
  g_autofree char *nothing = NULL;
  g_autofree char *empty = NULL;

  fake_xenstore_set (fake, "device/console/1/name", "org.example.a");
  fake_xenstore_set (fake, "device/console/1/tty", "");
  calls = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, &error);
  g_assert_no_error (error);
  value = gw_xenstore_calls_read (calls, "device/console/1/name", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (value, ==, "org.example.a");
  empty = gw_xenstore_calls_read (calls, "device/console/1/tty", &error);
  g_assert_cmpstr (empty, ==, "");
  nothing = gw_xenstore_calls_read (calls, "device/console/2/name", &error);
  g_assert_null (nothing);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_pointer (&calls, gw_xenstore_calls_free);
  fake_xenstore_free (fake);
}

static void
test_list (gconstpointer data)
{
  const Way *way = data;
  FakeXenstore *fake = fake_xenstore_new (way->ways);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwXenstoreCalls) calls = NULL;
  g_auto (GStrv) names = NULL;
  g_autofree char *joined = NULL;

  fake_xenstore_set (fake, "device/console/1/name", "a");
  fake_xenstore_set (fake, "device/console/2/name", "b");
  fake_xenstore_set (fake, "device/vif/0/mac", "c");
  calls = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, &error);
  names = gw_xenstore_calls_list (calls, "device/console", &error);
  g_assert_no_error (error);
  joined = g_strjoinv (" ", names);
  g_assert_cmpstr (joined, ==, "1 2");
  g_clear_pointer (&calls, gw_xenstore_calls_free);
  fake_xenstore_free (fake);
}

static void
test_rights (void)
{
  FakeXenstore *fake = fake_xenstore_new (FAKE_XENSTORE_PLAIN);
  g_autoptr (GwXenstoreCalls) calls = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, NULL);
  gboolean lets = TRUE;

  fake_xenstore_set_owner (fake, "b", 3);
  g_assert_true (gw_xenstore_calls_lets_write (calls, "a", 3, &lets, NULL));
  g_assert_false (lets);
  g_assert_true (gw_xenstore_calls_lets_write (calls, "b", 3, &lets, NULL));
  g_assert_true (lets);
  g_clear_pointer (&calls, gw_xenstore_calls_free);
  fake_xenstore_free (fake);
}

static void
test_mute (void)
{
  FakeXenstore *fake = fake_xenstore_new (FAKE_XENSTORE_MUTE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwXenstoreCalls) calls = gw_xenstore_calls_new (SHORT_MS, NULL);
  g_autofree char *value = gw_xenstore_calls_read (calls, "a", &error);

  g_assert_null (value);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&error);
  /* The answer may still come. */
  g_assert_null (gw_xenstore_calls_read (calls, "b", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_pointer (&calls, gw_xenstore_calls_free);
  fake_xenstore_free (fake);
}

static void
test_broken (void)
{
  FakeXenstore *fake = fake_xenstore_new (FAKE_XENSTORE_BROKEN);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwXenstoreCalls) calls = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, NULL);

  g_assert_null (gw_xenstore_calls_read (calls, "a", &error));
  g_assert_nonnull (error);
  g_clear_pointer (&calls, gw_xenstore_calls_free);
  fake_xenstore_free (fake);
}

static void
test_no_xen (void)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("XENSTORED_PATH", "/nonexistent/xenstored", TRUE);
  g_assert_null (gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_unsetenv ("XENSTORED_PATH");
}

/* --- The wire alone ------------------------------------------------------ */

static void
test_longest_request (void)
{
  g_autofree char *fits = g_strnfill (GW_XENSTORE_REQUEST_MAX - 1, 'a');
  g_autofree char *exceeds = g_strnfill (GW_XENSTORE_REQUEST_MAX, 'a');
  g_autoptr (GBytes) request = gw_xenstore_request (GW_XENSTORE_READ, 1, fits, NULL);

  g_assert_cmpuint (g_bytes_get_size (request), ==, GW_XENSTORE_PAYLOAD_MAX);
  g_assert_null (gw_xenstore_request (GW_XENSTORE_READ, 1, exceeds, NULL));
  g_assert_null (gw_xenstore_request (GW_XENSTORE_WATCH, 1, fits, ""));
}

static void
test_error_names (void)
{
  GwXenstoreMessage message = { .type = GW_XENSTORE_ERROR };

  message.untrusted_payload = "ENOENT";
  g_assert_cmpint (gw_xenstore_message_errno (&message), ==, ENOENT);
  message.untrusted_payload = "EWHATEVER";
  g_assert_cmpint (gw_xenstore_message_errno (&message), ==, EIO);
  message.type = GW_XENSTORE_READ;
  g_assert_cmpint (gw_xenstore_message_errno (&message), ==, 0);
}

static void
test_value_is_text (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    gboolean good;
  } rows[] = {
    { "", 0, TRUE }, { "abc", 3, TRUE }, { "a\0c", 3, FALSE }, { "\xFF", 1, FALSE }, { "\xC3\xA4", 2, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GwXenstoreMessage message = { GW_XENSTORE_READ, 1, rows[i].bytes, rows[i].length };
      g_autofree char *value = gw_xenstore_message_value (&message);

      g_assert_cmpint (value != NULL, ==, rows[i].good);
    }
}

static void
test_write_rights (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    gboolean lets;
  } rows[] = {
    { "n0\0r3", 6, FALSE }, { "n0\0w3", 6, TRUE }, { "n0\0b3", 6, TRUE }, { "n3\0r0", 6, TRUE },
    { "n0", 3, FALSE },     { "r0", 3, FALSE },    { "b0", 3, TRUE },     { "w0\0r3", 6, FALSE },
    { "", 0, TRUE },        { "n", 2, TRUE },      { "nx", 3, TRUE },     { "n0\0r30", 7, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GwXenstoreMessage message = { GW_XENSTORE_GET_PERMS, 1, rows[i].bytes, rows[i].length };

      g_assert_cmpint (gw_xenstore_message_lets_write (&message, 3), ==, rows[i].lets);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/xenstore/read/", ways, test_read);
  ADD_ROWS ("/xenstore/list/", ways, test_list);
  g_test_add_func ("/xenstore/rights-tell-who-may-have-written", test_rights);
  g_test_add_func ("/xenstore/mute-one-is-given-up", test_mute);
  g_test_add_func ("/xenstore/broken-one-is-given-up", test_broken);
  g_test_add_func ("/xenstore/none-without-xen", test_no_xen);
  g_test_add_func ("/xenstore/wire/longest-request", test_longest_request);
  g_test_add_func ("/xenstore/wire/error-names", test_error_names);
  g_test_add_func ("/xenstore/wire/value-is-text", test_value_is_text);
  g_test_add_func ("/xenstore/wire/rights", test_write_rights);
  return g_test_run ();
}
