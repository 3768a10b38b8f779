/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-job-*, as hosts in frames have them. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "gw-jobs.h"
#include "gw-limits.h"
#include "jobs-host.h"
#include "rows.h"

/* --- Programs ------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *arguments;
  const char *end; /* what the answer ends with */
  const char *out;
  const char *err;
} Program;

static const Program programs[] = {
  { "status", SH ("exit 3"), "\"exitcode\":3}}", "", "" },
  { "signal", SH ("kill -9 $$"), "\"signal\":9}}", "", "" },
  { "output-apart", SH ("echo out; echo err >&2"), "\"exitcode\":0}}", "out\n", "err\n" },
  { "no-input", "{\"path\":\"cat\"}", "\"exitcode\":0}}", "", "" },
  { "environment-added-to", SH_WITH ("echo $A $GW_TEST", "\"env-add\":[\"A=b=c\"]"), "\"exitcode\":0}}", "b=c kept\n",
    "" },
  { "folder", SH_WITH ("pwd", "\"cwd\":\"/usr\""), "\"exitcode\":0}}", "/usr\n", "" },
  { "own-session", SH ("read a b c d e f g </proc/$$/stat; test $f -eq $$"), "\"exitcode\":0}}", "", "" },
  { "no-descriptor-but-three", SH ("ls /proc/self/fd | wc -l"), "\"exitcode\":0}}", "4\n", "" },
  { "closes-its-output", SH ("echo x; exec >&- 2>&-; sleep 0.05; exit 6"), "\"exitcode\":6}}", "x\n", "" },
  { "grandchild-holds-output", SH ("echo x; sleep 60 & exit 4"), "\"exitcode\":4}}", "x\n", "" },
  { "grandchild-writes-on", SH ("(for i in $(seq 20000); do echo x; done) & exit 5"), "\"exitcode\":5}}", NULL, "" },
};

static void
test_program (gconstpointer data)
{
  const Program *program = data;
  g_autofree char *job = NULL;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, program->arguments);
  run = attach (&host, job, "");
  assert_ends (run, program->end);
  if (program->out != NULL)
    g_assert_cmpstr (run->said[0]->str, ==, program->out);
  g_assert_cmpstr (run->said[1]->str, ==, program->err);
  assert_about (&host, "guestwire-job-wait", job, "", program->end);
  finish_test (&host);
}

static void
test_user (void)
{
  g_autofree char *job = NULL;
  Run *run;
  Host host;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can become somebody else");
      return;
    }
  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, SH_WITH ("id -un > /dev/stderr; echo $HOME", "\"user\":\"nobody\""));
  run = attach (&host, job, "");
  assert_ends (run, "\"exitcode\":0}}");
  g_assert_cmpstr (run->said[0]->str, ==, "/nonexistent\n");
  g_assert_cmpstr (run->said[1]->str, ==, "nobody\n");
  finish_test (&host);
}

typedef struct
{
  const char *name;
  const char *command;
  const char *arguments;
  const char *desc;
} Refusal;

static const Refusal refused[] = {
  { "no-program", "guestwire-job-start", "{\"path\":\"/nonexistent\"}",
    "Failed to execute child process \xe2\x80\x9c/nonexistent\xe2\x80\x9d (No such file or directory)" },
  { "no-folder", "guestwire-job-start", "{\"path\":\"true\",\"cwd\":\"/nonexistent\"}",
    "cannot enter the folder '/nonexistent': No such file or directory" },
  { "no-user", "guestwire-job-start", "{\"path\":\"true\",\"user\":\"nobody at all\"}",
    "there is no user 'nobody at all'" },
  { "both-environments", "guestwire-job-start", "{\"path\":\"true\",\"env\":[],\"env-add\":[]}",
    "Parameters 'env' and 'env-add' exclude each other: 'env' is the whole environment" },
  { "no-name", "guestwire-job-start", "{\"path\":\"true\",\"name\":\"\"}",
    "Parameter 'name' has to have 1 to 64 bytes" },
  { "no-terminal", "guestwire-job-start", "{\"path\":\"true\",\"tty\":{}}", "Parameter 'tty' is unexpected" },
  { "unknown-job", "guestwire-job-wait", "{\"job\":\"there/../is none\"}",
    "There is no job 'there/../is none', or it was forgotten" },
  { "name-like-an-id", "guestwire-job-start", "{\"path\":\"true\",\"name\":\"kx12\"}",
    "A job cannot be called 'kx12': that could be another one's id" },
  { "no-signal", "guestwire-job-signal", "{\"job\":\"x\",\"signal\":9}", "There is no job 'x', or it was forgotten" },
  { "nothing-to-forget", "guestwire-job-forget", "{\"job\":\"x\"}", "There is no job 'x', or it was forgotten" },
};

