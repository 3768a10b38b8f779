/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire attach: shows what a job prints. It is attached to again, where it
 * was left, when the agent is restarted meanwhile. */

#include "cli-job.h"
#include "cli-live.h"

#include <string.h>

static int
attach (Cli *cli, const char *domain, const char *id, gint64 from)
{
  g_autofree char *hint = g_strdup_printf ("the job goes on: 'guestwire attach %s %s' comes back to it, 'guestwire kill "
                                           "%s %s' ends it", domain, id, domain, id);
  g_autoptr (GwJob) job = NULL;
  gint64 places[2] = { from, from };
  int status = -1;

  if (!cli_job_open (cli, domain))
    return cli->signal != 0 ? 128 + cli->signal : cli->verb->failed;
  job = gw_job_new (cli->client, id);
  while (status < 0)
    {
      g_autoptr (GwProcess) process = gw_job_attach (job, places[0], places[1]);
      g_autoptr (GError) lost = NULL;
      g_autoptr (GError) error = NULL;

      status = cli_live_attach (cli, process, hint, &lost);
      if (status >= 0)
        break;
      if (gw_process_get_stdout_pipe (process) != NULL)
        {
          places[0] = gw_process_get_output_position (process);
          places[1] = gw_process_get_errors_position (process);
        }
      cli_catch_signals (cli);
      if (!cli_job_open_again (cli, lost, &error))
        status = cli_fail (cli, error);
    }
  return status;
}

int
verb_attach (Cli *cli, int argc, char **argv)
{
  char *from = NULL;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from, "Begin with all that is kept, as without this, or with what comes now",
      "start|end" },
    { 0 },
  };
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    ;
  else if (argc != 3)
    status = cli_misuse (cli, argc < 2 ? "a domain is missing" : argc < 3 ? "a job is missing" : "too many arguments");
  else if (from != NULL && strcmp (from, "start") != 0 && strcmp (from, "end") != 0)
    status = cli_misuse (cli, "--from takes start or end, not '%s'", from);
  else
    status = attach (cli, argv[1], argv[2], g_strcmp0 (from, "end") == 0 ? GW_JOB_FROM_END : 0);
  g_free (from);
  return status;
}
