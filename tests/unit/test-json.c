/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-json: what passes the guard, and what it refuses. */

#include <string.h>
#include <sys/resource.h>

#include "gw-json.h"
#include "gw-limits.h"
#include "rows.h"

static void
assert_accepted (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = gw_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
}

static void
assert_refused (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = gw_json_parse (text, -1, &error);

  g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_JSON);
  g_assert_null (node);
}

typedef struct
{
  const char *name;
  const char *text;
} Text;

static const Text accepted[] = {
  { "empty-object", "{}" },
  { "empty-array", "[]" },
  { "scalar-root", "17" },
  { "space-around", " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n" },
  { "escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"" },
  { "utf8", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
  { "largest-int", "9223372036854775807" },
  { "smallest-int", "-9223372036854775808" },
  { "double", "-12.5e-3" },
  { "literals", "[true,false,null]" },
  { "same-name-in-two-objects", "[{\"a\":1},{\"a\":{\"a\":2}}]" },
};

static void
test_accepts (gconstpointer data)
{
  const Text *row = data;

  assert_accepted (row->text);
}

static const Text refused[] = {
  { "empty", "" },
  { "space-only", "  " },
  { "two-roots", "{}{}" },
  { "two-roots-scalar", "1 2" },
  { "comment", "{/* */}" },
  { "line-comment", "// x\n{}" },
  { "assignment", "var x = {}" },
  { "single-quotes", "{'a':1}" },
  { "bare-name", "{a:1}" },
  { "trailing-comma-object", "{\"a\":1,}" },
  { "trailing-comma-array", "[1,]" },
  { "missing-comma", "[1 2]" },
  { "missing-colon", "{\"a\" 1}" },
  { "missing-value", "{\"a\":}" },
  { "mismatched", "[}" },
  { "unclosed", "{\"a\":[1" },
  { "unclosed-string", "\"abc" },
  { "ends-in-escape", "\"\\" },
  { "unknown-escape", "\"\\x41\"" },
  { "control-character", "\"a\nb\"" },
  { "short-unicode", "\"\\u12\"" },
  { "nul", "\"\\u0000\"" },
  { "lone-high-surrogate", "\"\\ud83d\"" },
  { "lone-low-surrogate", "\"\\ude00\"" },
  { "reversed-surrogates", "\"\\ude00\\ud83d\"" },
  { "duplicate-name", "{\"a\":1,\"a\":2}" },
  { "duplicate-name-escaped", "{\"a\":1,\"\\u0061\":2}" },
  { "duplicate-name-deep", "[{\"b\":{\"a\":1,\"c\":3,\"a\":2}}]" },
  { "huge-int", "99999999999999999999" },
  { "int-above", "9223372036854775808" },
  { "int-below", "-9223372036854775809" },
  { "huge-double", "1e999" },
  { "long-number", "1.00000000000000000000000000000000000000000000000000000000000000000000000" },
  { "leading-zero", "012" },
  { "leading-plus", "+1" },
  { "hexadecimal", "0x10" },
  { "lone-minus", "-" },
  { "minus-space", "- 5" },
  { "no-fraction", "1." },
  { "no-exponent", "1e" },
  { "nan", "NaN" },
  { "infinity", "-Infinity" },
  { "half-literal", "tru" },
  { "long-literal", "truex" },
  { "utf8-truncated", "\"\xc3\"" },
  { "utf8-truncated-at-end", "\xf0\x9f" },
  { "utf8-overlong", "\"\xc0\xaf\"" },
  { "utf8-surrogate", "\"\xed\xa0\x80\"" },
  { "byte-order-mark", "\xef\xbb\xbf{}" },
};

static void
test_refuses (gconstpointer data)
{
  const Text *row = data;

  assert_refused (row->text);
}

static gint64
parse_int (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = gw_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (json_node_get_value_type (node), ==, G_TYPE_INT64);
  return json_node_get_int (node);
}

static void
test_numbers_keep_their_value (void)
{
  static const gint64 values[] = { 0, -1, 1, 42, 4294967296, G_MAXINT64, -G_MAXINT64, G_MININT64 };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, values[i]);

      g_assert_cmpint (parse_int (text), ==, values[i]);
    }
}

static void
test_doubles_keep_their_value (void)
{
  static const char *const texts[] = { "0.5", "-0.25", "1e3", "1E3", "1e+3", "12.5e-3", "0e5", "1.7976931348623157e308" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = gw_json_parse (texts[i], -1, &error);

      g_assert_no_error (error);
      g_assert_cmpfloat (json_node_get_double (node), ==, g_ascii_strtod (texts[i], NULL));
    }
}

static void
test_string_is_decoded (void)
{
  g_autoptr (JsonNode) node = gw_json_parse ("\"\\u00e9\\ud83d\\ude00\\n\"", -1, NULL);

  g_assert_cmpstr (json_node_get_string (node), ==, "\xc3\xa9\xf0\x9f\x98\x80\n");
}

