/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-line: a table of what comes in, with pauses, and what comes out. */

#include <string.h>

#include "gw-limits.h"
#include "gw-line.h"
#include "rows.h"

/* In the tables: '~' is a byte 0xFF, '|' cuts a write, '_' is a quiet gap.
 * Out: objects as they are, '~' a reset, '?' junk, each with a space behind. */
typedef struct
{
  const char *name;
  const char *in;
  const char *out;
} Row;

static const Row rows[] = {
  { "one-object", "{\"a\":1}", "{\"a\":1} " },
  { "no-newline-is-needed", "{}{}{}", "{} {} {} " },
  { "space-between", " {}\r\n\t{}\n", "{} {} " },
  { "cut-anywhere", "{\"a|\":\"\\|\"}\"|}", "{\"a\":\"\\\"}\"} " },
  { "brackets-in-strings", "{\"a\":\"{[\\\"}\"}", "{\"a\":\"{[\\\"}\"} " },
  { "arrays-inside", "{\"a\":[{},[{}]]}{}", "{\"a\":[{},[{}]]} {} " },
  { "reset-between", "~{}", "~ {} " },
  { "resets-are-one", "~~~|~{}", "~ {} " },
  { "reset-drops-half-an-object", "{\"execute\":\"gu~{}", "~ {} " },
  { "reset-in-escape", "{\"a\\~{}", "~ {} " },
  { "junk-is-one-burst", "abc{}def{}", "? " },
  { "junk-ends-at-reset", "abc{}~{}", "? ~ {} " },
  { "junk-ends-at-object-after-quiet", "abc{}_{}", "? {} " },
  { "junk-ends-after-quiet-and-space", "abc_\n {}", "? {} " },
  { "junk-after-quiet-is-a-new-burst", "abc_def{}", "? ? " },
  { "reset-after-quiet-in-junk", "abc_ ~{}", "? ~ {} " },
  { "pause-inside-an-object", "{\"a\":_{\"b\":1}_}", "{\"a\":{\"b\":1}} " },
  { "pause-inside-a-string", "{\"a\":\"_{\"}", "{\"a\":\"{\"} " },
  { "top-level-array-is-junk", "[1]{}_{}", "? {} " },
  { "top-level-string-is-junk", "\"a\"_{}", "? {} " },
  { "newline-in-string-is-junk", "{\"a\":\"b\n{}", "? " },
  { "high-byte-outside-a-string-is-junk", "{\x80}", "? " },
  { "high-byte-in-a-string", "{\"\xc3\xa9\":1}", "{\"\xc3\xa9\":1} " },
  { "frame-payload-runs-nothing", "\xf5\x01\n{\"execute\":\"guest-exec\"}\n{\"execute\":\"guest-ping\"}", "? " },
  { "sync-replaces-half-an-object", "{\"execute\":\"guest-pi{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}",
    "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}} " },
  { "sync-replaces-half-a-string", "{\"a\":\"b{\"execute\":\"guest-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-replaces-half-an-escape", "{\"a\":\"b\\{\"execute\":\"guest-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-replaces-half-a-brace", "{\"execute\":_{\"execute\":\"guest-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-replaces-half-an-array", "{\"a\":[[{{\"execute\":\"guest-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-replaces-half-a-sync", "{\"execute\":\"guest-sy{\"execute\":\"guest-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-replaces-a-sync-without-its-end", "{\"execute\":\"guest-sync{\"execute\":\"guest-sync\"}",
    "{\"execute\":\"guest-sync\"} " },
  { "sync-cut", "{\"a\":\"{\"exec|ute\":\"gue|st-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-delimited", "{\"a{\"execute\":\"guest-sync-delimited\"}", "{\"execute\":\"guest-sync-delimited\"} " },
  { "sync-with-spaces", "{\"a\":\"b{ \"execute\" : \"guest-sync\"}", "{\"execute\":\"guest-sync\"} " },
  { "sync-twice", "{\"execute\":\"guest-sync\"}{\"execute\":\"guest-sync\"}",
    "{\"execute\":\"guest-sync\"} {\"execute\":\"guest-sync\"} " },
  { "sync-in-a-string-is-text", "{\"a\":\"{\\\"execute\\\":\\\"guest-sync\\\"}\"}",
    "{\"a\":\"{\\\"execute\\\":\\\"guest-sync\\\"}\"} " },
  { "other-object-inside-stays", "{\"a\":{\"execute\":\"guest-ping\"}}", "{\"a\":{\"execute\":\"guest-ping\"}} " },
  { "sync-in-junk-needs-a-quiet-gap", "abc{\"execute\":\"guest-sync\"}_{\"execute\":\"guest-sync\"}",
    "? {\"execute\":\"guest-sync\"} " },
};

