/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-presence and gw-output: a host that comes and goes, and what waits for
 * it. Letters: h a host is seen, n nobody is, w waited, 0 nothing to read. */

#include <string.h>

#include "gw-output.h"
#include "gw-presence.h"
#include "rows.h"

typedef struct
{
  const char *name;
  const char *inputs;
  GwPresence end;
} Row;

static const Row rows[] = {
  { "comes", "h", GW_PRESENCE_HERE },
  { "nobody-at-first", "n", GW_PRESENCE_UNSURE },
  { "nobody-for-long", "nw", GW_PRESENCE_GONE },
  { "nobody-and-nothing-to-read", "nw0", GW_PRESENCE_AWAY },
  { "leaves", "hn", GW_PRESENCE_UNSURE },
  { "leaves-for-good", "hnw0", GW_PRESENCE_AWAY },
  { "comes-back-at-once", "hnh", GW_PRESENCE_HERE },
  { "comes-back-while-leftovers-are-read", "hnwh", GW_PRESENCE_HERE },
  { "comes-back-later", "hnw0h", GW_PRESENCE_HERE },
  { "nothing-to-read-before-it-is-reported", "h0", GW_PRESENCE_UNSURE },
  { "bytes-before-it-is-reported", "hnw0nh", GW_PRESENCE_HERE },
  { "late-timer-changes-nothing", "hw", GW_PRESENCE_HERE },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  GwPresence now = GW_PRESENCE_AWAY;

  for (const char *at = row->inputs; *at != '\0'; at++)
    now = gw_presence_next (now, *at == 'h'   ? GW_PRESENCE_SEES_HOST
                                 : *at == 'n' ? GW_PRESENCE_SEES_NOBODY
                                 : *at == 'w' ? GW_PRESENCE_WAITED
                                              : GW_PRESENCE_READ_NOTHING);
  g_assert_cmpint (now, ==, row->end);
}

static void
push (GwOutput *output, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  gw_output_push (output, bytes);
}

static void
assert_next (GwOutput *output, const char *expected)
{
  gsize length;
  const guint8 *data = gw_output_peek (output, &length);

  g_assert_cmpmem (data, length, expected, strlen (expected));
}

static void
test_output_in_pieces (void)
{
  GwOutput output = { 0 };

  push (&output, "abc");
  push (&output, "");
  push (&output, "de");
  g_assert_cmpuint (output.length, ==, 5);
  gw_output_consume (&output, 2);
  assert_next (&output, "c");
  gw_output_consume (&output, 1);
  assert_next (&output, "de");
  gw_output_consume (&output, 2);
  g_assert_cmpuint (output.length, ==, 0);
}

static void
test_output_keeps_what_is_begun (void)
{
  GwOutput output = { 0 };

  push (&output, "abc");
  push (&output, "de");
  gw_output_consume (&output, 1);
  gw_output_clear_unbegun (&output);
  g_assert_cmpuint (output.length, ==, 2);
  assert_next (&output, "bc");
  gw_output_clear (&output);
  push (&output, "x");
  gw_output_clear_unbegun (&output);
  g_assert_cmpuint (output.length, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/presence/", rows, test_row);
  g_test_add_func ("/output/in-pieces", test_output_in_pieces);
  g_test_add_func ("/output/keeps-what-is-begun", test_output_keeps_what_is_begun);
  return g_test_run ();
}
