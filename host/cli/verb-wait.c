/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire wait: until an agent answers. */

#include "cli.h"

/* A machine boots in less. */
#define WAIT_MS 60000

int
verb_wait (Cli *cli, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, NULL, &argc, &argv, &status))
    return status;
  if (argc != 2)
    return cli_misuse (cli, argc < 2 ? "an address is missing" : "too many arguments");
  if (!cli_open (cli, argv[1], WAIT_MS, &error))
    return cli_fail (cli, error);
  return 0;
}
