/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-json.h"

G_BEGIN_DECLS

void gw_json_append (GString *text, JsonNode *node);

G_END_DECLS
