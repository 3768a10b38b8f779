/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a refusal: {"class": CLASS, "desc": TEXT, "final": BOOL}. It comes
 * from our own module, but guests can say the like, so nothing is assumed. */

#include "gw-refusal.h"

static const struct
{
  const char *name;
  GwError code;
} classes[] = {
  { "connect", GW_ERROR_CONNECT },
  { "busy", GW_ERROR_BUSY },
  /* The text says why nobody can answer: a domain that is paused or off, or
   * has no channel. It is no silence that has to be explained. */
  { "no-answer", GW_ERROR_CONNECT },
  { "no-agent", GW_ERROR_CONNECT },
};

static GwError
code_of (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_strcmp0 (name, classes[i].name) == 0)
      return classes[i].code;
  return GW_ERROR_CONNECT;
}

static JsonNode *
member (JsonNode *data, const char *name, GType type)
{
  JsonNode *node = JSON_NODE_HOLDS_OBJECT (data) ? json_object_get_member (json_node_get_object (data), name) : NULL;

  return node != NULL && json_node_get_value_type (node) == type ? node : NULL;
}

/**
 * gw_refusal_read:
 * @event: an event's name
 * @data: (nullable): its data
 * @final: (out): whether waiting cannot mend it
 *
 * Returns: (transfer full) (nullable): why the channel is refused; %NULL if the
 *   event says something else
 */
GError *
gw_refusal_read (const char *event, JsonNode *data, gboolean *final)
{
  JsonNode *class, *desc, *is_final;

  if (!g_str_equal (event, GW_REFUSAL_EVENT) || data == NULL)
    return NULL;
  class = member (data, "class", G_TYPE_STRING);
  desc = member (data, "desc", G_TYPE_STRING);
  is_final = member (data, "final", G_TYPE_BOOLEAN);
  if (desc == NULL)
    return NULL;
  *final = is_final != NULL && json_node_get_boolean (is_final);
  return g_error_new_literal (GW_ERROR, code_of (class != NULL ? json_node_get_string (class) : NULL),
                              json_node_get_string (desc));
}
