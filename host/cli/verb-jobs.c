/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire jobs: what runs in a guest on its own, and what has. */

#include "cli-job.h"
#include "cli-table.h"

static const char *const headings[] = { "JOB", "NAME", "STATE", "STARTED", "OUTPUT", "PROGRAM", NULL };

/* Of a program's words, what fits into a line. */
#define PROGRAM_SHOWN 60

static char *
state_of (GwJob *job)
{
  if (!gw_job_get_ended (job))
    return g_strdup ("running");
  if (gw_job_get_signal (job) != 0)
    return g_strdup_printf ("signal %d", gw_job_get_signal (job));
  if (gw_job_get_exit_status (job) < 0)
    return g_strdup ("lost");
  return g_strdup_printf ("exit %d", gw_job_get_exit_status (job));
}

/* By the clocks of the guest and of this place's time zone. */
static char *
time_of (gint64 seconds)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (seconds);

  return when != NULL ? g_date_time_format (when, "%Y-%m-%d %H:%M:%S") : NULL;
}

static char *
program_of (GwJob *job)
{
  g_autofree char *words = g_strjoinv (" ", (char **) gw_job_get_arguments (job));
  glong length = g_utf8_strlen (words, -1);
  g_autofree char *shown = g_utf8_substring (words, 0, MIN (length, PROGRAM_SHOWN));

  return g_strconcat (shown, length > PROGRAM_SHOWN || gw_job_get_arguments_cut (job) ? "…" : "", NULL);
}

static char **
make_row (GwJob *job)
{
  g_autofree char *state = state_of (job);
  g_autofree char *started = time_of (gw_job_get_started (job));
  guint64 size = gw_job_get_output_size (job) + gw_job_get_errors_size (job);
  g_autofree char *output = g_format_size_full (size, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *program = program_of (job);
  char **row = g_new0 (char *, G_N_ELEMENTS (headings));

  row[0] = cli_table_cell (gw_job_get_id (job));
  row[1] = cli_table_cell (gw_job_get_name (job));
  row[2] = cli_table_cell (state);
  row[3] = cli_table_cell (started);
  row[4] = cli_table_cell (output);
  row[5] = cli_table_cell (program);
  return row;
}

static int
print_jobs (Cli *cli)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autoptr (GError) error = NULL;

  gw_job_list_async (cli->client, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  jobs = gw_job_list_finish (result, &error);
  if (jobs == NULL)
    return cli_job_fail (cli, error);
  for (guint i = 0; i < jobs->len; i++)
    g_ptr_array_add (rows, make_row (g_ptr_array_index (jobs, i)));
  return cli_print_table (cli, headings, rows);
}

/* As the agent tells of them. */
static int
print_json (Cli *cli)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) jobs = cli_call (cli, "guestwire-job-list", NULL, &error);
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;

  if (jobs == NULL)
    return cli_job_fail (cli, error);
  object = json_object_new ();
  json_object_set_member (object, "jobs", g_steal_pointer (&jobs));
  root = json_node_init_object (json_node_alloc (), object);
  json_object_unref (object);
  return cli_print_json (cli, root);
}

static int
forget (Cli *cli, const char *id)
{
  CliStep step = { .cli = cli };
  g_autoptr (GwJob) job = gw_job_new (cli->client, id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  gw_job_forget_async (job, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  return gw_job_forget_finish (job, result, &error) ? 0 : cli_job_fail (cli, error);
}

static int
run (Cli *cli, const char *domain, char *const *forgotten)
{
  int status = 0;

  if (!cli_job_open (cli, domain))
    return cli->signal != 0 ? 128 + cli->signal : cli->verb->failed;
  for (; forgotten != NULL && *forgotten != NULL && status == 0; forgotten++)
    {
      status = forget (cli, *forgotten);
      if (status != 0 || forgotten[1] == NULL)
        return status;
    }
  /* An agent in text has no such command, and to say so is not enough. */
  return cli->json && gw_client_get_framed (cli->client) ? print_json (cli) : print_jobs (cli);
}

int
verb_jobs (Cli *cli, int argc, char **argv)
{
  char **forgotten = NULL;
  const GOptionEntry entries[] = {
    { "forget", 0, 0, G_OPTION_ARG_STRING_ARRAY, &forgotten,
      "List none: have the guest forget one that has ended, and its output (may be repeated)", "JOB" },
    { 0 },
  };
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    ;
  else if (argc != 2)
    status = cli_misuse (cli, argc < 2 ? "a domain is missing" : "too many arguments");
  else
    status = run (cli, argv[1], forgotten);
  g_strfreev (forgotten);
  return status;
}