static void
test_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autofree char *expected = g_strdup_printf (FAILED ("%s"), refusal->desc);
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  assert_answer (&host, refusal->command, refusal->arguments, expected);
  assert_answer (&host, "guestwire-job-list", "{}", "{\"return\":[]}");
  host_close (&host);
}

static void
test_another_boots_job (void)
{
  g_autofree char *id = gw_kept_job_boot_tag ();
  g_autofree char *job = NULL;
  Host host;

  id[0] = id[0] == 'b' ? 'c' : 'b';
  job = g_strconcat (id, "7", NULL);
  host_open (&host, GW_PORT_SOCKET);
  assert_about (&host, "guestwire-job-attach", job, "", "7 is gone: the guest was started again since\"}}");
  host_close (&host);
}

/* --- While it runs -------------------------------------------------------------- */

static void
test_list (void)
{
  g_autofree char *words = g_strnfill (2000, 'w');
  g_autofree char *arguments
      = g_strdup_printf ("{\"path\":\"sh\",\"arg\":[\"-c\",\"echo x; read y </dev/tty || exec sleep 60\",\"%s\"],"
                         "\"name\":\"the name\"}", words);
  g_autoptr (JsonObject) row = NULL;
  g_autoptr (JsonObject) ended = NULL;
  g_autofree char *job = NULL;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, arguments);
  run_wait_said (attach (&host, job, ""), "x\n");
  row = list_one (&host);
  g_assert_cmpstr (json_object_get_string_member (row, "job"), ==, job);
  g_assert_cmpstr (json_object_get_string_member (row, "name"), ==, "the name");
  g_assert_cmpstr (json_object_get_string_member (row, "state"), ==, "running");
  g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (row, "stdout"), "end"), ==, 2);
  g_assert_true (json_object_get_boolean_member (row, "argv-cut"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (row, "argv")), ==, 4);
  /* By its name too. */
  assert_about (&host, "guestwire-job-forget", "the name", "", "runs; end it first\"}}");
  assert_about (&host, "guestwire-job-signal", "the name", ",\"signal\":15", "{\"return\":{}}");
  assert_about (&host, "guestwire-job-wait", job, "", "\"signal\":15}}");
  ended = list_one (&host);
  g_assert_cmpstr (json_object_get_string_member (ended, "state"), ==, "ended");
  g_assert_cmpint (json_object_get_int_member (ended, "signal"), ==, 15);
  assert_about (&host, "guestwire-job-signal", job, ",\"signal\":15", "has ended\"}}");
  assert_about (&host, "guestwire-job-forget", job, "", "{\"return\":{}}");
  assert_answer (&host, "guestwire-job-list", "{}", "{\"return\":[]}");
  finish_test (&host);
}

#define GATED "echo ready; until test -e %s; do sleep 0.01; done; "

static char *
gated (const char *gate, const char *rest)
{
  g_autofree char *script = g_strdup_printf (GATED "%s", gate, rest);

  return g_strdup_printf (SH ("%s"), script);
}

static void
open_gate (const char *gate)
{
  g_assert_true (g_file_set_contents (gate, "", 0, NULL));
}

