/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-messages.h"
#include "gw-session-event.h"

G_BEGIN_DECLS

/* Which message answers which. Each call ends exactly once, with what is known
 * of it. Knows no JSON and no connection. */
typedef struct _GwCalls GwCalls;

/* @events: of GwSessionEvent, to be pushed to; outlives it. */
GwCalls *gw_calls_new (GQueue *events);
void gw_calls_free (GwCalls *calls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwCalls, gw_calls_free)

guint64 gw_calls_call (GwCalls *calls, GBytes *body, gint64 deadline_us, GError **error);
void gw_calls_cancel (GwCalls *calls, guint64 call);
gboolean gw_calls_reply (GwCalls *calls, GwMessageWireKind kind, guint64 request, GBytes *body, GError **error);
void gw_calls_tell (GwCalls *calls, GBytes *body);
void gw_calls_end_all (GwCalls *calls, GwOutcome outcome, const char *why);

gboolean gw_calls_receive (GwCalls *calls, const GwFrame *untrusted_frame, GError **error);
gboolean gw_calls_next_control (GwCalls *calls, GwFrame *frame);
gboolean gw_calls_next (GwCalls *calls, gsize payload_max, GwFrame *frame);
void gw_calls_taken (GwCalls *calls, const GwSessionEvent *event);

gint64 gw_calls_get_deadline (GwCalls *calls);
void gw_calls_pass_time (GwCalls *calls, gint64 now_us);
GwMessages *gw_calls_get_messages (GwCalls *calls);

G_END_DECLS
