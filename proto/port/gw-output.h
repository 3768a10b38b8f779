/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes on their way out, kept by reference. Does no I/O. */
typedef struct
{
  GQueue blocks; /* of GBytes* */
  gsize begun;   /* bytes of the first block that are out already */
  gsize length;  /* bytes that wait */
} GwOutput;

void gw_output_push (GwOutput *output, GBytes *bytes);
void gw_output_push_joined (GwOutput *output, GBytes *bytes);
void gw_blocks_push_joined (GQueue *blocks, GBytes *bytes);
const guint8 *gw_output_peek (GwOutput *output, gsize *length);
void gw_output_consume (GwOutput *output, gsize length);
void gw_output_clear (GwOutput *output);
void gw_output_clear_unbegun (GwOutput *output);

G_END_DECLS
