/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire wait: until an agent answers, or jobs have ended. */

#include "cli-job.h"

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

/* --- Jobs --------------------------------------------------------------- */

/* Returns whether it has ended; its agent may be restarted meanwhile. */
static gboolean
wait_for_job (Cli *cli, GwJob *job, GError **error)
{
  for (;;)
    {
      CliStep step = { .cli = cli };
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) lost = NULL;

      gw_job_wait_async (job, cli_time_left_ms (cli, GW_TIMEOUT_NONE), cli->cancellable, cli_step_done, &step);
      result = cli_step_wait (&step);
      if (gw_job_wait_finish (job, result, &lost))
        return TRUE;
      if (!g_error_matches (lost, GW_ERROR, GW_ERROR_PEER_LOST)
          && !g_error_matches (lost, GW_ERROR, GW_ERROR_PEER_RESTARTED))
        {
          g_propagate_error (error, g_steal_pointer (&lost));
          return FALSE;
        }
      if (!cli_job_open_again (cli, lost, error))
        return FALSE;
    }
}

static void
add_end (JsonBuilder *json, GwJob *job)
{
  gboolean killed = gw_job_get_signal (job) != 0;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "job");
  json_builder_add_string_value (json, gw_job_get_id (job));
  json_builder_set_member_name (json, killed ? "signal" : "exitcode");
  json_builder_add_int_value (json, killed ? gw_job_get_signal (job) : gw_job_get_exit_status (job));
  json_builder_end_object (json);
}

static int
print_ends (Cli *cli, JsonBuilder *json)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_array (json);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli->json ? cli_print_json (cli, root) : 0;
}

static int
wait_for_jobs (Cli *cli, const char *domain, char *const *ids)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  guint asking;
  int status = 0;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "jobs");
  json_builder_begin_array (json);
  if (!cli_job_open (cli, domain))
    return cli->signal != 0 ? 128 + cli->signal : cli->verb->failed;
  asking = cli_job_keep_asking (cli);
  for (; *ids != NULL; ids++)
    {
      g_autoptr (GwJob) job = gw_job_new (cli->client, *ids);
      g_autoptr (GError) error = NULL;

      if (!wait_for_job (cli, job, &error))
        {
          g_source_remove (asking);
          return cli_job_fail (cli, error);
        }
      add_end (json, job);
      status = cli_job_exit_status (job);
    }
  g_source_remove (asking);
  return print_ends (cli, json) != 0 ? cli->verb->failed : status;
}

int
verb_wait (Cli *cli, int argc, char **argv)
{
  gint64 from_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, NULL, &argc, &argv, &status))
    return status;
  if (argc < 2)
    return cli_misuse (cli, "a domain is missing");
  if (argc > 2)
    {
      const CliVerb *verb = cli->verb;
      CliVerb for_jobs = *verb;

      for_jobs.failed = CLI_EXIT_EXEC;
      cli->verb = &for_jobs;
      status = wait_for_jobs (cli, argv[1], argv + 2);
      cli->verb = verb;
      return status;
    }
  if (!cli_open (cli, argv[1], WAIT_MS, &error))
    return cli_fail (cli, error);
  return tell (cli, from_us);
}
