/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-transfer.h"

G_BEGIN_DECLS

/* A copy by guestwire-file-push and guestwire-file-pull. */

void gw_framed_copy_start (GTask *task, int timeout_ms);
gboolean gw_framed_copy_finish (GAsyncResult *result, GError **error);

G_END_DECLS
