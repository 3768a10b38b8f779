/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-framed-call.h"
#include "gw-framed-event.h"

G_BEGIN_DECLS

/* The client's side of frames: asks for them, calls, and hands the streams of
 * a call to whoever waits for them. Bytes and time in, bytes and events out;
 * lives over many connections. */
typedef struct _GwFramedCaller GwFramedCaller;

/* @flush: called when something may have to be written */
GwFramedCaller *gw_framed_caller_new (const GwSessionKind *kind, const char *channel, void (*flush) (gpointer),
                                      gpointer user_data);
void gw_framed_caller_free (GwFramedCaller *caller);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwFramedCaller, gw_framed_caller_free)

void gw_framed_caller_connect (GwFramedCaller *caller, gint64 now_us);
void gw_framed_caller_disconnect (GwFramedCaller *caller, gint64 now_us);
void gw_framed_caller_receive (GwFramedCaller *caller, const guint8 *data, gsize length, gint64 now_us);
GBytes *gw_framed_caller_take_output (GwFramedCaller *caller, gint64 now_us);
void gw_framed_caller_pass_time (GwFramedCaller *caller, gint64 now_us);
gint64 gw_framed_caller_get_deadline (GwFramedCaller *caller);
GwFramedEventKind gw_framed_caller_next (GwFramedCaller *caller, GwFramedEvent *event);
gboolean gw_framed_caller_is_open (GwFramedCaller *caller);
gboolean gw_framed_caller_is_in_frames (GwFramedCaller *caller);
gboolean gw_framed_caller_is_idle (GwFramedCaller *caller);
void gw_framed_caller_close (GwFramedCaller *caller, const char *why, gint64 now_us);

guint64 gw_framed_caller_call (GwFramedCaller *caller, const char *command, JsonNode *arguments, gint64 timeout_us,
                               gint64 now_us, GError **error);
void gw_framed_caller_take_pipes (GwFramedCaller *caller, guint64 call, GwPipeTaker taker, gpointer user_data);
void gw_framed_caller_cancel (GwFramedCaller *caller, guint64 call);

G_END_DECLS
