/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* The text voice as bytes: one JSON object after another. Cuts a stream into
 * objects and finds its way again after junk. Knows no command and does no
 * I/O. */
typedef struct _GwLine GwLine;

typedef enum
{
  GW_LINE_NONE,   /* more bytes are needed */
  GW_LINE_OBJECT, /* the bytes of one object, balanced and not yet parsed */
  GW_LINE_RESET,  /* 0xFF: whatever was said before is void */
  GW_LINE_JUNK,   /* the first of a burst of bytes that make no object */
} GwLineEvent;

GwLine *gw_line_new (gsize object_max);
void gw_line_free (GwLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLine, gw_line_free)

void gw_line_receive (GwLine *line, const guint8 *data, gsize length, gint64 now_us);
GwLineEvent gw_line_next (GwLine *line, GBytes **object, GError **junk);
gboolean gw_line_has_next (GwLine *line);
gsize gw_line_get_size (GwLine *line);
void gw_line_heard (GwLine *line, gint64 now_us);
void gw_line_clear (GwLine *line);

G_END_DECLS
