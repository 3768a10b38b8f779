/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent tells unasked, on its way to the program. */

#include "gw-client-private.h"

#include "gw-later.h"
#include "gw-limits.h"

typedef struct
{
  GwClient *client;
  char *name;
  JsonNode *data;
} Event;

static void
event_free (gpointer data)
{
  Event *event = data;

  event->client->events--;
  g_object_unref (event->client);
  g_free (event->name);
  g_clear_pointer (&event->data, json_node_unref);
  g_free (event);
}

static gboolean
on_event (gpointer data)
{
  Event *event = data;

  gw_client_emit_event (event->client, event->name, event->data);
  return G_SOURCE_REMOVE;
}

/* Told later: a handler may do as it likes, and none runs inside of a
 * blocking function. */
void
gw_client_on_told (const char *name, JsonNode *data, gpointer user_data)
{
  GwClient *self = user_data;
  Event *event;

  if (self->events >= GW_CLIENT_EVENTS_MAX)
    return;
  self->events++;
  event = g_new0 (Event, 1);
  event->client = g_object_ref (self);
  event->name = g_strdup (name);
  event->data = data != NULL ? json_node_ref (data) : NULL;
  gw_later_call (self->home, on_event, event, event_free);
}
