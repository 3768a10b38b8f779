/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is kept of jobs: the newest of their output, and what another agent finds
 * of them. Both agents are this process. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "gw-fork-safe.h"
#include "gw-job-log.h"
#include "gw-job-reader.h"
#include "gw-jobs.h"
#include "gw-limits.h"
#include "jobs-host.h"

/* --- Output ------------------------------------------------------------------------ */

#define LINES 200000 /* of 10 bytes */

/* What the program below prints from @offset on. */
static void
assert_lines (const GString *said, gint64 offset)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = offset / 10; i < LINES; i++)
    g_string_append_printf (expected, "%09u\n", i);
  g_string_erase (expected, 0, offset % 10);
  g_assert_cmpuint (said->len, ==, expected->len);
  g_assert_true (memcmp (said->str, expected->str, said->len) == 0);
}

static void
test_newest_is_kept (void)
{
  g_autofree char *job = NULL;
  int folder;
  guint64 size;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, "{\"path\":\"seq\",\"arg\":[\"-f\",\"%09.0f\",\"0\",\"199999\"]}");
  assert_about (&host, "guestwire-job-wait", job, "", "\"exitcode\":0}}");
  folder = gw_kept_job_enter (gw_jobs_find (job, NULL));
  size = gw_job_files_size (folder);
  close (folder);
  g_assert_cmpuint (size, <=, 2 * GW_JOB_SEGMENT);
  g_assert_cmpuint (size, >=, GW_JOB_SEGMENT);
  run = attach (&host, job, "");
  run_wait (run);
  g_assert_cmpuint (run->lost, ==, LINES * 10 - size);
  g_assert_cmpint (run->offset, ==, run->lost);
  assert_lines (run->said[0], run->offset);
  finish_test (&host);
}

static void
test_much_output_is_bounded (void)
{
  g_autofree char *job = NULL;
  g_autoptr (JsonObject) row = NULL;
  int folder;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, "{\"path\":\"head\",\"arg\":[\"-c\",\"104857600\",\"/dev/zero\"]}");
  assert_about (&host, "guestwire-job-wait", job, "", "\"exitcode\":0}}");
  row = list_one (&host);
  g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (row, "stdout"), "end"), ==, 104857600);
  folder = gw_kept_job_enter (gw_jobs_find (job, NULL));
  g_assert_cmpuint (gw_job_files_size (folder), <=, 2 * GW_JOB_SEGMENT);
  close (folder);
  finish_test (&host);
}

static void
test_every_byte (void)
{
  g_autoptr (GString) script = g_string_new ("printf '");
  g_autofree char *arguments = NULL;
  g_autofree char *job = NULL;
  Run *run;
  Host host;

  for (guint i = 0; i < 256; i++)
    g_string_append_printf (script, "\\\\%03o", i);
  g_string_append (script, "'");
  arguments = g_strdup_printf (SH ("%s"), script->str);
  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, arguments);
  run = attach (&host, job, "");
  run_wait (run);
  g_assert_cmpuint (run->said[0]->len, ==, 256);
  for (guint i = 0; i < 256; i++)
    g_assert_cmpint ((guchar) run->said[0]->str[i], ==, i);
  finish_test (&host);
}

/* The job waits for nobody; what it overtakes its reader by is told. */
static void
test_slow_reader (void)
{
  g_autofree char *job = NULL;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo x; sleep 0.1; head -c 20000000 /dev/zero\"]}");
  run = attach (&host, job, "");
  run->slow = TRUE;
  run_wait_said (run, "x\n");
  assert_about (&host, "guestwire-job-wait", job, "", "\"exitcode\":0}}");
  run_read_on (run);
  run_wait (run);
  g_assert_cmpuint (run->lost, >, 0);
  g_assert_cmpuint (run->total + run->lost, ==, 20000002);
  finish_test (&host);
}

/* Where there is no room, what is lost has its place: nobody takes later bytes
 * for those. */
