/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"
#include "gw-text-event.h"

G_BEGIN_DECLS

/* The client's side of the text voice: says hello, sends one call at a time
 * and finds its reply. Bytes and time in, bytes and events out. */
typedef struct _GwTextCaller GwTextCaller;

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
