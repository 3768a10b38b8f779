/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"

G_BEGIN_DECLS

/* One blocking function while it waits: the asynchronous function runs on a
 * private main context, and the client lives there meanwhile. */
typedef struct
{
  GwClient *client;
  GMainContext *context;
  GMainContext *home;
  GAsyncResult *result;
} GwBlocking;

void gw_blocking_begin (GwBlocking *blocking, GwClient *client);
void gw_blocking_done (GObject *object, GAsyncResult *result, gpointer blocking);
GAsyncResult *gw_blocking_wait (GwBlocking *blocking);
gboolean gw_blocking_wait_for (GwBlocking *blocking, gboolean (*ready) (gpointer), gpointer user_data,
                               GCancellable *cancellable, GError **error);
void gw_blocking_end (GwBlocking *blocking);

G_END_DECLS
