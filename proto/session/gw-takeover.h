/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hears, in what is no frame, that somebody speaks text to a guest. */
typedef struct _GwTakeover GwTakeover;

GwTakeover *gw_takeover_new (gint64 now_us);
void gw_takeover_free (GwTakeover *takeover);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwTakeover, gw_takeover_free)

void gw_takeover_see_frame (GwTakeover *takeover, gint64 now_us);
GByteArray *gw_takeover_receive (GwTakeover *takeover, const guint8 *data, gsize length, gint64 now_us);

G_END_DECLS
