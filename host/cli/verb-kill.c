/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire kill: sends a signal to jobs. */

#include "cli-job.h"

#include <signal.h>

static const struct
{
  const char *name;
  int number;
} names[] = {
  { "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "ABRT", SIGABRT }, { "KILL", SIGKILL },
  { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
  { "CONT", SIGCONT }, { "STOP", SIGSTOP }, { "TSTP", SIGTSTP }, { "WINCH", SIGWINCH },
};

/* Returns: 0 if it is none */
static int
find_signal (const char *text)
{
  const char *name = g_ascii_strncasecmp (text, "SIG", 3) == 0 ? text + 3 : text;
  guint64 number;

  if (g_ascii_string_to_unsigned (text, 10, 1, 64, &number, NULL))
    return (int) number;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i].name) == 0)
      return names[i].number;
  return 0;
}

static int
send_signal (Cli *cli, const char *id, int number)
{
  CliStep step = { .cli = cli };
  g_autoptr (GwJob) job = gw_job_new (cli->client, id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  gw_job_send_signal_async (job, number, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done,
                            &step);
  result = cli_step_wait (&step);
  return gw_job_send_signal_finish (job, result, &error) ? 0 : cli_job_fail (cli, error);
}

/* One that fails does not spare the others. */
static int
kill_jobs (Cli *cli, const char *domain, char *const *ids, int number)
{
  int status = 0;

  if (!cli_job_open (cli, domain))
    return cli->signal != 0 ? 128 + cli->signal : cli->verb->failed;
  for (; *ids != NULL && cli->signal == 0; ids++)
    {
      int failed = send_signal (cli, *ids, number);

      status = failed != 0 ? failed : status;
    }
  return status;
}

int
verb_kill (Cli *cli, int argc, char **argv)
{
  char *signal_name = NULL;
  const GOptionEntry entries[] = {
    { "signal", 's', 0, G_OPTION_ARG_STRING, &signal_name, "Send this one, by its name or number", "SIGNAL" },
    { 0 },
  };
  int number, status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    {
      g_free (signal_name);
      return status;
    }
  number = signal_name != NULL ? find_signal (signal_name) : SIGTERM;
  if (argc < 3)
    status = cli_misuse (cli, argc < 2 ? "a domain is missing" : "a job is missing");
  else if (number == 0)
    status = cli_misuse (cli, "there is no signal '%s'", signal_name);
  else
    status = kill_jobs (cli, argv[1], argv + 2, number);
  g_free (signal_name);
  return status;
}
