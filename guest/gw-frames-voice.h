/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-port.h"
#include "gw-session.h"

G_BEGIN_DECLS

/* Speaks frames: drives one session over the port that it has at the time, and
 * runs what the host asks for by it. Outlives connections as the session does.
 * Knows no transport, and not what the commands do. */
typedef struct _GwFramesVoice GwFramesVoice;

/* The connection speaks text from here on.
 * @bytes: (nullable): what came of that already */
typedef void (*GwFramesTextFunc) (GBytes *bytes, gpointer data);

/* There is no session, and no connection: the voice may be freed. */
typedef void (*GwFramesUnusedFunc) (GwFramesVoice *voice, gpointer data);

GwFramesVoice *gw_frames_voice_new (GwPortKind kind, const char *channel, GwFramesUnusedFunc unused, gpointer data);
void gw_frames_voice_free (GwFramesVoice *voice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwFramesVoice, gw_frames_voice_free)

gboolean gw_frames_voice_wants (GwFramesVoice *voice, const GwMessage *untrusted_open);
gboolean gw_frames_voice_is_connected (GwFramesVoice *voice);
gboolean gw_frames_voice_open (GwFramesVoice *voice, const GwMessage *untrusted_open, GwPort *port,
                               GwFramesTextFunc text, gpointer data, GError **error);
void gw_frames_voice_receive (GwFramesVoice *voice, const guint8 *bytes, gsize length);
void gw_frames_voice_drained (GwFramesVoice *voice);
void gw_frames_voice_disconnect (GwFramesVoice *voice);
void gw_frames_voice_close (GwFramesVoice *voice, const char *why);

G_END_DECLS
