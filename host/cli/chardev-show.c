/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire chardev show: the devices of a machine that runs, and how the other
 * end of each is reached here. */

#include "cli-table.h"

typedef enum
{
  DEVICE,
  TARGET,
  NAME,
  STATE,
  ADDRESS,
  N_COLUMNS
} Column;

static const char *const headings[] = { "DEVICE", "TARGET", "NAME", "STATE", "ADDRESS", NULL };

static const char *
name_of (GwChardev *chardev)
{
  const char *name = gw_chardev_get_target_name (chardev);

  return name != NULL ? name : gw_chardev_get_alias (chardev);
}

static int
print_text (Cli *cli, GPtrArray *list)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  for (guint i = 0; i < list->len; i++)
    {
      GwChardev *chardev = g_ptr_array_index (list, i);
      g_autoptr (GwAddress) address = gw_chardev_to_address (chardev, NULL);
      g_autofree char *none = g_strdup_printf ("(%s)", gw_chardev_get_kind_name (chardev));
      char **row = g_new0 (char *, N_COLUMNS + 1);

      row[DEVICE] = cli_table_cell (gw_chardev_get_device_name (chardev));
      row[TARGET] = cli_table_cell (gw_chardev_get_target_type (chardev));
      row[NAME] = cli_table_cell (name_of (chardev));
      row[STATE] = cli_table_cell (gw_chardev_get_state (chardev));
      row[ADDRESS] = cli_table_cell (address != NULL ? gw_address_to_string (address) : none);
      g_ptr_array_add (rows, row);
    }
  if (list->len == 0)
    cli_complain ("it has no serial port, parallel port, console or channel");
  return cli_print_table (cli, headings, rows);
}

static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  g_autofree char *valid = text != NULL ? g_filename_display_name (text) : NULL;

  json_builder_set_member_name (json, name);
  if (valid != NULL)
    json_builder_add_string_value (json, valid);
  else
    json_builder_add_null_value (json);
}

static int
print_json (Cli *cli, GPtrArray *list)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_array (json);
  for (guint i = 0; i < list->len; i++)
    {
      GwChardev *chardev = g_ptr_array_index (list, i);
      g_autoptr (GError) why = NULL;
      g_autoptr (GwAddress) address = gw_chardev_to_address (chardev, &why);

      json_builder_begin_object (json);
      add_text (json, "device", gw_chardev_get_device_name (chardev));
      add_text (json, "target", gw_chardev_get_target_type (chardev));
      add_text (json, "name", gw_chardev_get_target_name (chardev));
      add_text (json, "alias", gw_chardev_get_alias (chardev));
      add_text (json, "type", gw_chardev_get_kind_name (chardev));
      add_text (json, "state", gw_chardev_get_state (chardev));
      add_text (json, "address", address != NULL ? gw_address_to_string (address) : NULL);
      add_text (json, "why-none", why != NULL ? why->message : NULL);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

static int
show (Cli *cli, const char *domain, const char *qmp_path)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  cli_catch_signals (cli);
  gw_chardev_find_async (domain, qmp_path, cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  list = gw_chardev_find_finish (result, &error);
  cli_release_signals (cli);
  if (list == NULL)
    return cli_fail (cli, error);
  return cli->json ? print_json (cli, list) : print_text (cli, list);
}

int
cli_chardev_show (Cli *cli, int argc, char **argv)
{
  g_autofree char *qmp_path = NULL;
  const GOptionEntry entries[] = {
    { "qmp", 0, 0, G_OPTION_ARG_FILENAME, &qmp_path, "Ask a QEMU at this socket, instead of for a DOMAIN", "PATH" },
    { 0 },
  };
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    return status;
  if (qmp_path == NULL && argc < 2)
    return cli_misuse (cli, "a domain is missing, or --qmp");
  if (argc > (qmp_path != NULL ? 1 : 2))
    return cli_misuse (cli, "too many arguments");
  return show (cli, qmp_path == NULL ? argv[1] : NULL, qmp_path);
}
