/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Lets a time pass, unless it is cancelled. */
void gw_pause_async (gpointer object, guint ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data);
gboolean gw_pause_finish (GAsyncResult *result, GError **error);

G_END_DECLS
