/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One piece of a file, and how large the next one is. Makes no call. */

#include "gw-copy.h"

#include "gw-limits.h"
#include "gw-reply.h"

/* The time that one move should take: long enough that what is around it does
 * not count, short enough that progress shows and other calls get their turn. */
#define MOVE_SHORT_US (250 * 1000)
#define MOVE_LONG_US (1000 * 1000)

/* An agent that was restarted never answers a move, and no channel tells of
 * that. So once it is known how long they take, one that takes so many times
 * as long is given up: it can be made again. */
#define PATIENCE_TIMES 20
#define PATIENCE_MIN_MS 5000

/**
 * gw_copy_read_host:
 *
 * Returns: (transfer full): the next piece of a file that is pushed, empty at
 *   its end; %NULL with an error set if it cannot be read
 */
GBytes *
gw_copy_read_host (GwCopy *copy, GError **error)
{
  return gw_host_file_read (&copy->host, copy->offset, copy->piece, error);
}

/* The agent has written some of what was asked. */
gboolean
gw_copy_take_written (GwCopy *copy, JsonNode *untrusted_value, GError **error)
{
  gint64 count;

  if (!gw_reply_get_int (untrusted_value, "guest-file-write", "count", &count, error))
    return FALSE;
  if (count <= 0 || (guint64) count > copy->asked)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL,
                   "guest-file-write: the agent says that it wrote %" G_GINT64_FORMAT " of %" G_GSIZE_FORMAT " bytes",
                   count, copy->asked);
      return FALSE;
    }
  copy->offset += count;
  return TRUE;
}

/* The agent has sent the next piece. */
gboolean
gw_copy_take_read (GwCopy *copy, JsonNode *untrusted_value, gboolean *eof, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  gint64 count;

  if (!gw_reply_get_int (untrusted_value, "guest-file-read", "count", &count, error)
      || !gw_reply_get_boolean (untrusted_value, "guest-file-read", "eof", eof, error))
    return FALSE;
  bytes = gw_reply_get_bytes (untrusted_value, "guest-file-read", "buf-b64", error);
  if (bytes == NULL)
    return FALSE;
  if (count < 0 || (guint64) count != g_bytes_get_size (bytes) || (guint64) count > copy->asked
      || (count == 0 && !*eof))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL,
                   "guest-file-read: the agent counts %" G_GINT64_FORMAT " bytes, and sent %" G_GSIZE_FORMAT
                   " of %" G_GSIZE_FORMAT,
                   count, g_bytes_get_size (bytes), copy->asked);
      return FALSE;
    }
  if (!gw_host_file_write (&copy->host, copy->offset, bytes, error))
    return FALSE;
  copy->offset += count;
  return TRUE;
}

/* A move was answered: the next one is larger if it was fast, and smaller if
 * it was slow. */
void
gw_copy_move_answered (GwCopy *copy)
{
  gint64 took_us = g_get_monotonic_time () - copy->asked_us;

  copy->unanswered = 0;
  copy->patience_ms = (int) CLAMP (took_us / 1000 * PATIENCE_TIMES, PATIENCE_MIN_MS, GW_COPY_PATIENCE_MS);
  if (took_us < MOVE_SHORT_US && copy->asked == copy->piece)
    copy->piece = MIN (copy->piece * 2, copy->piece_max);
  else if (took_us > MOVE_LONG_US)
    copy->piece = MAX (copy->piece / 2, MIN (copy->piece, GW_TRANSFER_PIECE_SLOW));
}

/* A move was not answered. Returns whether to try once more, with less: the
 * channel may be slow. */
gboolean
gw_copy_move_unanswered (GwCopy *copy)
{
  copy->unanswered++;
  copy->piece = GW_TRANSFER_PIECE_MIN;
  copy->patience_ms = GW_COPY_PATIENCE_MS;
  if (copy->limit.timeout_ms == GW_TIMEOUT_DEFAULT)
    return copy->unanswered < GW_UNANSWERED_MAX;
  return !gw_time_limit_is_over (&copy->limit);
}
