/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-framed-work.h"

G_BEGIN_DECLS

/* What is said of a copy to the thread that has the file, and to the guest. */

gboolean gw_framed_order_check (GwTransfer *transfer, GwFramedWork *work, struct stat *status, GError **error);
JsonNode *gw_framed_order_build (GwTransfer *transfer, const GwFramedWork *work, const struct stat *status);

G_END_DECLS
