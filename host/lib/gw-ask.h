/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-time-limit.h"

G_BEGIN_DECLS

/* A call that does no harm when it is made twice, made until it is answered. */
void gw_ask_async (GwClient *client, const char *command, JsonNode *arguments, const GwTimeLimit *limit,
                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
JsonNode *gw_ask_finish (GwClient *client, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean gw_ask_is_unanswered (const GError *error);

G_END_DECLS
