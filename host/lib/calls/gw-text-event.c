/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The events of a GwTextCaller, and the queue they wait in. */

#include "gw-text-event.h"

void
gw_text_caller_event_clear (GwTextCallerEvent *event)
{
  g_clear_pointer (&event->bytes, g_bytes_unref);
  g_clear_pointer (&event->value, json_node_unref);
  g_clear_error (&event->error);
  g_clear_pointer (&event->name, g_free);
}

static void
event_free (GwTextCallerEvent *event)
{
  gw_text_caller_event_clear (event);
  g_free (event);
}

GwTextCallerEvent *
gw_text_caller_event_push (GQueue *events, GwTextCallerEventKind kind)
{
  GwTextCallerEvent *event = g_new0 (GwTextCallerEvent, 1);

  event->kind = kind;
  g_queue_push_tail (events, event);
  return event;
}

/* Takes the parts of @message, which is an event of the agent. */
void
gw_text_caller_event_push_told (GQueue *events, GwMessage *message)
{
  GwTextCallerEvent *event = gw_text_caller_event_push (events, GW_TEXT_CALLER_TOLD);

  event->name = g_steal_pointer (&message->name);
  event->value = g_steal_pointer (&message->body);
}

/* Gives %GW_TEXT_CALLER_NONE when there is none. */
void
gw_text_caller_event_pop (GQueue *events, GwTextCallerEvent *event)
{
  g_autofree GwTextCallerEvent *next = g_queue_pop_head (events);

  *event = next != NULL ? *next : (GwTextCallerEvent){ .kind = GW_TEXT_CALLER_NONE };
}

void
gw_text_caller_event_clear_all (GQueue *events)
{
  g_queue_clear_full (events, (GDestroyNotify) event_free);
}
