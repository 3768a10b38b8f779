/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs, for the verbs that have to do with them. */

#include "cli-job.h"

#include "cli-live.h"

/* How long an agent may be away that is restarted or upgraded. */
#define AWAY_MS 60000

/* Says what to do where an agent has no jobs. */
int
cli_job_fail (Cli *cli, const GError *error)
{
  int status = cli_fail (cli, error);

  if (g_error_matches (error, GW_ERROR, GW_ERROR_UNSUPPORTED))
    cli_complain ("guestwire-agent has jobs; with any agent, 'guestwire exec --keep' runs a program that goes on when "
                  "this command is interrupted");
  return status;
}

/* Opens the run's client for jobs; FALSE if it cannot be, which is told later. */
gboolean
cli_job_open (Cli *cli, const char *domain)
{
  g_autoptr (GError) error = NULL;

  cli->wants_frames = TRUE;
  if (cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return TRUE;
  cli_fail (cli, error);
  return FALSE;
}

/* A job outlives the agent that was lost. */
gboolean
cli_job_open_again (Cli *cli, const GError *lost, GError **error)
{
  cli_complain (g_error_matches (lost, GW_ERROR, GW_ERROR_PEER_RESTARTED)
                    ? "the agent was restarted; the job goes on, and so does this"
                    : "the agent is gone; the job goes on, and this waits for an agent to come back");
  return cli_open_again (cli, cli_time_left_ms (cli, AWAY_MS), error);
}

/* An agent that was killed says nothing, and nor does a job that prints nothing;
 * so that somebody who waits for one does not wait in vain, it is asked. */
#define ASK_S 5

static gboolean
on_ask (gpointer user_data)
{
  Cli *cli = user_data;

  if (gw_client_get_state (cli->client) == GW_CLIENT_OPEN)
    gw_client_call_async (cli->client, "guest-ping", NULL, GW_TIMEOUT_DEFAULT, NULL, NULL, NULL);
  return G_SOURCE_CONTINUE;
}

/* Returns: a source to be removed when nobody waits any more */
guint
cli_job_keep_asking (Cli *cli)
{
  return g_timeout_add_seconds (ASK_S, on_ask, cli);
}

static int
print_started (Cli *cli, GwJob *job)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  if (!cli->json)
    {
      g_autofree char *id = cli_escape (gw_job_get_id (job), -1);
      g_autofree char *line = g_strconcat (id, "\n", NULL);

      return cli_print (cli, line);
    }
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "job");
  json_builder_add_string_value (json, gw_job_get_id (job));
  json_builder_set_member_name (json, "pid");
  json_builder_add_int_value (json, gw_job_get_pid (job));
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

int
cli_job_start (Cli *cli, GwProcess *process, const char *name)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GwJob) job = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  gw_job_start_async (process, name, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done,
                      &step);
  result = cli_step_wait (&step);
  job = gw_job_start_finish (result, &error);
  if (job != NULL)
    return print_started (cli, job);
  status = cli_job_fail (cli, error);
  return gw_process_get_exit_status (process) > 0 ? cli_exit_status (process) : status;
}

/* As a shell counts. */
int
cli_job_exit_status (GwJob *job)
{
  if (gw_job_get_signal (job) != 0)
    return 128 + gw_job_get_signal (job);
  return MIN (gw_job_get_exit_status (job), 255);
}
