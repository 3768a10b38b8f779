/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes of requests and answers that the voices of all clients hold, against
 * GW_VOICES_HELD_MAX: each client of a socket has a voice, and one alone may
 * hold the most of GW_LINE_MAX. */

typedef gsize (*GwHeldFunc) (gpointer voice);

void gw_held_add (GwHeldFunc count, gpointer voice);
void gw_held_remove (gpointer voice);
gboolean gw_held_has_room (gsize more);
gboolean gw_held_is_too_much (void);

G_END_DECLS
