/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest in frames takes nothing for text but the one thing that every client
 * of the text voice says first: a whole guest-sync, behind 0xFF or, as libvirt
 * says no 0xFF, behind a silence. Knows no session. */

#include "gw-takeover.h"

#include "gw-limits.h"
#include "gw-line.h"
#include "gw-message.h"

struct _GwTakeover
{
  GwLine *line;
  gboolean after_reset; /* the last thing heard was 0xFF */
  gboolean heard;       /* something, since the last frame */
};

static const guint8 junk = 0;

/* Whatever comes next is the rest of something, unless 0xFF or a silence is
 * before it. */
void
gw_takeover_see_frame (GwTakeover *takeover, gint64 now_us)
{
  gw_line_heard (takeover->line, now_us);
  if (!takeover->heard)
    return;
  gw_line_clear (takeover->line);
  gw_line_receive (takeover->line, &junk, 1, now_us);
  takeover->after_reset = takeover->heard = FALSE;
}

GwTakeover *
gw_takeover_new (gint64 now_us)
{
  GwTakeover *takeover = g_new0 (GwTakeover, 1);

  takeover->line = gw_line_new (GW_TAKEOVER_MAX);
  takeover->heard = TRUE;
  gw_takeover_see_frame (takeover, now_us);
  return takeover;
}

void
gw_takeover_free (GwTakeover *takeover)
{
  gw_line_free (takeover->line);
  g_free (takeover);
}

static gboolean
is_sync (GBytes *untrusted_object)
{
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_object, NULL);

  return message != NULL && message->kind == GW_MESSAGE_REQUEST && message->text == NULL
         && (g_strcmp0 (message->name, "guest-sync") == 0 || g_strcmp0 (message->name, "guest-sync-delimited") == 0);
}

/* Returns: (transfer full) (nullable): the sync that this byte ends */
static GBytes *
take_byte (GwTakeover *takeover, guint8 byte, gint64 now_us, gboolean *after_reset)
{
  GwLineEvent event;
  GBytes *sync = NULL;

  gw_line_receive (takeover->line, &byte, 1, now_us);
  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) why = NULL;

      event = gw_line_next (takeover->line, &object, &why);
      if (event == GW_LINE_OBJECT && is_sync (object))
        {
          sync = g_steal_pointer (&object);
          *after_reset = takeover->after_reset;
        }
      if (event != GW_LINE_NONE)
        takeover->after_reset = event == GW_LINE_RESET;
    }
  while (event != GW_LINE_NONE);
  return sync;
}

/**
 * gw_takeover_receive:
 * @data: bytes that are in no frame
 *
 * Returns: (transfer full) (nullable): what of @data is text, with the 0xFF
 *   before it if there was one; %NULL if nothing is
 */
GByteArray *
gw_takeover_receive (GwTakeover *takeover, const guint8 *data, gsize length, gint64 now_us)
{
  static const guint8 mark = 0xFF;

  takeover->heard = TRUE;
  for (gsize i = 0; i < length; i++)
    {
      gboolean after_reset = FALSE;
      g_autoptr (GBytes) sync = take_byte (takeover, data[i], now_us, &after_reset);
      GByteArray *text;

      if (sync == NULL)
        continue;
      text = g_byte_array_new ();
      if (after_reset)
        g_byte_array_append (text, &mark, 1);
      g_byte_array_append (text, g_bytes_get_data (sync, NULL), g_bytes_get_size (sync));
      g_byte_array_append (text, data + i + 1, length - i - 1);
      return text;
    }
  return NULL;
}
