/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an agent returned has been parsed within bounds and nothing more: here
 * its members get their types. Knows no command. */

#include "gw-reply.h"

#include <string.h>

static JsonNode *
member (JsonNode *untrusted_value, const char *name)
{
  if (!JSON_NODE_HOLDS_OBJECT (untrusted_value))
    return NULL;
  return json_object_get_member (json_node_get_object (untrusted_value), name);
}

static gboolean
has_type (JsonNode *untrusted_node, GType type)
{
  return untrusted_node != NULL && JSON_NODE_HOLDS_VALUE (untrusted_node)
         && json_node_get_value_type (untrusted_node) == type;
}

static void
set_missing (GError **error, const char *command, const char *name, const char *type)
{
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "%s: the agent's answer has no %s '%s'", command, type, name);
}

/* Leaves @number alone if there is no such number. */
gboolean
gw_reply_find_int (JsonNode *untrusted_value, const char *name, gint64 *number)
{
  JsonNode *node = member (untrusted_value, name);

  if (!has_type (node, G_TYPE_INT64))
    return FALSE;
  *number = json_node_get_int (node);
  return TRUE;
}

gboolean
gw_reply_get_int (JsonNode *untrusted_value, const char *command, const char *name, gint64 *number, GError **error)
{
  if (gw_reply_find_int (untrusted_value, name, number))
    return TRUE;
  set_missing (error, command, name, "number");
  return FALSE;
}

/* Leaves @boolean alone if there is no such one. */
gboolean
gw_reply_find_boolean (JsonNode *untrusted_value, const char *name, gboolean *boolean)
{
  JsonNode *node = member (untrusted_value, name);

  if (!has_type (node, G_TYPE_BOOLEAN))
    return FALSE;
  *boolean = json_node_get_boolean (node);
  return TRUE;
}

gboolean
gw_reply_get_boolean (JsonNode *untrusted_value, const char *command, const char *name, gboolean *boolean,
                      GError **error)
{
  if (gw_reply_find_boolean (untrusted_value, name, boolean))
    return TRUE;
  set_missing (error, command, name, "boolean");
  return FALSE;
}

/* g_base64_decode() skips what it does not know, and that would be silent
 * loss. */
static gboolean
is_base64 (const char *text)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  gsize length = strlen (text);
  gsize letters = strspn (text, alphabet);

  return length % 4 == 0 && length - letters <= 2 && strspn (text + letters, "=") == length - letters;
}

/**
 * gw_reply_get_bytes:
 * @name: a member that holds base64; a missing one holds no bytes
 *
 * Returns: (transfer full): the bytes, or %NULL with %GW_ERROR_PROTOCOL set if
 *   it is not wholly base64
 */
GBytes *
gw_reply_get_bytes (JsonNode *untrusted_value, const char *command, const char *name, GError **error)
{
  JsonNode *node = member (untrusted_value, name);
  const char *text = "";
  gsize length;
  guchar *data;

  if (has_type (node, G_TYPE_STRING))
    text = json_node_get_string (node);
  else if (node != NULL)
    {
      set_missing (error, command, name, "string");
      return NULL;
    }
  if (!is_base64 (text))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "%s: the agent's answer has a '%s' that is no base64", command,
                   name);
      return NULL;
    }
  data = g_base64_decode (text, &length);
  return g_bytes_new_take (data, length);
}
