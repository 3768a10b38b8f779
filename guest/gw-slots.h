/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frames-voice.h"

G_BEGIN_DECLS

/* The sessions of one channel, with or without a connection. */
typedef struct _GwSlots GwSlots;

GwSlots *gw_slots_new (GwPortKind kind, const char *channel, guint max);
void gw_slots_free (GwSlots *slots);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwSlots, gw_slots_free)

GwPortKind gw_slots_get_kind (GwSlots *slots);
GwFramesVoice *gw_slots_open (GwSlots *slots, const GwMessage *untrusted_open, GwPort *port, GwFramesTextFunc text,
                              gpointer data, GError **error);

G_END_DECLS
