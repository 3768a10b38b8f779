/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all verbs share of the command line. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A day is 86,400 s; more than this is a slip of the finger. */
#define TIMEOUT_MAX_S 2000000.0

/* Valid until the next call. */
const GOptionEntry *
cli_common_options (Cli *cli)
{
  static GOptionEntry entries[3];

  entries[0] = (GOptionEntry){ .long_name = "timeout", .arg = G_OPTION_ARG_DOUBLE, .arg_data = &cli->timeout_s,
                               .description = "Give up after so many seconds in all; 0 for never",
                               .arg_description = "SECONDS" };
  entries[1] = (GOptionEntry){ .long_name = "json", .arg = G_OPTION_ARG_NONE, .arg_data = &cli->json,
                               .description = "Print JSON, in one line" };
  entries[2] = (GOptionEntry){ 0 };
  return entries;
}

gboolean
cli_check_timeout (Cli *cli, GError **error)
{
  if (isfinite (cli->timeout_s) && (cli->timeout_s >= 0 || cli->timeout_s == -1) && cli->timeout_s <= TIMEOUT_MAX_S)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--timeout takes a number of seconds");
  return FALSE;
}

static GOptionContext *
option_context (Cli *cli, const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (cli->verb->usage);
  g_autofree char *summary = g_strconcat (cli->verb->summary, ".", NULL);

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, cli->verb->description);
  g_option_context_add_main_entries (context, cli_common_options (cli), NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

static gboolean
parse (Cli *cli, GOptionContext *context, int *argc, char ***argv, int *status)
{
  g_autoptr (GError) error = NULL;

  if (g_option_context_parse (context, argc, argv, &error) && cli_check_timeout (cli, &error))
    return TRUE;
  *status = cli_misuse (cli, "%s", error->message);
  return FALSE;
}

/* GOption keeps a "--" if an argument behind it begins with "-". */
static void
drop_separator (int *argc, char **argv)
{
  if (*argc < 2 || strcmp (argv[1], "--") != 0)
    return;
  memmove (&argv[1], &argv[2], (*argc - 1) * sizeof (char *));
  (*argc)--;
}

/**
 * cli_parse:
 * @entries: (nullable): the verb's own options
 * @argc: (inout): its command line, beginning with its name
 * @argv: (inout): the same
 * @status: (out): the exit status, on failure
 *
 * Takes the options out of the command line, wherever they stand.
 */
gboolean
cli_parse (Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *status)
{
  g_autoptr (GOptionContext) context = option_context (cli, entries);

  if (!parse (cli, context, argc, argv, status))
    return FALSE;
  cli_start_clock (cli);
  return TRUE;
}

/**
 * cli_parse_until_program:
 *
 * As cli_parse(), but what follows the second word that is no option belongs
 * to a program in the guest. Leaves the name, the first word (an address), and
 * then the program and its arguments.
 */
gboolean
cli_parse_until_program (Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *status)
{
  g_autoptr (GOptionContext) context = option_context (cli, entries);
  int rest;
  char **from;

  g_option_context_set_strict_posix (context, TRUE);
  if (!parse (cli, context, argc, argv, status))
    return FALSE;
  if (*argc >= 2)
    {
      /* The address takes the place of the name. */
      rest = *argc - 1;
      from = *argv + 1;
      if (!parse (cli, context, &rest, &from, status))
        return FALSE;
      drop_separator (&rest, from);
      *argc = rest + 1;
    }
  cli_start_clock (cli);
  return TRUE;
}
