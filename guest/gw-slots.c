/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the session that a connection goes on with, or makes one. A port has
 * one; a socket has one for each client, since who connects next may be any of
 * them. Nothing is kept where no session is. */

#include "gw-slots.h"

#include "gw-heap.h"

struct _GwSlots
{
  GwPortKind kind;
  char *channel;
  guint max;
  GList *voices; /* of GwFramesVoice, the one that was taken last first */
};

/**
 * gw_slots_new:
 * @kind: of the channel's ports
 * @channel: (nullable): its name
 * @max: how many sessions it may have
 */
GwSlots *
gw_slots_new (GwPortKind kind, const char *channel, guint max)
{
  GwSlots *slots = g_new0 (GwSlots, 1);

  slots->kind = kind;
  slots->channel = g_strdup (channel);
  slots->max = max;
  return slots;
}

/* Ends all sessions: those with a connection can still be told. */
void
gw_slots_free (GwSlots *slots)
{
  while (slots->voices != NULL)
    gw_frames_voice_close (slots->voices->data, "the agent has ended");
  g_free (slots->channel);
  g_free (slots);
}

GwPortKind
gw_slots_get_kind (GwSlots *slots)
{
  return slots->kind;
}

static void
drop (GwFramesVoice *voice, gpointer data)
{
  GwSlots *slots = data;

  slots->voices = g_list_remove (slots->voices, voice);
  gw_frames_voice_free (voice);
  gw_heap_give_back ();
}

static GList *
find_wanted (GwSlots *slots, const GwMessage *untrusted_open)
{
  for (GList *link = slots->voices; link != NULL; link = link->next)
    if (gw_frames_voice_wants (link->data, untrusted_open))
      return link;
  return NULL;
}

/* The one that was parked longest, most likely: it gives its place away. */
static GList *
find_parked (GwSlots *slots)
{
  for (GList *link = g_list_last (slots->voices); link != NULL; link = link->prev)
    if (!gw_frames_voice_is_connected (link->data))
      return link;
  return NULL;
}

static GwFramesVoice *
choose (GwSlots *slots, const GwMessage *untrusted_open, gboolean *is_new)
{
  GList *link = find_wanted (slots, untrusted_open);
  GwFramesVoice *voice;

  if (link == NULL && g_list_length (slots->voices) >= slots->max)
    link = find_parked (slots);
  *is_new = link == NULL;
  if (link == NULL)
    voice = gw_frames_voice_new (slots->kind, slots->channel, drop, slots);
  else
    {
      voice = link->data;
      slots->voices = g_list_delete_link (slots->voices, link);
    }
  slots->voices = g_list_prepend (slots->voices, voice);
  return voice;
}

/**
 * gw_slots_open:
 *
 * As gw_frames_voice_open(), of the session that @untrusted_open is for.
 *
 * Returns: (transfer none) (nullable): the voice that has the connection now;
 *   valid until it calls @text or is told of a disconnect. %NULL with @error
 *   set where it was refused
 */
GwFramesVoice *
gw_slots_open (GwSlots *slots, const GwMessage *untrusted_open, GwPort *port, GwFramesTextFunc text, gpointer data,
               GError **error)
{
  gboolean is_new;
  GwFramesVoice *voice = choose (slots, untrusted_open, &is_new);

  if (gw_frames_voice_open (voice, untrusted_open, port, text, data, error))
    return voice;
  /* One that was there before and has no session is giving its connection to
   * text just now, and says itself that it is of no use any more. */
  if (is_new)
    drop (voice, slots);
  return NULL;
}
