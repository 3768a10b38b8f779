/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telnet taken off a stream and put on, however the stream is cut. */

#include <string.h>

#include "gw-telnet.h"

/* A peer's bytes, what of them is data, and what is answered. */
typedef struct
{
  const char *name;
  const char *in;
  gsize in_length;
  const char *data;
  gsize data_length;
  const char *answers;
  gsize answers_length;
  gboolean twice; /* whether 0xFF is said twice after it */
} Row;

#define TEXT(text) (text), sizeof (text) - 1

/* What QEMU's server says first. */
#define QEMU_SAYS "\xFF\xFB\x01\xFF\xFB\x03\xFF\xFB\x00\xFF\xFD\x00"
#define QEMU_HEARS "\xFF\xFD\x01\xFF\xFD\x03\xFF\xFD\x00\xFF\xFB\x00"

static const Row rows[] = {
  { "nothing", TEXT (""), TEXT (""), TEXT (""), TRUE },
  { "data", TEXT ("abc"), TEXT ("abc"), TEXT (""), TRUE },
  { "iac-twice-is-one", TEXT ("a\xFF\xFF" "b\xFF\xFF"), TEXT ("a\xFF" "b\xFF"), TEXT (""), TRUE },
  { "a-run-of-iac", TEXT ("\xFF\xFF\xFF\xFF\xFF\xFF"), TEXT ("\xFF\xFF\xFF"), TEXT (""), TRUE },
  { "commands-are-dropped", TEXT ("a\xFF\xF1" "b\xFF\xF9" "c\xFF\xF3"), TEXT ("abc"), TEXT (""), TRUE },
  { "qemu-negotiates", TEXT (QEMU_SAYS "hello"), TEXT ("hello"), TEXT (QEMU_HEARS), TRUE },
  { "others-are-refused", TEXT ("\xFF\xFB\x18\xFF\xFD\x22x"), TEXT ("x"), TEXT ("\xFF\xFE\x18\xFF\xFC\x22"), TRUE },
  { "we-do-not-echo", TEXT ("\xFF\xFD\x01"), TEXT (""), TEXT ("\xFF\xFC\x01"), TRUE },
  { "each-is-answered-once", TEXT ("\xFF\xFB\x03\xFF\xFB\x03\xFF\xFB\x03"), TEXT (""), TEXT ("\xFF\xFD\x03"), TRUE },
  { "refusals-are-not-answered", TEXT ("\xFF\xFC\x03\xFF\xFE\x03" "a"), TEXT ("a"), TEXT (""), TRUE },
  { "option-of-255", TEXT ("\xFF\xFB\xFF" "a"), TEXT ("a"), TEXT ("\xFF\xFE\xFF"), TRUE },
  { "subnegotiation-is-dropped", TEXT ("a\xFF\xFA\x18\x01\xFF\xFFx\xFF\xF0" "b"), TEXT ("ab"), TEXT (""), TRUE },
  /* QEMU's server: it hears telnet, and says data as they are. */
  { "qemu-says-iac-once", TEXT (QEMU_SAYS "\xFF{\xFF\xFF\xFF\xFB\x01"), TEXT ("\xFF{\xFF\xFF\xFF\xFB\x01"), TEXT (QEMU_HEARS),
    TRUE },
  /* QEMU's client: no telnet at all. */
  { "no-telnet", TEXT ("\xFF{\xFF\xFD\x01"), TEXT ("\xFF{\xFF\xFD\x01"), TEXT (""), FALSE },
  { "no-telnet-behind-data", TEXT ("ab\xFF{\xFF\xFF"), TEXT ("ab\xFF{\xFF\xFF"), TEXT (""), FALSE },
};

static void
check (const Row *row, GwTelnet *telnet, GByteArray *data, GByteArray *answers)
{
  static const guint8 iac[] = { 0xFF };
  g_autoptr (GBytes) plain = g_bytes_new_static (iac, sizeof iac);
  g_autoptr (GBytes) said = gw_telnet_escape (telnet, plain);

  g_assert_cmpmem (data->data, data->len, row->data, row->data_length);
  g_assert_cmpmem (answers->data, answers->len, row->answers, row->answers_length);
  g_assert_cmpuint (g_bytes_get_size (said), ==, row->twice ? 2 : 1);
}

