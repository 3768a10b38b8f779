/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds up what the voices hold. Knows no voice. */

#include "gw-held.h"

#include "gw-limits.h"

static GHashTable *voices; /* voice -> GwHeldFunc */

void
gw_held_add (GwHeldFunc count, gpointer voice)
{
  if (voices == NULL)
    voices = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (voices, voice, count);
}

void
gw_held_remove (gpointer voice)
{
  g_hash_table_remove (voices, voice);
}

static gsize
held_by_all (void)
{
  GHashTableIter iter;
  gpointer voice, count;
  gsize sum = 0;

  g_hash_table_iter_init (&iter, voices);
  while (g_hash_table_iter_next (&iter, &voice, &count))
    sum += ((GwHeldFunc) count) (voice);
  return sum;
}

/* What is small always fits, so that a ping is answered whatever others do. */
gboolean
gw_held_has_room (gsize more)
{
  return more <= GW_PORT_QUEUE_HIGH || held_by_all () + more <= GW_VOICES_HELD_MAX;
}

gboolean
gw_held_is_too_much (void)
{
  return held_by_all () > GW_VOICES_HELD_MAX;
}
