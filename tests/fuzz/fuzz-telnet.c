/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes from a peer that says it speaks telnet: how they are cut makes no
 * difference, what comes of them and is answered has its bounds; and what one end
 * says the other one hears. */

#include <string.h>

#include "fuzz.h"
#include "gw-telnet.h"

/* 4 commands, 256 options, 3 bytes. */
#define ANSWERS_MAX (4 * 256 * 3)

static GByteArray *
play (const guint8 *data, gsize length, gsize step, GByteArray *answers)
{
  GwTelnet telnet = { 0 };
  GByteArray *heard = g_byte_array_new ();

  while (length > 0)
    {
      gsize part = MIN (length, step != 0 ? step : (gsize) data[0] % 5 + 1);
      g_autofree guint8 *made = g_malloc (GW_TELNET_DATA_MAX (part));
      gsize n = gw_telnet_receive (&telnet, data, part, made, answers);

      if (n > GW_TELNET_DATA_MAX (part))
        fuzz_fail ("more than there is room for");
      g_byte_array_append (heard, made, n);
      data += part;
      length -= part;
    }
  return heard;
}

static void
compare (const GByteArray *one, const guint8 *data, gsize length, const char *what)
{
  if (one->len != length || (length > 0 && memcmp (one->data, data, length) != 0))
    fuzz_fail ("%s", what);
}

static void
talk (const guint8 *data, gsize length)
{
  GwTelnet telnet = { 0 };
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  g_autoptr (GBytes) said = gw_telnet_escape (&telnet, bytes);
  g_autoptr (GByteArray) answers = g_byte_array_new ();
  g_autoptr (GByteArray) heard
      = play (g_bytes_get_data (said, NULL), g_bytes_get_size (said), 0, answers);

  compare (heard, data, length, "what was said is not what was heard");
  if (answers->len > 0)
    fuzz_fail ("data were answered");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  g_autoptr (GByteArray) answers = g_byte_array_new ();
  g_autoptr (GByteArray) other_answers = g_byte_array_new ();
  g_autoptr (GByteArray) ignored = g_byte_array_new ();
  g_autoptr (GByteArray) whole = play (data, length, G_MAXSIZE, answers);
  g_autoptr (GByteArray) bytes = play (data, length, 1, other_answers);
  g_autoptr (GByteArray) parts = play (data, length, 0, ignored);

  compare (bytes, whole->data, whole->len, "cut into bytes it reads differently");
  compare (parts, whole->data, whole->len, "cut into parts it reads differently");
  compare (other_answers, answers->data, answers->len, "cut into bytes it is answered differently");
  if (whole->len > length || answers->len > ANSWERS_MAX)
    fuzz_fail ("more than has come");
  talk (data, length);
  return 0;
}
