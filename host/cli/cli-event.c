/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an event says, for people. All of it is a guest's, so nothing is taken
 * for granted, and the caller escapes what comes of it. */

#include "cli-event.h"

#include "cli.h"

/* --- Members ------------------------------------------------------------ */

/* Or "?". */
static const char *
text_of (JsonObject *data, const char *name)
{
  JsonNode *node = json_object_get_member (data, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "?";
}

static gboolean
find_number (JsonObject *data, const char *name, gint64 *number)
{
  JsonNode *node = json_object_get_member (data, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *number = json_node_get_int (node);
  return TRUE;
}

static void
add_number (GString *text, JsonObject *data, const char *name, const char *format)
{
  gint64 number;
  char digits[32];

  if (!find_number (data, name, &number))
    return;
  g_snprintf (digits, sizeof digits, "%" G_GINT64_FORMAT, number);
  for (const char *at = format; *at != '\0'; at++)
    if (*at == '#')
      g_string_append (text, digits);
    else
      g_string_append_c (text, *at);
}

/* --- Kinds -------------------------------------------------------------- */

static void
describe_start (GString *text, JsonObject *data)
{
  g_string_append_printf (text, "version %s", text_of (data, "version"));
}

static void
describe_shutdown (GString *text, JsonObject *data)
{
  if (json_object_has_member (data, "mode"))
    g_string_append (text, text_of (data, "mode"));
}

static void
add_list (GString *text, JsonObject *data, const char *name, char sign)
{
  JsonNode *node = json_object_get_member (data, name);
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    if (json_node_get_value_type (json_array_get_element (list, i)) == G_TYPE_STRING)
      g_string_append_printf (text, " %c%s", sign, json_array_get_string_element (list, i));
}

static void
describe_addresses (GString *text, JsonObject *data)
{
  g_string_append (text, text_of (data, "interface"));
  add_list (text, data, "added", '+');
  add_list (text, data, "removed", '-');
}

static void
describe_login (GString *text, JsonObject *data)
{
  g_string_append_printf (text, "%s at %s", text_of (data, "user"), text_of (data, "line"));
  if (json_object_has_member (data, "host"))
    g_string_append_printf (text, " from %s", text_of (data, "host"));
  add_number (text, data, "pid", " (process #)");
}

static void
describe_memory (GString *text, JsonObject *data)
{
  gint64 available, total;

  if (find_number (data, "available", &available) && find_number (data, "total", &total))
    g_string_append_printf (text, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " MiB are left", available / (1024 * 1024),
                            total / (1024 * 1024));
}

static void
describe_job (GString *text, JsonObject *data)
{
  g_string_append (text, text_of (data, "job"));
  if (json_object_has_member (data, "name"))
    g_string_append_printf (text, " (%s)", text_of (data, "name"));
  add_number (text, data, "exitcode", ", exit status #");
  add_number (text, data, "signal", ", by signal #");
  if (json_object_has_member (data, "lost"))
    g_string_append (text, ", nobody knows how");
}

static void
describe_file_systems (GString *text, JsonObject *data)
{
  add_number (text, data, "count", "# file systems");
}

static const struct
{
  const char *name;
  void (*describe) (GString *text, JsonObject *data);
} kinds[] = {
  { "agent-started", describe_start },
  { "shutdown-begun", describe_shutdown },
  { "addresses-changed", describe_addresses },
  { "user-logged-in", describe_login },
  { "user-logged-out", describe_login },
  { "memory-low", describe_memory },
  { "job-ended", describe_job },
  { "filesystems-frozen", describe_file_systems },
  { "filesystems-thawed", describe_file_systems },
};

gboolean
cli_event_is_known (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, name))
      return TRUE;
  return FALSE;
}

/**
 * cli_event_describe:
 * @untrusted_data: an object
 *
 * Returns: (transfer full): its name and what it says. Of one that is not
 *   known, as a newer agent's, the data themselves
 */
char *
cli_event_describe (const char *untrusted_name, JsonNode *untrusted_data)
{
  GString *text = g_string_new (NULL);
  g_autofree char *json = NULL;

  g_string_append_printf (text, "%-18s ", untrusted_name);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, untrusted_name))
      {
        kinds[i].describe (text, json_node_get_object (untrusted_data));
        return g_strchomp (g_string_free (text, FALSE));
      }
  json = gw_json_to_string (untrusted_data, FALSE);
  g_string_append (text, json);
  return g_string_free (text, FALSE);
}
