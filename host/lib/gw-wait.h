/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A task of the program that waits for something, for so long at most. */
typedef struct _GwWait GwWait;

/* It was cancelled, or its time is up: to be ended with gw_wait_end(). @why
 * belongs to the receiver. */
typedef void (*GwWaitFunc) (GwWait *wait, GError *why, gpointer user_data);

GwWait *gw_wait_new (GTask *task, int timeout_ms, GwWaitFunc over, gpointer user_data);
void gw_wait_end (GwWait *wait, GError *error);
gboolean gw_wait_finish (GAsyncResult *result, GError **error);

G_END_DECLS
