/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* Reads members of what a command returned. @command is for the error, which
 * is always GW_ERROR_PROTOCOL. */

gboolean gw_reply_find_int (JsonNode *untrusted_value, const char *name, gint64 *number);
gboolean gw_reply_get_int (JsonNode *untrusted_value, const char *command, const char *name, gint64 *number,
                           GError **error);
gboolean gw_reply_find_boolean (JsonNode *untrusted_value, const char *name, gboolean *boolean);
gboolean gw_reply_get_boolean (JsonNode *untrusted_value, const char *command, const char *name, gboolean *boolean,
                               GError **error);
GBytes *gw_reply_get_bytes (JsonNode *untrusted_value, const char *command, const char *name, GError **error);

G_END_DECLS