static void
append_events (GwLine *line, GString *out)
{
  GwLineEvent event;

  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;

      event = gw_line_next (line, &object, &junk);
      if (event == GW_LINE_OBJECT)
        g_string_append_len (out, g_bytes_get_data (object, NULL), g_bytes_get_size (object));
      else if (event == GW_LINE_RESET)
        g_string_append_c (out, '~');
      else if (event == GW_LINE_JUNK)
        g_string_append_c (out, '?');
      g_assert_true ((event == GW_LINE_JUNK) == (junk != NULL));
      if (event != GW_LINE_NONE)
        g_string_append_c (out, ' ');
    }
  while (event != GW_LINE_NONE);
}

static void
run_row (const Row *row, gsize write_max)
{
  g_autoptr (GwLine) line = gw_line_new (GW_LINE_MAX);
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 now_us = 1000;
  const char *at = row->in;

  while (*at != '\0')
    {
      gsize length = MIN (strcspn (at, "|_"), write_max);
      g_autofree char *bytes = g_strndup (at, length);

      for (gsize i = 0; i < length; i++)
        if (bytes[i] == '~')
          bytes[i] = '\xff';
      gw_line_receive (line, (const guint8 *) bytes, length, now_us);
      append_events (line, out);
      now_us += 100;
      at += length;
      if (*at == '_')
        now_us += GW_LINE_QUIET_US;
      if (*at == '_' || *at == '|')
        at++;
    }
  g_assert_cmpstr (out->str, ==, row->out);
}

static void
test_row (gconstpointer data)
{
  run_row (data, G_MAXSIZE);
  run_row (data, 1);
  run_row (data, 3);
}

static void
feed (GwLine *line, const char *text, gsize length, gint64 now_us)
{
  gw_line_receive (line, (const guint8 *) text, length, now_us);
}

static void
test_deep_object (void)
{
  g_autoptr (GwLine) line = gw_line_new (GW_LINE_MAX);
  g_autofree char *brackets = g_strnfill (100000, '{');
  g_autoptr (GError) junk = NULL;

  feed (line, brackets, 100000, 0);
  g_assert_cmpint (gw_line_next (line, NULL, &junk), ==, GW_LINE_JUNK);
  g_assert_error (junk, GW_ERROR, GW_ERROR_INVALID_JSON);
  g_assert_cmpint (gw_line_next (line, NULL, NULL), ==, GW_LINE_NONE);
}

static void
test_object_max (void)
{
  g_autoptr (GwLine) line = gw_line_new (10);
  g_autoptr (GBytes) object = NULL;
  g_autoptr (GError) junk = NULL;

  feed (line, "{\"a\":1234}", 10, 0);
  g_assert_cmpint (gw_line_next (line, &object, NULL), ==, GW_LINE_OBJECT);
  feed (line, "{\"a\":12345}{}\xff{}", 16, 0);
  g_assert_cmpint (gw_line_next (line, NULL, &junk), ==, GW_LINE_JUNK);
  g_assert_error (junk, GW_ERROR, GW_ERROR_TOO_LARGE);
  g_assert_cmpint (gw_line_next (line, NULL, NULL), ==, GW_LINE_RESET);
  g_clear_pointer (&object, g_bytes_unref);
  g_assert_cmpint (gw_line_next (line, &object, NULL), ==, GW_LINE_OBJECT);
}

static void
test_time_not_listened_is_no_gap (void)
{
  g_autoptr (GwLine) line = gw_line_new (GW_LINE_MAX);
  g_autoptr (GString) out = g_string_new (NULL);

  feed (line, "junk", 4, 0);
  gw_line_heard (line, 10 * GW_LINE_QUIET_US);
  feed (line, "{}", 2, 10 * GW_LINE_QUIET_US + 1);
  append_events (line, out);
  g_assert_cmpstr (out->str, ==, "? ");
}

static void
test_clear (void)
{
  g_autoptr (GwLine) line = gw_line_new (GW_LINE_MAX);
  g_autoptr (GString) out = g_string_new (NULL);

  feed (line, "{}{\"a", 5, 0);
  gw_line_clear (line);
  feed (line, "{}", 2, 1);
  append_events (line, out);
  g_assert_cmpstr (out->str, ==, "{} ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/line/", rows, test_row);
  g_test_add_func ("/line/100000-brackets-are-junk", test_deep_object);
  g_test_add_func ("/line/object-has-a-bound", test_object_max);
  g_test_add_func ("/line/time-not-listened-is-no-gap", test_time_not_listened_is_no_gap);
  g_test_add_func ("/line/clear-forgets-everything", test_clear);
  return g_test_run ();
}