static void
test_written (void)
{
  static const struct
  {
    const char *in;
    const char *out;
  } cases[] = {
    { "[ 1 , {\"a\" : [ ] , \"b\":{}}, null, true ]", "[1,{\"a\":[],\"b\":{}},null,true]" },
    { "1E92", "1e+92" }, /* found by fuzz-json */
    { "1e-7", "9.9999999999999995e-08" },
    { "-0.5", "-0.5" },
    { "1E5", "100000.0" },
    { "\"\\u0001\\u007f\\\"\\\\\\n\\u00e9\"", "\"\\u0001\\u007f\\\"\\\\\\n\xc3\xa9\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = gw_json_parse (cases[i].in, -1, NULL);
      g_autofree char *text = gw_json_to_string (node, FALSE);

      g_assert_cmpstr (text, ==, cases[i].out);
    }
}

static void
test_written_pretty (void)
{
  g_autoptr (JsonNode) node = gw_json_parse ("{\"a\":[1,{}],\"b\":{\"c\":null}}", -1, NULL);
  g_autofree char *text = gw_json_to_string (node, TRUE);

  g_assert_cmpstr (text, ==, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}");
}

static char *
repeat (const char *text, gsize count)
{
  GString *result = g_string_sized_new (strlen (text) * count);

  for (gsize i = 0; i < count; i++)
    g_string_append (result, text);
  return g_string_free (result, FALSE);
}

static void
test_depth (void)
{
  g_autofree char *opened = repeat ("[", GW_JSON_DEPTH_MAX);
  g_autofree char *closed = repeat ("]", GW_JSON_DEPTH_MAX);
  g_autofree char *deepest = g_strconcat (opened, closed, NULL);
  g_autofree char *deeper = g_strconcat ("[", deepest, "]", NULL);

  assert_accepted (deepest);
  assert_refused (deeper);
}

static void
test_100000_brackets (void)
{
  g_autofree char *brackets = repeat ("[", 100000);
  g_autofree char *objects = repeat ("{\"a\":", 100000);

  assert_refused (brackets);
  assert_refused (objects);
}

static void
test_values (void)
{
  g_autofree char *most = repeat ("1,", GW_JSON_VALUES_MAX - 2);
  g_autofree char *accepted_text = g_strconcat ("[", most, "1]", NULL);
  g_autofree char *refused_text = g_strconcat ("[1,", most, "1]", NULL);

  assert_accepted (accepted_text);
  assert_refused (refused_text);
}

static void
test_members (void)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < GW_JSON_MEMBERS_MAX; i++)
    g_string_append_printf (text, "\"%u\":0,", i);
  text->str[text->len - 1] = '}';
  assert_accepted (text->str);
  text->str[text->len - 1] = ',';
  g_string_append (text, "\"more\":0}");
  assert_refused (text->str);
  g_string_free (text, TRUE);
}

static long
peak_kib (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/* A megabyte of text that would cost json-glib a gigabyte is refused first. */
static void
test_memory_is_bounded (void)
{
  g_autofree char *objects = repeat ("{},", 8 * GW_MIB);
  g_autofree char *text = g_strconcat ("[", objects, "1]", NULL);
  long before = peak_kib ();

  assert_refused (text);
  g_assert_cmpint (peak_kib () - before, <, 8 * 1024);
}

static void
test_64_mib (void)
{
  gsize length = GW_LINE_MAX;
  g_autofree char *text = g_malloc (length + 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  memset (text, 'a', length + 1);
  text[0] = '"';
  text[length - 1] = '"';
  text[length] = '\0';
  node = gw_json_parse (text, length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (json_node_get_string (node)), ==, length - 2);

  g_clear_pointer (&node, json_node_unref);
  node = gw_json_parse (text, length + 1, &error);
  g_assert_error (error, GW_ERROR, GW_ERROR_TOO_LARGE);
  g_assert_null (node);
}

static void
test_embedded_nul (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_json_parse ("[1]\0[2]", 7, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_JSON);
}

static void
test_length_is_kept (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = gw_json_parse ("12345", 2, &error);

  g_assert_no_error (error);
  g_assert_cmpint (json_node_get_int (node), ==, 12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/json/accepts/", accepted, test_accepts);
  ADD_ROWS ("/json/refuses/", refused, test_refuses);
  g_test_add_func ("/json/integers-keep-their-value", test_numbers_keep_their_value);
  g_test_add_func ("/json/doubles-keep-their-value", test_doubles_keep_their_value);
  g_test_add_func ("/json/string-is-decoded", test_string_is_decoded);
  g_test_add_func ("/json/written-in-one-line", test_written);
  g_test_add_func ("/json/written-pretty", test_written_pretty);
  g_test_add_func ("/json/depth-has-a-bound", test_depth);
  g_test_add_func ("/json/100000-brackets-are-refused", test_100000_brackets);
  g_test_add_func ("/json/values-have-a-bound", test_values);
  g_test_add_func ("/json/members-have-a-bound", test_members);
  g_test_add_func ("/json/memory-is-bounded", test_memory_is_bounded);
  g_test_add_func ("/json/64-mib-and-no-more", test_64_mib);
  g_test_add_func ("/json/embedded-nul-is-refused", test_embedded_nul);
  g_test_add_func ("/json/length-is-kept", test_length_is_kept);
  return g_test_run ();
}
