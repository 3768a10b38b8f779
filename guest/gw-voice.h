/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-slots.h"

G_BEGIN_DECLS

/* One connection of a channel, and what it speaks: text at first, and frames
 * from when its client asks for them until somebody speaks text again. */
typedef struct _GwVoice GwVoice;

/* The connection is of no use any more; free the voice. */
typedef void (*GwVoiceLostFunc) (GwVoice *voice, const GError *error, gpointer data);

GwVoice *gw_voice_new (int fd, GwSlots *slots, GwVoiceLostFunc lost, gpointer data, GError **error);
void gw_voice_free (GwVoice *voice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwVoice, gw_voice_free)

G_END_DECLS
