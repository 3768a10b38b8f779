/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-message: parsing, building, and errors on their way. */

#include <string.h>

#include "gw-limits.h"
#include "gw-message.h"
#include "rows.h"

static GwMessage *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return gw_message_parse (bytes, error);
}

typedef struct
{
  const char *name;
  const char *text;
  GwMessageKind kind;
  const char *message_name;
  const char *fault;
} Row;

static const Row rows[] = {
  { "request", "{\"execute\":\"guest-ping\",\"id\":1}", GW_MESSAGE_REQUEST, "guest-ping", NULL },
  { "request-arguments", "{\"execute\":\"x\",\"arguments\":{}}", GW_MESSAGE_REQUEST, "x", NULL },
  { "request-name-no-string", "{\"execute\":5}", GW_MESSAGE_REQUEST, NULL, "QMP input member 'execute' must be a string" },
  { "request-arguments-no-object", "{\"execute\":\"x\",\"arguments\":[]}", GW_MESSAGE_REQUEST, "x",
    "QMP input member 'arguments' must be an object" },
  { "request-unexpected-member", "{\"execute\":\"x\",\"foo\":1}", GW_MESSAGE_REQUEST, "x",
    "QMP input member 'foo' is unexpected" },
  { "reply", "{\"return\":{}}", GW_MESSAGE_REPLY, NULL, NULL },
  { "reply-null", "{\"return\":null}", GW_MESSAGE_REPLY, NULL, NULL },
  { "error", "{\"error\":{\"class\":\"GenericError\",\"desc\":\"bad\"}}", GW_MESSAGE_ERROR, "GenericError", "bad" },
  { "event", "{\"event\":\"X\",\"data\":{}}", GW_MESSAGE_EVENT, "X", NULL },
  { "cancel", "{\"cancel\":7}", GW_MESSAGE_CANCEL, NULL, NULL },
};

static void
test_parse (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = parse (row->text, &error);

  g_assert_no_error (error);
  g_assert_cmpint (message->kind, ==, row->kind);
  g_assert_cmpstr (message->name, ==, row->message_name);
  g_assert_cmpstr (message->text, ==, row->fault);
}

static void
test_no_message (gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (data, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
}

static void
test_invalid_json (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse ("{\"execute\":guest-ping}", &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_JSON);
}

static void
assert_line (GBytes *line, const char *expected)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (line, NULL), g_bytes_get_size (line));

  g_assert_cmpstr (text, ==, expected);
  g_bytes_unref (line);
}

static void
test_build (void)
{
  g_autoptr (JsonNode) id = gw_json_parse ("{\"deep\":[1]}", -1, NULL);
  g_autoptr (JsonNode) five = gw_json_parse ("5", -1, NULL);
  g_autoptr (JsonNode) object = gw_json_parse ("{\"a\":\"\\u0007\"}", -1, NULL);
  g_autoptr (GError) error = g_error_new (GW_ERROR, GW_ERROR_DENIED, "bad \xff text");

  assert_line (gw_message_request ("guest-ping", NULL, NULL), "{\"execute\":\"guest-ping\"}\n");
  assert_line (gw_message_request ("x", object, five), "{\"execute\":\"x\",\"arguments\":{\"a\":\"\\u0007\"},\"id\":5}\n");
  assert_line (gw_message_reply (NULL, NULL), "{\"return\":{}}\n");
  assert_line (gw_message_reply (five, id), "{\"return\":5,\"id\":{\"deep\":[1]}}\n");
  assert_line (gw_message_error (error, five),
               "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"bad \xef\xbf\xbd text\"},\"id\":5}\n");
  assert_line (gw_message_event ("X", object), "{\"event\":\"X\",\"data\":{\"a\":\"\\u0007\"}}\n");
}

static void
test_error_codes (void)
{
  static const struct
  {
    const char *text;
    GwError code;
  } cases[] = {
    { "{\"error\":{\"class\":\"GenericError\",\"desc\":\"has been disabled\"}}", GW_ERROR_GUEST },
    { "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command x has not been found\"}}",
      GW_ERROR_COMMAND_NOT_FOUND },
    { "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"Command x has been disabled\"}}", GW_ERROR_DENIED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GwMessage) message = parse (cases[i].text, NULL);
      g_autoptr (GError) error = gw_message_to_error (message);

      g_assert_error (error, GW_ERROR, (int) cases[i].code);
    }
}

static void
test_error_text_is_bounded (void)
{
  GString *text = g_string_new ("{\"error\":{\"class\":\"GenericError\",\"desc\":\"x");
  g_autoptr (GwMessage) message = NULL;

  for (guint i = 0; i < GW_ERROR_TEXT_MAX; i++)
    g_string_append (text, "\xc3\xa9");
  g_string_append (text, "\"}}");
  message = parse (text->str, NULL);
  g_assert_cmpuint (strlen (message->text), <=, GW_ERROR_TEXT_MAX);
  g_assert_cmpuint (strlen (message->text), >, GW_ERROR_TEXT_MAX - 4);
  g_assert_true (g_utf8_validate (message->text, -1, NULL));
  g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
  static const char *const no_messages[] = { "{}", "{\"id\":1}", "{\"event\":5}", "{\"error\":{}}", "{\"error\":1}",
                                             "{\"error\":{\"class\":1,\"desc\":2}}" };

  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/message/parse/", rows, test_parse);
  for (guint i = 0; i < G_N_ELEMENTS (no_messages); i++)
    {
      g_autofree char *path = g_strdup_printf ("/message/no-message/%u", i);

      g_test_add_data_func (path, no_messages[i], test_no_message);
    }
  g_test_add_func ("/message/invalid-json", test_invalid_json);
  g_test_add_func ("/message/build", test_build);
  g_test_add_func ("/message/error-codes", test_error_codes);
  g_test_add_func ("/message/error-text-is-bounded", test_error_text_is_bounded);
  return g_test_run ();
}
