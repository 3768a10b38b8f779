/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"

G_BEGIN_DECLS

#define GW_TYPE_FOLLOWER (gw_follower_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwFollower, gw_follower, GW, FOLLOWER, GObject)

GW_PUBLIC
GwFollower *gw_follower_new (GwClient *client) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
void gw_follower_set_names (GwFollower *follower, const char *const *names);
GW_PUBLIC
void gw_follower_set_after (GwFollower *follower, const char *instance, guint64 number);

GW_PUBLIC
void gw_follower_start_async (GwFollower *follower, int timeout_ms, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
gboolean gw_follower_start_finish (GwFollower *follower, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_follower_start (GwFollower *follower, int timeout_ms, GCancellable *cancellable, GError **error);
GW_PUBLIC
void gw_follower_stop (GwFollower *follower);

GW_PUBLIC
GwClient *gw_follower_get_client (GwFollower *follower);
GW_PUBLIC
const char *gw_follower_get_instance (GwFollower *follower);
GW_PUBLIC
guint64 gw_follower_get_number (GwFollower *follower);

G_END_DECLS
