/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a GwFramedCaller has to say. */
typedef enum
{
  GW_FRAMED_NONE,
  GW_FRAMED_OPENED,    /* the agent answers, in frames */
  GW_FRAMED_TEXT_ONLY, /* it speaks none, for the reason in @text */
  GW_FRAMED_RESUMED,   /* all goes on, on the new connection */
  GW_FRAMED_CLOSED,    /* the session is over, for the reason in @text; every call has ended */
  GW_FRAMED_ENDED,     /* @call is over, with @value or @error */
  GW_FRAMED_TOLD,      /* the agent sent event @text with @value, unasked */
} GwFramedEventKind;

typedef struct
{
  GwFramedEventKind kind;
  guint64 call;
  JsonNode *value;
  GError *error;
  char *text;
} GwFramedEvent;

static inline void
gw_framed_event_clear (GwFramedEvent *event)
{
  g_clear_pointer (&event->value, json_node_unref);
  g_clear_error (&event->error);
  g_clear_pointer (&event->text, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwFramedEvent, gw_framed_event_clear)

G_END_DECLS
