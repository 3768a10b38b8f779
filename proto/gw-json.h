/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

GW_PUBLIC JsonNode *gw_json_parse (const char *text, gssize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC char *gw_json_to_string (JsonNode *node, gboolean pretty);

G_END_DECLS
