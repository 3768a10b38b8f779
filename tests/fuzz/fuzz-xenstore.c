/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes through the wire of Xen's store: how they are cut makes no
 * difference, and no message is longer than there may be. */

#include <string.h>

#include "fuzz.h"
#include "gw-xenstore-wire.h"

static void
note_message (const GwXenstoreMessage *message, GString *seen)
{
  g_auto (GStrv) strings = gw_xenstore_message_strings (message);
  g_autofree char *value = gw_xenstore_message_value (message);

  if (message->length > GW_XENSTORE_PAYLOAD_MAX)
    fuzz_fail ("a message above its bound");
  if (message->untrusted_payload[message->length] != '\0')
    fuzz_fail ("a payload without its NUL");
  g_string_append_printf (seen, "%u %u %u %d %d;", message->type, message->id, g_strv_length (strings),
                          gw_xenstore_message_errno (message), gw_xenstore_message_lets_write (message, 3));
  if (value != NULL && strlen (value) != message->length)
    fuzz_fail ("a value of another length");
}

static GString *
play (const guint8 *data, gsize length, gsize step)
{
  GwXenstoreWire *wire = g_new0 (GwXenstoreWire, 1);
  GString *seen = g_string_new (NULL);
  gboolean broken = FALSE;

  while (length > 0 && !broken)
    {
      gsize write = MIN (length, step);
      const guint8 *at = data;
      gsize left = write;
      GwXenstoreMessage message;

      while (gw_xenstore_wire_receive (wire, &at, &left, &message, &broken))
        note_message (&message, seen);
      if (!broken && left > 0)
        fuzz_fail ("bytes are left over");
      data += write;
      length -= write;
    }
  g_string_append (seen, broken ? "broken" : "");
  g_free (wire);
  return seen;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  g_autoptr (GString) whole = play (data, length, G_MAXSIZE);
  g_autoptr (GString) bytes = play (data, length, 1);

  if (!g_string_equal (whole, bytes))
    fuzz_fail ("cut into bytes it reads differently");
  return 0;
}
