/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of guest-file-* ask of the agent, and expect. Handles are asked
 * for; what is not named ask_ or assert_ must succeed. */

#include "file-place.h"

#include <string.h>
#include <unistd.h>

void
place_open (Place *place)
{
  client_open (&place->client);
  place->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "file", NULL);
}

void
place_close (Place *place)
{
  client_close (&place->client);
  unlink (place->path);
  g_assert_cmpint (rmdir (place->folder), ==, 0);
  g_free (place->path);
  g_free (place->folder);
}

void
ask (Client *client, const char *format, ...)
{
  g_autofree char *request = NULL;
  va_list arguments;

  va_start (arguments, format);
  request = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  say (client, request);
}

void
assert_fails (Client *client, const char *text)
{
  g_autofree char *expected = g_strdup_printf ("{\"error\":{\"class\":\"GenericError\",\"desc\":\"%s\"}}", text);

  assert_hear (client, expected);
}

void
ask_open (Client *client, const char *path, const char *mode)
{
  ask (client, "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"%s\",\"mode\":\"%s\"}}", path, mode);
}

int
file_open (Client *client, const char *path, const char *mode)
{
  g_autoptr (JsonNode) value = NULL;

  ask_open (client, path, mode);
  value = hear_value (client);
  return json_node_get_int (value);
}

void
file_close (Client *client, int handle)
{
  ask (client, "{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%d}}", handle);
  assert_hear (client, "{\"return\":{}}");
}

void
ask_write (Client *client, int handle, const void *data, gsize length)
{
  g_autofree char *text = g_base64_encode (data, length);

  ask (client, "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":%d,\"buf-b64\":\"%s\"}}", handle, text);
}

void
file_write (Client *client, int handle, const char *text)
{
  g_autofree char *expected = g_strdup_printf ("{\"return\":{\"count\":%zu,\"eof\":false}}", strlen (text));

  ask_write (client, handle, text, strlen (text));
  assert_hear (client, expected);
}

void
ask_read (Client *client, int handle, gint64 count)
{
  ask (client, "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":%d,\"count\":%" G_GINT64_FORMAT "}}", handle, count);
}

void
assert_reads (Client *client, int handle, gint64 count, const char *text, gboolean eof)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) text, strlen (text));
  g_autofree char *expected = g_strdup_printf ("{\"return\":{\"count\":%zu,\"buf-b64\":\"%s\",\"eof\":%s}}", strlen (text),
                                               base64, eof ? "true" : "false");

  ask_read (client, handle, count);
  assert_hear (client, expected);
}

void
assert_holds (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}
