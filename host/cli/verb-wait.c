/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire wait: until an agent answers. */

#include "cli.h"

/* A machine boots in less. */
#define WAIT_MS 60000

/* That it answers is the news; how long that took may be of use. */
static int
tell (Cli *cli, gint64 from_us)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  if (!cli->json)
    return 0;
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "waited-ms");
  json_builder_add_int_value (json, (g_get_monotonic_time () - from_us) / 1000);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

int
verb_wait (Cli *cli, int argc, char **argv)
{
  gint64 from_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, NULL, &argc, &argv, &status))
    return status;
  if (argc != 2)
    return cli_misuse (cli, argc < 2 ? "a domain is missing" : "too many arguments");
  if (!cli_open (cli, argv[1], WAIT_MS, &error))
    return cli_fail (cli, error);
  return tell (cli, from_us);
}
