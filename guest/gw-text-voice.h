/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-port.h"

G_BEGIN_DECLS

/* Serves the text voice on one port: takes requests, runs commands, writes
 * answers. Knows how to talk, not to whom, and not what the commands do. */
typedef struct _GwTextVoice GwTextVoice;

/* The port is of no use any more; free the voice. */
typedef void (*GwTextVoiceLostFunc) (GwTextVoice *voice, const GError *error, gpointer data);

GwTextVoice *gw_text_voice_new (int fd, GwPortKind kind, GwTextVoiceLostFunc lost, gpointer data, GError **error);
void gw_text_voice_free (GwTextVoice *voice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwTextVoice, gw_text_voice_free)

G_END_DECLS
