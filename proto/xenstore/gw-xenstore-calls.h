/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A connection to Xen's store for one thing after another, each of which
 * blocks until it is answered or its time is up. */
typedef struct _GwXenstoreCalls GwXenstoreCalls;

GwXenstoreCalls *gw_xenstore_calls_new (guint timeout_ms, GError **error);
void gw_xenstore_calls_free (GwXenstoreCalls *calls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwXenstoreCalls, gw_xenstore_calls_free)

char *gw_xenstore_calls_read (GwXenstoreCalls *calls, const char *path, GError **error);
char **gw_xenstore_calls_list (GwXenstoreCalls *calls, const char *path, GError **error);
gboolean gw_xenstore_calls_lets_write (GwXenstoreCalls *calls, const char *path, guint domain, gboolean *lets,
                                       GError **error);

G_END_DECLS
