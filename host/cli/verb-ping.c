/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire ping: does an agent answer, and how fast? */

#include "cli.h"

#define INTERVAL_MS 1000

static int
print_answer (Cli *cli, double ms)
{
  g_autofree char *line = g_strdup_printf ("answered in %.*f ms\n", ms < 10 ? 2 : ms < 100 ? 1 : 0, ms);

  return cli_print (cli, line);
}

static int
ping_once (Cli *cli, JsonBuilder *json)
{
  gint64 from_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = cli_call (cli, "guest-ping", NULL, &error);
  double ms = (g_get_monotonic_time () - from_us) / 1000.0;

  if (value == NULL)
    return cli_fail (cli, error);
  json_builder_add_double_value (json, ms);
  return cli->json ? 0 : print_answer (cli, ms);
}

static int
ping (Cli *cli, int count)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  int status = 0;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "round-trip-ms");
  json_builder_begin_array (json);
  for (int i = 0; i < count && status == 0; i++)
    {
      if (i > 0 && !cli_sleep (cli, INTERVAL_MS))
        return 128 + cli->signal;
      status = ping_once (cli, json);
    }
  json_builder_end_array (json);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli->json && status == 0 ? cli_print_json (cli, root) : status;
}

int
verb_ping (Cli *cli, int argc, char **argv)
{
  int count = 1;
  const GOptionEntry entries[] = {
    { "count", 'c', 0, G_OPTION_ARG_INT, &count, "Ask so many times, a second apart", "COUNT" },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    return status;
  if (argc != 2)
    return cli_misuse (cli, argc < 2 ? "a domain is missing" : "too many arguments");
  if (count < 1)
    return cli_misuse (cli, "--count takes a number from 1 on");
  if (!cli_open (cli, argv[1], GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  return ping (cli, count);
}
