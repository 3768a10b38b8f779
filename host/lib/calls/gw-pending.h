/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A task of the program that has not ended, and what may cancel it. */
typedef struct _GwPending GwPending;

typedef void (*GwPendingFunc) (GwPending *pending, gpointer user_data);

GTask *gw_pending_task_new (gpointer object, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);

GwPending *gw_pending_new (GTask *task, guint64 call, GMainContext *context, GwPendingFunc cancelled,
                           gpointer user_data);
const guint64 *gw_pending_get_call (GwPending *pending);
void gw_pending_end (GwPending *pending, JsonNode *value, GError *error);

G_END_DECLS
