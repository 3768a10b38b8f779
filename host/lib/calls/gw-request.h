/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

GBytes *gw_request_build (const char *command, JsonNode *arguments, JsonNode *id, GError **error);

G_END_DECLS
