/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What another implementation made of the specification, in both directions:
 * see tests/vectors. */

#include <string.h>

#include "gw-frame.h"
#include "gw-json.h"
#include "gw-le.h"
#include "gw-limits.h"
#include "gw-messages.h"
#include "gw-open.h"

static JsonObject *vectors;

static const char *
text (JsonObject *vector, const char *name)
{
  return json_object_get_string_member (vector, name);
}

static guint64
number (JsonObject *vector, const char *name)
{
  return g_ascii_strtoull (text (vector, name), NULL, 16);
}

static GBytes *
unhex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; hex[0] != '\0'; hex += 2)
    {
      guint8 byte = g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]);

      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (bytes);
}

static GBytes *
get_bytes (JsonObject *vector, const char *name)
{
  return unhex (text (vector, name));
}

static void
assert_bytes (GBytes *found, GBytes *expected)
{
  g_assert_cmpmem (g_bytes_get_data (found, NULL), g_bytes_get_size (found), g_bytes_get_data (expected, NULL),
                   g_bytes_get_size (expected));
}

static void
check_seed (JsonObject *vector)
{
  g_autoptr (GBytes) host = get_bytes (vector, "host-nonce");
  g_autoptr (GBytes) guest = get_bytes (vector, "guest-nonce");
  g_autoptr (GBytes) session = get_bytes (vector, "session");

  for (guint i = 0; i < 2; i++)
    {
      guint64 seed = gw_frame_seed (g_bytes_get_data (host, NULL), g_bytes_get_data (guest, NULL),
                                    g_bytes_get_data (session, NULL), i == 0 ? GW_FRAME_TO_GUEST : GW_FRAME_TO_HOST);

      g_assert_cmphex (seed, ==, number (vector, i == 0 ? "to-guest" : "to-host"));
    }
}

static void
check_frame (JsonObject *vector)
{
  g_autoptr (GBytes) payload = get_bytes (vector, "payload");
  g_autoptr (GBytes) wire = get_bytes (vector, "wire");
  g_autoptr (GBytes) encoded = NULL;
  g_autoptr (GBytes) skipped = NULL;
  g_autoptr (GwFrameReader) reader = gw_frame_reader_new (number (vector, "seed"), GW_FRAME_MAX);
  g_auto (GwFrame) decoded = { 0 };
  const GwFrame frame = {
    .type = json_object_get_int_member (vector, "type"),
    .flags = json_object_get_int_member (vector, "flags"),
    .stream = json_object_get_int_member (vector, "stream"),
    .seq = json_object_get_int_member (vector, "seq"),
    .ack = json_object_get_int_member (vector, "ack"),
    .count = json_object_get_int_member (vector, "count"),
    .payload = g_bytes_get_size (payload) > 0 ? payload : NULL,
  };

  encoded = gw_frame_encode (&frame, number (vector, "seed"));
  assert_bytes (encoded, wire);

  gw_frame_reader_receive (reader, g_bytes_get_data (wire, NULL), g_bytes_get_size (wire), 0);
  g_assert_cmpint (gw_frame_reader_next (reader, &decoded, &skipped), ==, GW_FRAME_READER_FRAME);
  g_assert_cmpuint (decoded.type, ==, frame.type);
  g_assert_cmpuint (decoded.flags, ==, frame.flags);
  g_assert_cmpuint (decoded.stream, ==, frame.stream);
  g_assert_cmpuint (decoded.seq, ==, frame.seq);
  g_assert_cmpuint (decoded.ack, ==, frame.ack);
  g_assert_cmpuint (decoded.count, ==, frame.count);
  g_assert_true ((decoded.payload != NULL) == (frame.payload != NULL));
  if (decoded.payload != NULL)
    assert_bytes (decoded.payload, payload);
}

/* "junk:HEX frame:COUNT:HEX ", with neighbouring junk as one. */
static void
note_found (GwFrameReader *reader, GString *found, gboolean *in_junk)
{
  GwFrameReaderEvent event;

  do
    {
      g_auto (GwFrame) frame = { 0 };
      g_autoptr (GBytes) skipped = NULL;
      GBytes *bytes;

      event = gw_frame_reader_next (reader, &frame, &skipped);
      if (event == GW_FRAME_READER_NONE)
        return;
      g_assert_cmpint (event, !=, GW_FRAME_READER_EXCESS);
      bytes = event == GW_FRAME_READER_FRAME ? frame.payload : skipped;
      if (event == GW_FRAME_READER_FRAME)
        g_string_append_printf (found, " frame:%u:", frame.count);
      else if (!*in_junk)
        g_string_append (found, " junk:");
      *in_junk = event == GW_FRAME_READER_SKIPPED;
      for (gsize i = 0; bytes != NULL && i < g_bytes_get_size (bytes); i++)
        g_string_append_printf (found, "%02x", ((const guint8 *) g_bytes_get_data (bytes, NULL))[i]);
    }
  while (TRUE);
}

