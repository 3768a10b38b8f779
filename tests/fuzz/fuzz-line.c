/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes through gw-line and gw-message: how they are cut into writes makes
 * no difference, and pauses make no crash. */

#include <string.h>

#include "fuzz.h"
#include "gw-limits.h"
#include "gw-line.h"
#include "gw-message.h"

/* Small, so that the bound is reached. */
#define OBJECT_MAX 4096

static void
note_events (GwLine *line, GString *seen)
{
  GwLineEvent event;

  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;
      g_autoptr (GwMessage) message = NULL;

      event = gw_line_next (line, &object, &junk);
      g_string_append_c (seen, 'a' + event);
      if (event != GW_LINE_OBJECT)
        continue;
      if (g_bytes_get_size (object) > OBJECT_MAX)
        fuzz_fail ("an object above its bound");
      g_string_append_len (seen, g_bytes_get_data (object, NULL), g_bytes_get_size (object));
      message = gw_message_parse (object, NULL);
    }
  while (event != GW_LINE_NONE);
  g_string_truncate (seen, seen->len - 1);
}

/* @step: bytes a write; 0 takes it from the data, with pauses. */
static GString *
play (const guint8 *data, gsize length, gsize step)
{
  g_autoptr (GwLine) line = gw_line_new (OBJECT_MAX);
  GString *seen = g_string_new (NULL);
  gint64 now_us = 0;

  while (length > 0)
    {
      gsize write = MIN (length, step != 0 ? step : (gsize) data[0] % 7 + 1);

      if (step == 0 && data[0] % 3 == 0)
        now_us += GW_LINE_QUIET_US;
      gw_line_receive (line, data, write, now_us);
      note_events (line, seen);
      data += write;
      length -= write;
    }
  return seen;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  g_autoptr (GString) whole = play (data, length, G_MAXSIZE);
  g_autoptr (GString) bytes = play (data, length, 1);

  g_string_free (play (data, length, 0), TRUE);
  if (!g_string_equal (whole, bytes))
    fuzz_fail ("cut into bytes it reads differently");
  return 0;
}
