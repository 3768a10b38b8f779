/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"
#include "gw-port.h"

G_BEGIN_DECLS

/* Speaks text over a port that another owns: takes requests, runs commands,
 * writes answers. Knows how to talk, not to whom, and not what the commands
 * do. */
typedef struct _GwTextVoice GwTextVoice;

typedef struct
{
  /* A client asks for frames, and has said nothing more. TRUE: all that comes
   * from here on is for another voice. */
  gboolean (*open) (const GwMessage *untrusted_open, gpointer data, GError **error);
  /* The client has sent its last byte, and its last answer is written. */
  void (*done) (gpointer data);
} GwTextVoiceEvents;

GwTextVoice *gw_text_voice_new (GwPort *port, const GwTextVoiceEvents *events, gpointer data);
void gw_text_voice_free (GwTextVoice *voice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwTextVoice, gw_text_voice_free)

void gw_text_voice_receive (GwTextVoice *voice, const guint8 *bytes, gsize length);
void gw_text_voice_drained (GwTextVoice *voice);
void gw_text_voice_end (GwTextVoice *voice);
void gw_text_voice_begin (GwTextVoice *voice);

G_END_DECLS
