/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

/* The client's side of the text voice: says hello, sends one call at a time
 * and finds its reply. Bytes and time in, bytes and events out. */
typedef struct _GwTextCaller GwTextCaller;

typedef enum
{
  GW_TEXT_CALLER_NONE,   /* nothing more happened */
  GW_TEXT_CALLER_DROP,   /* throw away what has not been written yet */
  GW_TEXT_CALLER_SEND,   /* write @bytes */
  GW_TEXT_CALLER_SYNCED, /* the agent answers, and nothing old is on the way */
  GW_TEXT_CALLER_ENDED,  /* @call is over, with @value or @error */
} GwTextCallerEventKind;

typedef struct
{
  GwTextCallerEventKind kind;
  GBytes *bytes;   /* SEND */
  guint64 call;    /* ENDED */
  JsonNode *value; /* ENDED: the return value, or NULL */
  GError *error;   /* ENDED: why there is none, or NULL */
} GwTextCallerEvent;

void gw_text_caller_event_clear (GwTextCallerEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwTextCallerEvent, gw_text_caller_event_clear)

GwTextCaller *gw_text_caller_new (void);
void gw_text_caller_free (GwTextCaller *caller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwTextCaller, gw_text_caller_free)

void gw_text_caller_sync (GwTextCaller *caller, gint64 now_us);
guint64 gw_text_caller_call (GwTextCaller *caller, const char *command, JsonNode *arguments, gint64 timeout_us,
                             gint64 now_us, GError **error);
void gw_text_caller_cancel (GwTextCaller *caller, guint64 call, gint64 now_us);
void gw_text_caller_receive (GwTextCaller *caller, const guint8 *data, gsize length, gint64 now_us);
void gw_text_caller_pass_time (GwTextCaller *caller, gint64 now_us);
void gw_text_caller_lose (GwTextCaller *caller, const char *why);

GwTextCallerEventKind gw_text_caller_next (GwTextCaller *caller, GwTextCallerEvent *event);
gint64 gw_text_caller_get_deadline (GwTextCaller *caller);
guint64 gw_text_caller_get_junk (GwTextCaller *caller);

G_END_DECLS
