/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the place in an agent's output behind which nothing old can come:
 * the answer to a number that nobody has said before. */

#include "gw-text-sync.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-message.h"

void
gw_text_sync_begin (GwTextSync *sync)
{
  memset (sync, 0, sizeof *sync);
  sync->try_us = GW_SYNC_TRY_MS * 1000;
}

/**
 * gw_text_sync_ask:
 * @number: 62 random bits
 * @reset: whether the agent may hold half a request, to be made void; stock
 *   agents complain of that, with an error that names no call
 * @now_us: monotonic time in microseconds
 *
 * Begins one more try.
 *
 * Returns: (transfer full): what to send
 */
GBytes *
gw_text_sync_ask (GwTextSync *sync, gint64 number, gboolean reset, gint64 now_us)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GBytes) request = NULL;
  guint slot = sync->tries % GW_TEXT_SYNC_KEPT;
  GByteArray *bytes = g_byte_array_new ();

  sync->numbers[slot] = number;
  sync->asked_us[slot] = now_us;
  sync->again_us = now_us + sync->try_us;
  sync->tries++;

  json_object_set_int_member (object, "id", sync->numbers[slot]);
  json_node_set_object (arguments, object);
  request = gw_message_request ("guest-sync-delimited", arguments, NULL);
  if (reset)
    g_byte_array_append (bytes, (const guint8 *) "\xFF", 1);
  g_byte_array_append (bytes, g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  return g_byte_array_free_to_bytes (bytes);
}

/**
 * gw_text_sync_hear:
 * @untrusted_number: what the other side returned behind 0xFF
 * @now_us: monotonic time in microseconds
 *
 * Only the newest number counts: behind an older one the answers to the newer
 * tries are still to come. But an older one shows that the agent lives and is
 * slow, so that the newest is given more time; else a guest slower than one
 * try would never be heard.
 *
 * Returns: whether it is the newest number
 */
gboolean
gw_text_sync_hear (GwTextSync *sync, gint64 untrusted_number, gint64 now_us)
{
  guint kept = MIN (sync->tries, GW_TEXT_SYNC_KEPT);

  for (guint age = 0; age < kept; age++)
    {
      guint slot = (sync->tries - 1 - age) % GW_TEXT_SYNC_KEPT;
      guint newest = (sync->tries - 1) % GW_TEXT_SYNC_KEPT;

      if (sync->numbers[slot] != untrusted_number)
        continue;
      if (age == 0)
        return TRUE;
      sync->try_us = CLAMP (2 * (now_us - sync->asked_us[slot]), sync->try_us, GW_TEXT_SYNC_TRY_MAX_MS * G_GINT64_CONSTANT (1000));
      sync->again_us = sync->asked_us[newest] + sync->try_us;
      return FALSE;
    }
  return FALSE;
}
