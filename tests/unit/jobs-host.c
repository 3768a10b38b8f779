/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of jobs ask an agent for, and how all jobs are gone after them. */

#include "jobs-host.h"

#include <signal.h>

#include "gw-jobs.h"
#include "gw-json.h"

static JsonObject *
parse_return (const char *text)
{
  g_autoptr (JsonNode) node = gw_json_parse (text, -1, NULL);

  if (node == NULL || !json_object_has_member (json_node_get_object (node), "return"))
    g_error ("it was answered %s", text);
  return json_object_ref (json_object_get_object_member (json_node_get_object (node), "return"));
}

/* Returns: (transfer full): the new job's id */
char *
start (Host *host, const char *arguments)
{
  g_autoptr (JsonObject) result = parse_return (answer (host, ask (host, "guestwire-job-start", arguments)));

  return g_strdup (json_object_get_string_member (result, "job"));
}

/* Returns: (transfer full): { "job": @job @more } */
char *
about (const char *job, const char *more)
{
  return g_strdup_printf ("{\"job\":\"%s\"%s}", job, more);
}

Run *
attach (Host *host, const char *job, const char *more)
{
  g_autofree char *arguments = about (job, more);

  return run_begin_command (host, "guestwire-job-attach", arguments, FALSE);
}

void
assert_about (Host *host, const char *command, const char *job, const char *more, const char *expected)
{
  g_autofree char *arguments = about (job, more);
  const char *said = answer (host, ask (host, command, arguments));

  if (!g_str_has_suffix (said, expected))
    g_error ("%s was answered %s", command, said);
}

/* As an agent that is started anew. */
void
restart_agent (Host *host)
{
  host_close (host);
  gw_jobs_close ();
  gw_jobs_restore ();
  host_open (host, GW_PORT_SOCKET);
}

JsonObject *
list_one (Host *host)
{
  g_autoptr (JsonNode) node = gw_json_parse (answer (host, ask (host, "guestwire-job-list", "{}")), -1, NULL);
  JsonArray *rows = json_object_get_array_member (json_node_get_object (node), "return");

  g_assert_cmpuint (json_array_get_length (rows), ==, 1);
  return json_object_ref (json_array_get_object_element (rows, 0));
}

void
forget_all (void)
{
  GList *link;

  while ((link = gw_jobs_list ()) != NULL)
    {
      GwKeptJob *job = link->data;

      gw_kept_job_signal (job, SIGKILL, NULL);
      wait_until (gw_kept_job_has_ended (job));
      g_assert_true (gw_jobs_forget (job, NULL));
    }
}

void
finish_test (Host *host)
{
  host_close (host);
  forget_all ();
}
