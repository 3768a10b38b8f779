/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of the text voice: greets until it is understood, asks one thing,
 * and has what it wants. */

#include "sim-text-client.h"

#include <string.h>

#include "gw-limits.h"

#define LIBVIRT_TRY_US (5 * SIM_SECOND)

SimTextClient *
sim_text_client_new (SimTextWay way, guint64 seed, gint64 begin_us)
{
  SimTextClient *client = g_new0 (SimTextClient, 1);

  client->way = way;
  client->random.state = seed;
  client->next_us = begin_us;
  client->to_say = g_byte_array_new ();
  client->heard = g_byte_array_new ();
  return client;
}

void
sim_text_client_free (SimTextClient *client)
{
  g_byte_array_unref (client->to_say);
  g_byte_array_unref (client->heard);
  g_free (client);
}

static void
say (SimTextClient *client, const char *text)
{
  g_byte_array_append (client->to_say, (const guint8 *) text, strlen (text));
}

static void
greet (SimTextClient *client, gint64 now_us)
{
  g_autofree char *text = NULL;

  client->number = sim_random (&client->random) >> 2;
  if (client->way == SIM_TEXT_DELIMITED)
    text = g_strdup_printf ("\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%" G_GUINT64_FORMAT "}}\n",
                            client->number);
  else
    text = g_strdup_printf ("{\"execute\":\"guest-sync\", \"arguments\":{\"id\":%" G_GUINT64_FORMAT "}}\n", client->number);
  client->next_us
      = now_us + (client->way == SIM_TEXT_DELIMITED ? GW_SYNC_TRY_MS * SIM_MS : LIBVIRT_TRY_US);
  say (client, text);
}

void
sim_text_client_pass_time (SimTextClient *client, gint64 now_us)
{
  if (client->done || now_us < client->next_us)
    return;
  client->greeted = FALSE;
  g_byte_array_set_size (client->heard, 0);
  greet (client, now_us);
}

/* Whether this stands in an answer that has come; all up to its end is read. */
static gboolean
has_heard (SimTextClient *client, const char *value)
{
  g_autofree char *close = g_strdup_printf ("\"return\":%s", value);
  g_autofree char *wide = g_strdup_printf ("\"return\": %s", value);
  const char *texts[] = { close, wide };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const guint8 *found = memmem (client->heard->data, client->heard->len, texts[i], strlen (texts[i]));

      if (found == NULL)
        continue;
      g_byte_array_remove_range (client->heard, 0, found - client->heard->data + strlen (texts[i]));
      return TRUE;
    }
  return FALSE;
}

void
sim_text_client_receive (SimTextClient *client, const guint8 *data, gsize length, gint64 now_us)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, client->number);

  g_byte_array_append (client->heard, data, length);
  if (!client->greeted && has_heard (client, number))
    {
      client->greeted = TRUE;
      client->next_us = now_us + LIBVIRT_TRY_US;
      say (client, "{\"execute\":\"guest-ping\"}\n");
    }
  if (client->greeted && has_heard (client, "{}"))
    {
      client->done = TRUE;
      client->next_us = G_MAXINT64;
    }
}