static void
check_reading_in_pieces (JsonObject *vector, gsize piece, const char *expected)
{
  g_autoptr (GBytes) wire = get_bytes (vector, "wire");
  g_autoptr (GwFrameReader) reader
      = gw_frame_reader_new (number (vector, "seed"), json_object_get_int_member (vector, "frame-max"));
  g_autoptr (GString) found = g_string_new (NULL);
  const guint8 *data = g_bytes_get_data (wire, NULL);
  gsize length = g_bytes_get_size (wire);
  gboolean in_junk = FALSE;

  for (gsize at = 0; at < length; at += piece)
    {
      gw_frame_reader_receive (reader, data + at, MIN (piece, length - at), 0);
      note_found (reader, found, &in_junk);
    }
  gw_frame_reader_pass_time (reader, GW_FRAME_QUIET_US);
  note_found (reader, found, &in_junk);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
check_reading (JsonObject *vector)
{
  JsonArray *finds = json_object_get_array_member (vector, "finds");
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (finds); i++)
    {
      JsonObject *find = json_array_get_object_element (finds, i);

      if (json_object_has_member (find, "junk"))
        g_string_append_printf (expected, " junk:%s", text (find, "junk"));
      else
        g_string_append_printf (expected, " frame:%u:%s", (guint) json_object_get_int_member (find, "frame"),
                                text (find, "payload"));
    }
  for (gsize piece = 1; piece < 64; piece += 7)
    check_reading_in_pieces (vector, piece, expected->str);
  check_reading_in_pieces (vector, G_MAXUINT16, expected->str);
}

/* What is read and written again is the same JSON. */
static void
check_open (JsonObject *vector)
{
  const char *line = text (vector, "line");
  g_autoptr (GBytes) bytes = g_bytes_new (line, strlen (line));
  g_autoptr (GwMessage) message = gw_message_parse (bytes, NULL);
  gboolean is_request = message->kind == GW_MESSAGE_REQUEST;
  g_autoptr (GBytes) written = NULL;
  g_autoptr (JsonNode) expected = gw_json_parse (line, -1, NULL);
  g_autoptr (JsonNode) found = NULL;
  g_auto (GwOpen) open = { 0 };
  gboolean good = is_request ? gw_open_parse_request (message->body, &open, NULL)
                             : gw_open_parse_reply (message->body, &open, NULL);

  g_assert_cmpint (good, ==, json_object_get_boolean_member (vector, "good"));
  if (!good)
    return;
  /* The version is written without being named. */
  for (char **feature = open.features; *feature != NULL; feature++)
    if (g_str_equal (*feature, GW_OPEN_VERSION))
      {
        g_free (*feature);
        memmove (feature, feature + 1, g_strv_length (feature + 1) * sizeof *feature + sizeof *feature);
        break;
      }
  written = is_request ? gw_open_request (&open, json_node_get_int (message->id)) : gw_open_reply (&open, message->id);
  g_assert_cmpuint (g_bytes_get_size (written), <=, GW_OPEN_LINE_MAX);
  found = gw_json_parse (g_bytes_get_data (written, NULL), g_bytes_get_size (written), NULL);
  g_assert_true (json_node_equal (found, expected));
}

static void
check_message (JsonObject *vector)
{
  JsonArray *fragments = json_object_get_array_member (vector, "fragments");
  guint n = json_array_get_length (fragments);
  g_autoptr (GBytes) body = get_bytes (vector, "body");
  g_autoptr (GwMessages) sender = gw_messages_new ();
  g_autoptr (GwMessages) receiver = gw_messages_new ();

  gw_messages_send (sender, json_object_get_int_member (vector, "kind"), number (vector, "id"), body);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GBytes) expected = unhex (json_array_get_string_element (fragments, i));
      g_autoptr (GBytes) whole = NULL;
      g_auto (GwFrame) frame = { 0 };
      GwMessageArrival arrival;

      g_assert_true (gw_messages_next (sender, json_object_get_int_member (vector, "payload-max"), &frame));
      assert_bytes (frame.payload, expected);
      g_assert_true (gw_messages_receive (receiver, expected, &arrival, NULL));
      whole = arrival.body;
      g_assert_true ((whole != NULL) == (i == n - 1));
      if (whole != NULL)
        assert_bytes (whole, body);
    }
}

/* Each is of all frames before it, too. */
static void
test_digests (void)
{
  JsonArray *array = json_object_get_array_member (vectors, "digests");
  guint64 digest = 0;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *vector = json_array_get_object_element (array, i);
      g_autoptr (GBytes) payload = get_bytes (vector, "payload");
      const GwFrame frame = {
        .type = json_object_get_int_member (vector, "type"),
        .stream = json_object_get_int_member (vector, "stream"),
        .payload = g_bytes_get_size (payload) > 0 ? payload : NULL,
      };

      digest = gw_frame_digest (digest, &frame);
      g_assert_cmphex (digest, ==, number (vector, "digest"));
    }
}

/* A path of the section and the vector's name, and how it is checked. */
typedef void (*Check) (JsonObject *vector);

typedef struct
{
  Check check;
  JsonObject *vector;
} Test;

static void
run (gconstpointer data)
{
  const Test *test = data;

  test->check (test->vector);
}

static void
add (const char *section, Check check)
{
  JsonArray *array = json_object_get_array_member (vectors, section);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      Test *test = g_new (Test, 1);
      g_autofree char *path = NULL;

      test->check = check;
      test->vector = json_array_get_object_element (array, i);
      path = json_object_has_member (test->vector, "name")
                 ? g_strdup_printf ("/vectors/%s/%s", section, text (test->vector, "name"))
                 : g_strdup_printf ("/vectors/%s/%u", section, i);
      g_test_add_data_func_full (path, test, run, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *file = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_test_init (&argc, &argv, NULL);
  g_file_get_contents (VECTORS, &file, &length, &error);
  g_assert_no_error (error);
  root = gw_json_parse (file, length, &error);
  g_assert_no_error (error);
  vectors = json_node_get_object (root);
  add ("seeds", check_seed);
  add ("frames", check_frame);
  add ("readings", check_reading);
  add ("opens", check_open);
  add ("messages", check_message);
  g_test_add_func ("/vectors/digests", test_digests);
  return g_test_run ();
}
