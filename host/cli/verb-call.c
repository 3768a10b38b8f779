/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire call: one command of the agent, as it is. */

#include "cli.h"

#include <string.h>

/* A value that is JSON is taken as such. Only objects and arrays are sure to
 * be texts of their own for every parser, so it is looked at inside of one. */
static JsonNode *
parse_value (const char *text)
{
  g_autofree char *wrapped = g_strdup_printf ("[%s]", text);
  g_autoptr (JsonNode) root = gw_json_parse (wrapped, -1, NULL);
  JsonNode *string;

  if (root != NULL && json_array_get_length (json_node_get_array (root)) == 1)
    return json_array_dup_element (json_node_get_array (root), 0);
  string = json_node_new (JSON_NODE_VALUE);
  json_node_set_string (string, text);
  return string;
}

static JsonNode *
parse_pairs (Cli *cli, int count, char **words, int *status)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonNode *root;

  for (int i = 0; i < count; i++)
    {
      const char *equals = strchr (words[i], '=');
      g_autofree char *name = NULL;

      if (equals == NULL || equals == words[i])
        {
          *status = cli_misuse (cli, "'%s' is not KEY=VALUE", words[i]);
          return NULL;
        }
      if (!g_utf8_validate (words[i], -1, NULL))
        {
          *status = cli_misuse (cli, "'%s' is no valid UTF-8", words[i]);
          return NULL;
        }
      name = g_strndup (words[i], equals - words[i]);
      if (json_object_has_member (object, name))
        {
          *status = cli_misuse (cli, "'%s' is given twice", name);
          return NULL;
        }
      json_object_set_member (object, name, parse_value (equals + 1));
    }
  root = json_node_new (JSON_NODE_OBJECT);
  json_node_set_object (root, object);
  return root;
}

static JsonNode *
parse_object (Cli *cli, const char *text, int *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = gw_json_parse (text, -1, &error);

  if (root == NULL)
    *status = cli_misuse (cli, "the arguments are no JSON: %s", error->message);
  else if (!JSON_NODE_HOLDS_OBJECT (root))
    *status = cli_misuse (cli, "the arguments must be a JSON object");
  else
    return g_steal_pointer (&root);
  return NULL;
}

static gboolean
looks_like_json (const char *text)
{
  char first = text[strspn (text, " \t\r\n")];

  return first == '{' || first == '[' || first == '"';
}

int
verb_call (Cli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) arguments = NULL;
  g_autoptr (JsonNode) value = NULL;
  int status;

  if (!cli_parse (cli, NULL, &argc, &argv, &status))
    return status;
  if (argc < 3)
    return cli_misuse (cli, argc < 2 ? "a domain is missing" : "a command is missing");
  if (!g_utf8_validate (argv[2], -1, NULL))
    return cli_misuse (cli, "the command's name is no valid UTF-8");
  if (argc == 4 && looks_like_json (argv[3]))
    arguments = parse_object (cli, argv[3], &status);
  else
    arguments = parse_pairs (cli, argc - 3, argv + 3, &status);
  if (arguments == NULL)
    return status;

  if (!cli_open (cli, argv[1], GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  value = cli_call (cli, argv[2], argc > 3 ? arguments : NULL, &error);
  if (value == NULL)
    return cli_fail (cli, error);
  cli_release_signals (cli);
  return cli_print_json (cli, value);
}