/* Several read one at once; whoever leaves is nothing to it. */
static void
test_attach_several (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *gate = g_build_filename (folder, "gate", NULL);
  g_autofree char *arguments = gated (gate, "echo done; exit 2");
  g_autofree char *job = NULL;
  Run *all, *last, *leaves, *resets;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, arguments);
  all = attach (&host, job, ",\"from\":\"start\"");
  leaves = attach (&host, job, "");
  resets = attach (&host, job, "");
  run_wait_said (all, "ready\n");
  run_wait_said (leaves, "ready\n");
  run_wait_said (resets, "ready\n");
  last = attach (&host, job, ",\"from\":\"end\"");
  run_wait_started (last);
  gw_session_cancel (host.session, leaves->id);
  gw_session_stream_reset (host.session, resets->streams[0], "enough");
  resets->over[0] = TRUE;
  open_gate (gate);
  assert_ends (all, "\"exitcode\":2}}");
  assert_ends (last, "\"exitcode\":2}}");
  assert_ends (resets, "\"exitcode\":2}}");
  g_assert_cmpstr (all->said[0]->str, ==, "ready\ndone\n");
  g_assert_cmpstr (last->said[0]->str, ==, "done\n");
  g_assert_cmpint (last->offset, ==, strlen ("ready\n"));
  g_unlink (gate);
  g_rmdir (folder);
  finish_test (&host);
}

static void
test_from (void)
{
  g_autofree char *job = NULL;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, SH ("echo 0123456789; echo error >&2"));
  assert_about (&host, "guestwire-job-wait", job, "", "\"exitcode\":0}}");
  run = attach (&host, job, ",\"from\":{\"stdout\":4,\"stderr\":6}");
  run_wait (run);
  g_assert_cmpstr (run->said[0]->str, ==, "456789\n");
  g_assert_cmpstr (run->said[1]->str, ==, "");
  assert_about (&host, "guestwire-job-attach", job, ",\"from\":{\"stdout\":12}",
                "Parameter 'from.stdout' has to be a number up to 11, which is what there is\"}}");
  assert_about (&host, "guestwire-job-attach", job, ",\"from\":{\"stderr\":-1}", "which is what there is\"}}");
  assert_about (&host, "guestwire-job-attach", job, ",\"from\":7",
                "Parameter 'from' has to be 'start', 'end', or an object with offsets\"}}");
  finish_test (&host);
}

/* --- What is kept ------------------------------------------------------------------ */

/* --- Bounds ----------------------------------------------------------------------- */

static void
test_running_limit (void)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  for (guint i = 0; i < GW_JOBS_RUNNING_MAX; i++)
    g_free (start (&host, "{\"path\":\"sleep\",\"arg\":[\"60\"]}"));
  assert_answer (&host, "guestwire-job-start", "{\"path\":\"true\"}",
                 FAILED ("32 jobs run already; wait for some of them to end, or end them"));
  finish_test (&host);
}

static void
test_ended_limit (void)
{
  g_autofree char *first = NULL;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  first = start (&host, "{\"path\":\"true\"}");
  assert_about (&host, "guestwire-job-wait", first, "", "\"exitcode\":0}}");
  for (guint i = 0; i < GW_JOBS_ENDED_MAX; i++)
    g_free (start (&host, "{\"path\":\"true\"}"));
  host_wait (&host, g_list_length (gw_jobs_list ()) == GW_JOBS_ENDED_MAX);
  assert_about (&host, "guestwire-job-wait", first, "", "or it was forgotten\"}}");
  finish_test (&host);
}

int
main (int argc, char **argv)
{
  g_setenv ("GW_TEST", "kept", TRUE);
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/jobs/program/", programs, test_program);
  ADD_ROWS ("/jobs/refused/", refused, test_refused);
  g_test_add_func ("/jobs/user", test_user);
  g_test_add_func ("/jobs/refused/another-boots-job", test_another_boots_job);
  g_test_add_func ("/jobs/list-signal-forget", test_list);
  g_test_add_func ("/jobs/attach/several", test_attach_several);
  g_test_add_func ("/jobs/attach/from", test_from);
  g_test_add_func ("/jobs/limits/running", test_running_limit);
  g_test_add_func ("/jobs/limits/ended", test_ended_limit);
  return g_test_run ();
}
