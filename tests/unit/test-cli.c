/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command's own parts: what reaches a terminal. */

#include "cli-escape.h"

static void
test_escape (void)
{
  static const struct
  {
    const char *in;
    const char *out;
  } cases[] = {
    { "plain \xc3\xa9", "plain \xc3\xa9" },
    { "\033]0;title\007", "\\x1b]0;title\\x07" },
    { "a\nb\rc\td", "a\\x0ab\\x0dc\\x09d" },
    { "\177", "\\x7f" },
    { "\xff\xc3", "\\xff\\xc3" },
    { "\xc2\x9b" "31m", "\\u{9b}31m" },               /* C1: CSI */
    { "\xe2\x80\xae" "x", "\\u{202e}x" },            /* right-to-left override */
    { "\xe2\x80\xa8", "\\u{2028}" },               /* line separator */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = cli_escape (cases[i].in, -1);

      g_assert_cmpstr (text, ==, cases[i].out);
    }
}

static void
test_escape_length (void)
{
  g_autofree char *text = cli_escape ("a\0b\xc3\xa9", 4);

  g_assert_cmpstr (text, ==, "a\\x00b\\xc3");
}

static void
test_escape_json (void)
{
  g_autofree char *text = cli_escape_json ("{\n  \"a\": \"\xc2\x9b\xe2\x80\xae\xc3\xa9\"\n}");

  g_assert_cmpstr (text, ==, "{\n  \"a\": \"\\u009b\\u202e\xc3\xa9\"\n}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/escape/nothing-acts-on-a-terminal", test_escape);
  g_test_add_func ("/cli/escape/length-counts", test_escape_length);
  g_test_add_func ("/cli/escape/json-stays-json", test_escape_json);
  return g_test_run ();
}
