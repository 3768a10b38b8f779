/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-framed-work.h"

G_BEGIN_DECLS

void gw_framed_result_tell (GwTransfer *transfer, GwFramedWork *work, JsonNode *untrusted_value, GError **failure);

G_END_DECLS
