/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire shell: a login in the guest, as with ssh. */

#include <unistd.h>

#include "cli-live.h"

typedef struct
{
  char *user;
  gboolean terminal;
  char *escape;
  CliKeys keys;
} Options;

/* @words: of a command; none for a login */
static int
shell (Cli *cli, const char *domain, char **words, const Options *options)
{
  const CliLive how = { .input = TRUE,
                        .terminal = options->terminal || (*words == NULL && isatty (STDIN_FILENO)),
                        .keys = options->keys };
  g_autofree char *command = *words != NULL ? g_strjoinv (" ", words) : NULL;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  cli->wants_frames = TRUE;
  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  process = gw_process_new_shell (cli->client, command);
  gw_process_set_user (process, options->user);
  return cli_live_run (cli, process, &how);
}

int
verb_shell (Cli *cli, int argc, char **argv)
{
  Options options = { NULL };
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_FILENAME, &options.user, "Log in as this user of the guest (root if not said)",
      "USER" },
    { "tty", 't', 0, G_OPTION_ARG_NONE, &options.terminal, "Give a COMMAND a terminal too", NULL },
    { "escape", 0, 0, G_OPTION_ARG_STRING, &options.escape, "What begins an escape at a terminal (~ if not said)",
      "CHAR|none" },
    { 0 },
  };
  int status;

  if (!cli_parse_until_program (cli, entries, &argc, &argv, &status))
    ;
  else if (argc < 2)
    status = cli_misuse (cli, "a domain is missing");
  else if (!cli_keys_read_escape (&options.keys, options.escape))
    status = cli_misuse (cli, "--escape takes a character, ^ and a letter, or none");
  else if (cli->json)
    status = cli_misuse (cli, "a shell prints no JSON");
  else
    status = shell (cli, argv[1], argv + 2, &options);
  g_free (options.user);
  g_free (options.escape);
  return status;
}
