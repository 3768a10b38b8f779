/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

/* What a GwTextCaller has to say. */

typedef enum
{
  GW_TEXT_CALLER_NONE,   /* nothing more happened */
  GW_TEXT_CALLER_DROP,   /* throw away what has not been written yet */
  GW_TEXT_CALLER_SEND,   /* write @bytes */
  GW_TEXT_CALLER_SYNCED, /* the agent answers, and nothing old is on the way */
  GW_TEXT_CALLER_ENDED,  /* @call is over, with @value or @error */
  GW_TEXT_CALLER_TOLD,   /* the agent sent event @name with @value, unasked */
} GwTextCallerEventKind;

typedef struct
{
  GwTextCallerEventKind kind;
  GBytes *bytes;   /* SEND */
  guint64 call;    /* ENDED */
  JsonNode *value; /* ENDED: the return value, or NULL; TOLD: the data, or NULL */
  GError *error;   /* ENDED: why there is none, or NULL */
  char *name;      /* TOLD: the event's */
} GwTextCallerEvent;

void gw_text_caller_event_clear (GwTextCallerEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwTextCallerEvent, gw_text_caller_event_clear)

GwTextCallerEvent *gw_text_caller_event_push (GQueue *events, GwTextCallerEventKind kind);
void gw_text_caller_event_push_told (GQueue *events, GwMessage *message);
void gw_text_caller_event_pop (GQueue *events, GwTextCallerEvent *event);
void gw_text_caller_event_clear_all (GQueue *events);

G_END_DECLS
