/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-xenstore-wire.h"

G_BEGIN_DECLS

/* Xen's store, from the loop: requests are answered one after another, and
 * changes are told. A store that goes away is looked for again; what is
 * watched is watched again, and told of at once. */
typedef struct _GwXenstore GwXenstore;
typedef struct _GwXenstoreWatch GwXenstoreWatch;

/* @reply: what came, or NULL with @problem, an errno, set. */
typedef void (*GwXenstoreReplyFunc) (const GwXenstoreMessage *reply, int problem, gpointer data);

/* Something at the watched path or below it has changed, or may have. */
typedef void (*GwXenstoreWatchFunc) (gpointer data);

GwXenstore *gw_xenstore_new (GError **error);
void gw_xenstore_free (GwXenstore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwXenstore, gw_xenstore_free)

gboolean gw_xenstore_ask (GwXenstore *store, GwXenstoreType type, const char *path, GwXenstoreReplyFunc func,
                          gpointer data);
GwXenstoreWatch *gw_xenstore_watch (GwXenstore *store, const char *path, GwXenstoreWatchFunc func, gpointer data);
void gw_xenstore_unwatch (GwXenstore *store, GwXenstoreWatch *watch);
void gw_xenstore_forget (GwXenstore *store, gpointer data);

G_END_DECLS