static void
test_no_room (void)
{
  g_autofree char *path = g_dir_make_tmp ("gw-XXXXXX", NULL);
  int folder = open (path, O_RDONLY | O_DIRECTORY);
  GwJobReader reader;
  guint64 lost;
  char buffer[16];
  GwJobLog log;

  gw_job_log_init (&log, GW_FILE_OUTPUT);
  gw_job_log_write (&log, folder, "before", 6);
  gw_job_reader_init (&reader, folder, GW_STREAM_STDOUT, 0);
  /* No file can be made there. */
  close (log.file);
  log.file = -1;
  gw_job_log_write (&log, -1, "nothing", 7);
  gw_job_log_write (&log, folder, "after", 5);
  g_assert_cmpuint (log.total, ==, 18);
  g_assert_cmpuint (gw_job_reader_read (&reader, buffer, sizeof buffer, &lost), ==, 6);
  g_assert_cmpuint (gw_job_reader_read (&reader, buffer, sizeof buffer, &lost), ==, 0);
  g_assert_cmpuint (lost, ==, 7);
  g_assert_cmpuint (gw_job_reader_read (&reader, buffer, sizeof buffer, &lost), ==, 5);
  g_assert_true (memcmp (buffer, "after", 5) == 0);
  g_assert_cmpuint (gw_job_reader_read (&reader, buffer, sizeof buffer, &lost), ==, 0);
  g_assert_cmpuint (lost, ==, 0);
  gw_job_reader_clear (&reader);
  gw_fork_safe_close (&log.file);
  unlinkat (folder, "out.0", 0);
  unlinkat (folder, "out.13", 0);
  close (folder);
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

/* --- Another agent ------------------------------------------------------------------ */

static void
test_agent_restarts_in_the_middle (void)
{
  g_autofree char *from = NULL;
  g_autofree char *job = NULL;
  GString *said;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, "{\"path\":\"sh\",\"arg\":[\"-c\",\"for i in 0 1 2 3 4 5 6 7; do "
                      "seq -f %09.0f ${i}0000 $((i))9999; sleep 0.01; done\"]}");
  run = attach (&host, job, "");
  host_wait (&host, run->total > 100000);
  said = g_string_new (run->said[0]->str);
  from = g_strdup_printf (",\"from\":{\"stdout\":%" G_GSIZE_FORMAT "}", said->len);
  restart_agent (&host);
  run = attach (&host, job, from);
  assert_ends (run, "\"exitcode\":0}}");
  g_assert_cmpint (run->offset, ==, said->len);
  g_assert_cmpuint (run->lost, ==, 0);
  g_string_append_len (said, run->said[0]->str, run->said[0]->len);
  g_assert_cmpuint (said->len, ==, 800000);
  for (guint i = 0; i < 80000; i++)
    g_assert_cmpint (g_ascii_strtoll (said->str + 10 * i, NULL, 10), ==, i);
  g_string_free (said, TRUE);
  finish_test (&host);
}

static void
on_told (GwKeptJob *job, gpointer data)
{
  g_string_append_printf (data, "%s ", gw_kept_job_get_id (job));
}

/* Each end is told once, whoever is there when it comes. */
static void
test_ends_are_told (void)
{
  g_autoptr (GString) told = g_string_new (NULL);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *expected = NULL;
  GPid pid;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  gw_jobs_tell_ends (on_told, told);
  first = start (&host, SH ("exit 1"));
  assert_about (&host, "guestwire-job-wait", first, "", "\"exitcode\":1}}");
  second = start (&host, "{\"path\":\"sleep\",\"arg\":[\"60\"]}");
  pid = gw_kept_job_get_pid (gw_jobs_find (second, NULL));
  host_close (&host);
  gw_jobs_close ();
  kill (pid, SIGTERM);
  gw_jobs_restore ();
  gw_jobs_tell_ends (on_told, told);
  expected = g_strdup_printf ("%s %s ", first, second);
  wait_until (gw_kept_job_has_ended (gw_jobs_find (second, NULL)));
  g_assert_cmpstr (told->str, ==, expected);
  gw_jobs_tell_ends (NULL, NULL);
  forget_all ();
}

static GPid
find_parent (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return (GPid) g_ascii_strtoll (strrchr (text, ')') + 4, NULL, 10);
}

static void
test_supervisor_is_killed (void)
{
  g_autofree char *job = NULL;
  Run *run;
  GPid pid;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  job = start (&host, SH ("echo x; exec sleep 60"));
  run = attach (&host, job, "");
  run_wait_said (run, "x\n");
  pid = gw_kept_job_get_pid (gw_jobs_find (job, NULL));
  kill (find_parent (pid), SIGKILL);
  assert_ends (run, "\"lost\":true}}");
  restart_agent (&host);
  assert_about (&host, "guestwire-job-wait", job, "", "\"lost\":true}}");
  kill (pid, SIGKILL);
  finish_test (&host);
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jobs/output/newest-is-kept", test_newest_is_kept);
  g_test_add_func ("/jobs/output/much-is-bounded", test_much_output_is_bounded);
  g_test_add_func ("/jobs/output/every-byte", test_every_byte);
  g_test_add_func ("/jobs/output/slow-reader-loses-and-is-told", test_slow_reader);
  g_test_add_func ("/jobs/output/no-room", test_no_room);
  g_test_add_func ("/jobs/agent/restarts-in-the-middle", test_agent_restarts_in_the_middle);
  g_test_add_func ("/jobs/agent/ends-are-told-once", test_ends_are_told);
  g_test_add_func ("/jobs/agent/supervisor-is-killed", test_supervisor_is_killed);
  return g_test_run ();
}
