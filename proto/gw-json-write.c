/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes JSON values as text. json-glib's generator is not used: up to 1.6 it
 * writes a double of 1e92 as `1e+92.0`, which is no JSON, and it takes strings
 * a byte at a time. Knows no message. */

#include "gw-json-write.h"

#include <string.h>

static void
write_string (GString *text, const char *string)
{
  const char *plain = string;

  g_string_append_c (text, '"');
  for (const char *at = string;; at++)
    {
      guchar c = *at;

      if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
        continue;
      g_string_append_len (text, plain, at - plain);
      plain = at + 1;
      if (c == '\0')
        break;
      switch (c)
        {
        case '"':
        case '\\':
          g_string_append_c (text, '\\');
          g_string_append_c (text, c);
          break;
        case '\n':
          g_string_append (text, "\\n");
          break;
        case '\r':
          g_string_append (text, "\\r");
          break;
        case '\t':
          g_string_append (text, "\\t");
          break;
        default:
          g_string_append_printf (text, "\\u%04x", c);
          break;
        }
    }
  g_string_append_c (text, '"');
}

static void
write_double (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (digits, sizeof digits, value);
  g_string_append (text, digits);
  /* Otherwise it would come back as an integer. */
  if (strpbrk (digits, ".e") == NULL)
    g_string_append (text, ".0");
}

static void
write_scalar (GString *text, JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      write_string (text, json_node_get_string (node));
      break;
    case G_TYPE_INT64:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
      break;
    case G_TYPE_DOUBLE:
      write_double (text, json_node_get_double (node));
      break;
    case G_TYPE_BOOLEAN:
      g_string_append (text, json_node_get_boolean (node) ? "true" : "false");
      break;
    default:
      g_string_append (text, "null");
      break;
    }
}

/* @indent: 0 for one line; otherwise one more than the depth. */
static void
start_line (GString *text, guint indent)
{
  if (indent == 0)
    return;
  g_string_append_c (text, '\n');
  for (guint i = 1; i < indent; i++)
    g_string_append (text, "  ");
}

static void write_node (GString *text, JsonNode *node, guint indent);

static void
write_object (GString *text, JsonObject *object, guint indent)
{
  guint inner = indent == 0 ? 0 : indent + 1;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  gboolean first = TRUE;

  g_string_append_c (text, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    {
      if (!first)
        g_string_append_c (text, ',');
      first = FALSE;
      start_line (text, inner);
      write_string (text, name);
      g_string_append (text, indent == 0 ? ":" : ": ");
      write_node (text, value, inner);
    }
  if (!first)
    start_line (text, indent);
  g_string_append_c (text, '}');
}

static void
write_array (GString *text, JsonArray *array, guint indent)
{
  guint inner = indent == 0 ? 0 : indent + 1;
  guint length = json_array_get_length (array);

  g_string_append_c (text, '[');
  for (guint i = 0; i < length; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      start_line (text, inner);
      write_node (text, json_array_get_element (array, i), inner);
    }
  if (length > 0)
    start_line (text, indent);
  g_string_append_c (text, ']');
}

static void
write_node (GString *text, JsonNode *node, guint indent)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      write_object (text, json_node_get_object (node), indent);
      break;
    case JSON_NODE_ARRAY:
      write_array (text, json_node_get_array (node), indent);
      break;
    case JSON_NODE_VALUE:
      write_scalar (text, node);
      break;
    case JSON_NODE_NULL:
    default:
      g_string_append (text, "null");
      break;
    }
}

/**
 * gw_json_append:
 * @text: where to
 * @node: a value whose strings are valid UTF-8
 *
 * Appends the value in one line.
 */
void
gw_json_append (GString *text, JsonNode *node)
{
  write_node (text, node, 0);
}

/**
 * gw_json_to_string:
 * @node: a value whose strings are valid UTF-8
 * @pretty: whether to break it into indented lines
 *
 * Writes a value as JSON text. Control characters, DEL among them, are
 * escaped.
 *
 * Returns: (transfer full): the text, without a newline at its end
 *
 * Since: 0.1
 */
char *
gw_json_to_string (JsonNode *node, gboolean pretty)
{
  GString *text = g_string_new (NULL);

  write_node (text, node, pretty ? 1 : 0);
  return g_string_free (text, FALSE);
}