static void
feed (GwTelnet *telnet, const char *in, gsize length, GByteArray *data, GByteArray *answers)
{
  g_autofree guint8 *copy = g_memdup2 (in, length);
  g_autofree guint8 *made = g_malloc (GW_TELNET_DATA_MAX (length));

  g_byte_array_append (data, made, gw_telnet_receive (telnet, copy, length, made, answers));
}

/* Cut in two at each place, and into single bytes. */
static void
test_receive (gconstpointer data)
{
  const Row *row = data;

  for (gsize cut = 0; cut <= row->in_length + 1; cut++)
    {
      GwTelnet telnet = { 0 };
      g_autoptr (GByteArray) got = g_byte_array_new ();
      g_autoptr (GByteArray) answers = g_byte_array_new ();

      if (cut > row->in_length)
        for (gsize i = 0; i < row->in_length; i++)
          feed (&telnet, row->in + i, 1, got, answers);
      else
        {
          feed (&telnet, row->in, cut, got, answers);
          feed (&telnet, row->in + cut, row->in_length - cut, got, answers);
        }
      check (row, &telnet, got, answers);
    }
}

static void
test_escape (void)
{
  static const struct
  {
    const char *in;
    gsize in_length;
    const char *out;
    gsize out_length;
  } cases[] = {
    { TEXT (""), TEXT ("") },
    { TEXT ("abc"), TEXT ("abc") },
    { TEXT ("\xFF"), TEXT ("\xFF\xFF") },
    { TEXT ("a\xFF\xFF" "b"), TEXT ("a\xFF\xFF\xFF\xFF" "b") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GwTelnet telnet = { 0 };
      g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].in, cases[i].in_length);
      g_autoptr (GBytes) said = gw_telnet_escape (&telnet, bytes);
      gsize length;
      const void *data = g_bytes_get_data (said, &length);

      g_assert_cmpmem (data, length, cases[i].out, cases[i].out_length);
    }
}

/* What one end says, the other one hears. */
static void
test_round (void)
{
  guint8 all[512];
  GwTelnet here = { 0 };
  GwTelnet there = { 0 };
  g_autoptr (GByteArray) heard = g_byte_array_new ();
  g_autoptr (GByteArray) answers = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) said = NULL;

  for (gsize i = 0; i < sizeof all; i++)
    all[i] = (guint8) (i * 7);
  bytes = g_bytes_new_static (all, sizeof all);
  said = gw_telnet_escape (&here, bytes);
  feed (&there, g_bytes_get_data (said, NULL), g_bytes_get_size (said), heard, answers);
  g_assert_cmpmem (heard->data, heard->len, all, sizeof all);
}

static void
test_cut (void)
{
  GwTelnet telnet = { 0 };
  const guint8 written[] = { 'a', 0xFF, 0xFF, 0xFF, 0xFF };

  g_assert_false (gw_telnet_is_half_escaped (&telnet, written, 0));
  g_assert_false (gw_telnet_is_half_escaped (&telnet, written, 1));
  g_assert_true (gw_telnet_is_half_escaped (&telnet, written, 2));
  g_assert_false (gw_telnet_is_half_escaped (&telnet, written, 3));
  g_assert_true (gw_telnet_is_half_escaped (&telnet, written, 4));
  g_assert_false (gw_telnet_is_half_escaped (&telnet, written, 5));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strconcat ("/telnet/receive/", rows[i].name, NULL);

      g_test_add_data_func (name, &rows[i], test_receive);
    }
  g_test_add_func ("/telnet/escape", test_escape);
  g_test_add_func ("/telnet/what-is-said-is-heard", test_round);
  g_test_add_func ("/telnet/cut-between-two-iac", test_cut);
  return g_test_run ();
}
