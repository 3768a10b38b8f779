/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire info: the agent, its guest and its commands. An agent may lack or
 * block any command asked for here; then that part is missing. */

#include "cli.h"

#include <string.h>

/* What is known, each NULL if the agent does not say. */
typedef struct
{
  JsonNode *agent; /* guest-info */
  JsonNode *os;    /* guest-get-osinfo */
  JsonNode *host;  /* guest-get-host-name */
} Known;

static void
known_clear (Known *known)
{
  g_clear_pointer (&known->agent, json_node_unref);
  g_clear_pointer (&known->os, json_node_unref);
  g_clear_pointer (&known->host, json_node_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Known, known_clear)

/* Returns FALSE only if the agent cannot be asked any more. */
static gboolean
ask (Cli *cli, const char *command, JsonNode **value, GError **error)
{
  g_autoptr (GError) refusal = NULL;

  *value = cli_call (cli, command, NULL, &refusal);
  if (*value != NULL || g_error_matches (refusal, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND)
      || g_error_matches (refusal, GW_ERROR, GW_ERROR_DENIED) || g_error_matches (refusal, GW_ERROR, GW_ERROR_GUEST))
    {
      if (*value != NULL && !JSON_NODE_HOLDS_OBJECT (*value))
        g_clear_pointer (value, json_node_unref);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&refusal));
  return FALSE;
}

/* A string member as text for a terminal, or NULL. */
static char *
text_member (JsonNode *untrusted_value, const char *name)
{
  JsonNode *member = NULL;

  if (untrusted_value != NULL)
    member = json_object_get_member (json_node_get_object (untrusted_value), name);
  if (member == NULL || json_node_get_value_type (member) != G_TYPE_STRING)
    return NULL;
  return cli_escape (json_node_get_string (member), -1);
}

static void
add_line (GString *text, const char *label, JsonNode *untrusted_value, const char *name)
{
  g_autofree char *safe = text_member (untrusted_value, name);

  if (safe != NULL)
    g_string_append_printf (text, "%-10s %s\n", label, safe);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
add_names (GString *text, const char *label, GPtrArray *names)
{
  if (names->len == 0)
    return;
  g_ptr_array_sort (names, compare_names);
  g_string_append_printf (text, "%s (%u)\n", label, names->len);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (text, "  %s\n", (char *) g_ptr_array_index (names, i));
}

static JsonArray *
command_array (JsonNode *untrusted_agent)
{
  JsonNode *member = NULL;

  if (untrusted_agent != NULL)
    member = json_object_get_member (json_node_get_object (untrusted_agent), "supported_commands");
  return member != NULL && JSON_NODE_HOLDS_ARRAY (member) ? json_node_get_array (member) : NULL;
}

static void
add_commands (GString *text, JsonNode *untrusted_agent)
{
  g_autoptr (GPtrArray) enabled = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) blocked = g_ptr_array_new_with_free_func (g_free);
  JsonArray *array = command_array (untrusted_agent);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *command = json_array_get_element (array, i);
      g_autofree char *name = NULL;
      JsonNode *on;

      if (!JSON_NODE_HOLDS_OBJECT (command))
        continue;
      name = text_member (command, "name");
      on = json_object_get_member (json_node_get_object (command), "enabled");
      if (name == NULL)
        continue;
      if (on != NULL && json_node_get_value_type (on) == G_TYPE_BOOLEAN && !json_node_get_boolean (on))
        g_ptr_array_add (blocked, g_steal_pointer (&name));
      else
        g_ptr_array_add (enabled, g_steal_pointer (&name));
    }
  add_names (text, "commands", enabled);
  add_names (text, "blocked", blocked);
}

static int
print_text (Cli *cli, const char *address, const Known *known)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%-10s %s\n", "address", address);
  add_line (text, "agent", known->agent, "version");
  add_line (text, "host name", known->host, "host-name");
  add_line (text, "system", known->os, "pretty-name");
  add_line (text, "kernel", known->os, "kernel-release");
  add_line (text, "machine", known->os, "machine");
  add_commands (text, known->agent);
  return cli_print (cli, text->str);
}

/* What the agent said, each part under the command's name. */
static int
print_json (Cli *cli, const char *address, const Known *known)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  const struct
  {
    const char *name;
    JsonNode *value;
  } parts[] = {
    { "guest-info", known->agent },
    { "guest-get-osinfo", known->os },
    { "guest-get-host-name", known->host },
  };

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "address");
  json_builder_add_string_value (json, address);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      json_builder_set_member_name (json, parts[i].name);
      if (parts[i].value != NULL)
        json_builder_add_value (json, json_node_copy (parts[i].value));
      else
        json_builder_add_null_value (json);
    }
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

int
verb_info (Cli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (Known) known = { 0 };
  g_autofree char *address = NULL;
  int status;

  if (!cli_parse (cli, NULL, &argc, &argv, &status))
    return status;
  if (argc != 2)
    return cli_misuse (cli, argc < 2 ? "a domain is missing" : "too many arguments");
  if (!cli_open (cli, argv[1], GW_TIMEOUT_DEFAULT, &error) || !ask (cli, "guest-info", &known.agent, &error)
      || !ask (cli, "guest-get-osinfo", &known.os, &error) || !ask (cli, "guest-get-host-name", &known.host, &error))
    return cli_fail (cli, error);
  cli_release_signals (cli);
  address = cli_escape (argv[1], -1);
  return cli->json ? print_json (cli, address, &known) : print_text (cli, address, &known);
}
