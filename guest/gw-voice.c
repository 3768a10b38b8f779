/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives what comes to the voice that has the connection. Knows no message but
 * that a client may ask for frames. */

#include "gw-voice.h"

#include "gw-text-voice.h"

struct _GwVoice
{
  GwPort *port;
  GwSlots *slots;
  GwTextVoice *text;
  GwFramesVoice *frames; /* NULL while text is spoken */
  GwVoiceLostFunc lost;
  gpointer data;
};

/* --- From one voice to the other ------------------------------------------ */

static void
on_text_again (GBytes *bytes, gpointer data)
{
  GwVoice *voice = data;
  const guint8 *start;
  gsize length;

  voice->frames = NULL;
  gw_text_voice_begin (voice->text);
  if (bytes == NULL)
    return;
  start = g_bytes_get_data (bytes, &length);
  gw_text_voice_receive (voice->text, start, length);
}

static gboolean
on_open (const GwMessage *untrusted_open, gpointer data, GError **error)
{
  GwVoice *voice = data;

  voice->frames = gw_slots_open (voice->slots, untrusted_open, voice->port, on_text_again, voice, error);
  return voice->frames != NULL;
}

static void
on_text_done (gpointer data)
{
  GwVoice *voice = data;

  voice->lost (voice, NULL, voice->data);
}

static const GwTextVoiceEvents text_events = {
  .open = on_open,
  .done = on_text_done,
};

/* --- The port ------------------------------------------------------------- */

static void
on_received (GwPort *port, const guint8 *bytes, gsize length, gpointer data)
{
  GwVoice *voice = data;

  if (voice->frames != NULL)
    gw_frames_voice_receive (voice->frames, bytes, length);
  else
    gw_text_voice_receive (voice->text, bytes, length);
}

static void
on_drained (GwPort *port, gpointer data)
{
  GwVoice *voice = data;

  if (voice->frames != NULL)
    gw_frames_voice_drained (voice->frames);
  else
    gw_text_voice_drained (voice->text);
}

static void
disconnect (GwVoice *voice)
{
  GwFramesVoice *frames = g_steal_pointer (&voice->frames);

  if (frames != NULL)
    gw_frames_voice_disconnect (frames);
}

static void
on_virtio_host (GwPort *port, gboolean present, gpointer data)
{
  GwVoice *voice = data;

  g_debug (present ? "a host has connected" : "the host has disconnected");
  disconnect (voice);
  gw_text_voice_begin (voice->text);
}

/* A session's client that says nothing more is gone. */
static void
on_socket_end (GwPort *port, gboolean present, gpointer data)
{
  GwVoice *voice = data;

  disconnect (voice);
  gw_text_voice_end (voice->text);
}

static void
on_lost (GwPort *port, const GError *error, gpointer data)
{
  GwVoice *voice = data;

  voice->lost (voice, error, voice->data);
}

static const GwPortEvents virtio_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_virtio_host,
  .lost = on_lost,
};

static const GwPortEvents stream_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_socket_end,
  .lost = on_lost,
};

/* --- Its life ------------------------------------------------------------- */

/**
 * gw_voice_new:
 * @fd: a non-blocking descriptor, owned by the voice from here on, even when
 *   this fails
 * @slots: the channel's sessions; outlives the voice, or is freed while @lost
 *   cannot be called
 * @lost: called at most once, from the loop
 *
 * Returns: (transfer full): a new voice that serves @fd, or %NULL with @error
 *   set
 */
GwVoice *
gw_voice_new (int fd, GwSlots *slots, GwVoiceLostFunc lost, gpointer data, GError **error)
{
  g_autoptr (GwVoice) voice = g_new0 (GwVoice, 1);
  GwPortKind kind = gw_slots_get_kind (slots);

  voice->slots = slots;
  voice->lost = lost;
  voice->data = data;
  voice->port = gw_port_new (fd, kind, kind == GW_PORT_VIRTIO ? &virtio_events : &stream_events, voice);
  voice->text = gw_text_voice_new (voice->port, &text_events, voice);
  if (!gw_port_attach (voice->port, NULL, error))
    return NULL;
  return g_steal_pointer (&voice);
}

/* A session that it has goes on with the next connection. */
void
gw_voice_free (GwVoice *voice)
{
  disconnect (voice);
  gw_text_voice_free (voice->text);
  gw_port_free (voice->port);
  g_free (voice);
}
