/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-time-limit.h"

G_BEGIN_DECLS

/* Runs a script of ours in the guest's shell. It must do no harm when it is
 * run twice. */
void gw_guest_script_async (GwClient *client, const char *script, const char *const *arguments,
                            const GwTimeLimit *limit, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
GBytes *gw_guest_script_finish (GwClient *client, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
