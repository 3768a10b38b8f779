/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which terminal a console gets, and what a link may be called. */

#include <string.h>

#include "gw-hvc.h"
#include "gw-link-name.h"
#include "rows.h"

#define U GW_HVC_PORT_UNKNOWN

typedef struct
{
  const char *name;
  GwHvcPlace places[4];
  guint64 backed;
  guint expected[4];
} Row;

static const Row rows[] = {
  { "in-order-of-event-channels", { { 9, 1, 0 }, { 8, 2, 0 }, { 10, 3, 0 } }, GW_HVC_ALL, { 2, 1, 3 } },
  { "known-ones-stay", { { 8, 1, 3 }, { 9, 2, 0 }, { 10, 3, 1 } }, GW_HVC_ALL, { 3, 2, 1 } },
  { "by-age-if-one-has-no-channel", { { 9, 1, 0 }, { 8, 2, 0 }, { U, 3, 0 } }, GW_HVC_ALL, { 1, 2, 3 } },
  { "only-where-a-console-is", { { 8, 1, 0 }, { 9, 2, 0 } }, GW_HVC_BIT (2) | GW_HVC_BIT (5), { 2, 5 } },
  { "never-the-machines-own", { { 8, 1, 0 } }, GW_HVC_BIT (0) | GW_HVC_BIT (1), { 1 } },
  { "none-left", { { 8, 1, 0 }, { 9, 2, 0 } }, GW_HVC_BIT (1), { 1, 0 } },
};

static void
test_places (gconstpointer data)
{
  const Row *row = data;
  GwHvcPlace places[4];
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  memcpy (places, row->places, sizeof places);
  for (guint i = 0; i < G_N_ELEMENTS (places) && places[i].made != 0; i++)
    g_ptr_array_add (all, &places[i]);
  gw_hvc_place (all, row->backed);
  for (guint i = 0; i < all->len; i++)
    g_assert_cmpuint (places[i].hvc, ==, row->expected[i]);
}

static void
test_numbers (void)
{
  g_assert_cmpuint (gw_hvc_number ("hvc1"), ==, 1);
  g_assert_cmpuint (gw_hvc_number ("/dev/hvc12"), ==, 12);
  g_assert_cmpuint (gw_hvc_number ("hvc0"), ==, 0);
  g_assert_cmpuint (gw_hvc_number ("hvc64"), ==, 0);
  g_assert_cmpuint (gw_hvc_number ("hvc1x"), ==, 0);
  g_assert_cmpuint (gw_hvc_number ("hvc"), ==, 0);
  g_assert_cmpuint (gw_hvc_number ("ttyS1"), ==, 0);
}

static void
test_link_names (void)
{
  static const struct
  {
    const char *name;
    const char *link;
  } names[] = {
    { "org.guestwire.agent.0", "org.guestwire.agent.0" },
    { "s-4-VM.vport", "s-4-VM.vport" },
    { "../../sda", "_._.._sda" },
    { "..", "_." },
    { ".", "_" },
    { "a/b c", "a_b_c" },
    { "a%k$name", "a_k_name" },
    { "a\"b\\c", "a_b_c" },
    { "caf\xC3\xA9", "caf\xC3\xA9" },
    { "", NULL },
    { "a\nb", NULL },
    { "a\x7F", NULL },
    { "a\xC2\x85", NULL },
    { "\xFF", NULL },
  };
  g_autofree char *too_long = g_strnfill (256, 'a');

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *link = gw_link_name (names[i].name);

      g_assert_cmpstr (link, ==, names[i].link);
    }
  g_assert_null (gw_link_name (too_long));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/hvc/place/", rows, test_places);
  g_test_add_func ("/hvc/numbers", test_numbers);
  g_test_add_func ("/hvc/link-names", test_link_names);
  return g_test_run ();
}
