/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Something that blocks, done in a thread of its own, which whoever waits for it
 * may leave to itself at any time. */
typedef struct _GwAttempt GwAttempt;

/* In the thread. @data is nobody else's until it is done. */
typedef void (*GwAttemptFunc) (gpointer data, GCancellable *cancellable);

GwAttempt *gw_attempt_start (const char *name, GwAttemptFunc func, gpointer data, GDestroyNotify free_data,
                             GError **error);
void gw_attempt_abandon (GwAttempt *attempt);
int gw_attempt_get_event (GwAttempt *attempt);
gpointer gw_attempt_get_data (GwAttempt *attempt);

G_END_DECLS
