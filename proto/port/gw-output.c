/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A queue of blocks that are written piece by piece. The bound is its user's. */

#include "gw-output.h"

void
gw_output_push (GwOutput *output, GBytes *bytes)
{
  if (g_bytes_get_size (bytes) == 0)
    return;
  g_queue_push_tail (&output->blocks, g_bytes_ref (bytes));
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
