/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A queue of blocks that are written piece by piece. The bound is its user's. */

#include "gw-output.h"

#include <string.h>

#include "gw-limits.h"

void
gw_output_push (GwOutput *output, GBytes *bytes)
{
  if (g_bytes_get_size (bytes) == 0)
    return;
  g_queue_push_tail (&output->blocks, g_bytes_ref (bytes));
  output->length += g_bytes_get_size (bytes);
}

/**
 * gw_blocks_push_joined:
 * @blocks: of GBytes
 *
 * As the other side may send byte by byte: small ones become one, since each
 * takes far more memory than a byte.
 */
void
gw_blocks_push_joined (GQueue *blocks, GBytes *bytes)
{
  g_autoptr (GBytes) last = g_queue_pop_tail (blocks);
  gsize before = last != NULL ? g_bytes_get_size (last) : 0;
  gsize more = g_bytes_get_size (bytes);
  guint8 *joined;

  if (last != NULL && before + more > GW_BLOCK_JOINED_MAX)
    g_queue_push_tail (blocks, g_steal_pointer (&last));
  if (last == NULL)
    {
      g_queue_push_tail (blocks, g_bytes_ref (bytes));
      return;
    }
  joined = g_malloc (before + more);
  memcpy (joined, g_bytes_get_data (last, NULL), before);
  memcpy (joined + before, g_bytes_get_data (bytes, NULL), more);
  g_queue_push_tail (blocks, g_bytes_new_take (joined, before + more));
}

/* As gw_output_push(), where no block has to stay what it is. */
void
gw_output_push_joined (GwOutput *output, GBytes *bytes)
{
  if (g_bytes_get_size (bytes) == 0)
    return;
  gw_blocks_push_joined (&output->blocks, bytes);
  output->length += g_bytes_get_size (bytes);
}

/* The bytes to write next; call only while some wait. */
const guint8 *
gw_output_peek (GwOutput *output, gsize *length)
{
  const guint8 *data = g_bytes_get_data (g_queue_peek_head (&output->blocks), length);

  *length -= output->begun;
  return data + output->begun;
}

/* @length bytes of what gw_output_peek() gave are out. */
void
gw_output_consume (GwOutput *output, gsize length)
{
  output->length -= length;
  output->begun += length;
  if (output->begun == g_bytes_get_size (g_queue_peek_head (&output->blocks)))
    {
      output->begun = 0;
      g_bytes_unref (g_queue_pop_head (&output->blocks));
    }
}

void
gw_output_clear (GwOutput *output)
{
  g_queue_clear_full (&output->blocks, (GDestroyNotify) g_bytes_unref);
  output->begun = 0;
  output->length = 0;
}

/* Keeps the block whose first bytes are out: what comes next would else be
 * read as its end. */
void
gw_output_clear_unbegun (GwOutput *output)
{
  guint kept = output->begun > 0 ? 1 : 0;

  while (output->blocks.length > kept)
    {
      GBytes *last = g_queue_pop_tail (&output->blocks);

      output->length -= g_bytes_get_size (last);
      g_bytes_unref (last);
    }
}
