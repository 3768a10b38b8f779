/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of programs by an agent that did not start them. Here both
 * agents are this process: all that they share is the folder. */

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-program-store.h"
#include "gw-program.h"
#include "wait.h"

typedef struct
{
  char *folder;
  char *path;
} Place;

static void
place_open (Place *place)
{
  g_autoptr (GError) error = NULL;

  place->folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "programs", NULL);
  gw_program_store_open (place->path, &error);
  g_assert_no_error (error);
}

static void
place_close (Place *place)
{
  static const char *const files[] = { "lock", "boot", "total" };

  gw_program_store_close ();
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *file = g_build_filename (place->path, files[i], NULL);

      g_unlink (file);
    }
  g_assert_cmpint (g_rmdir (place->path), ==, 0);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);
  g_free (place->path);
  g_free (place->folder);
}

static void
on_ended (GwProgram *program, gpointer data)
{
  gboolean *ended = data;

  *ended = TRUE;
}

static GwProgram *
start (const char *script, GBytes *input, gboolean *ended)
{
  char *argv[] = { (char *) "sh", (char *) "-c", (char *) script, NULL };
  g_autoptr (GError) error = NULL;
  GwProgram *program
      = gw_program_start (argv, NULL, input, GW_CAPTURE_STDOUT | GW_CAPTURE_STDERR, on_ended, ended, &error);

  g_assert_no_error (error);
  return program;
}

/* As another agent finds it. */
static GwProgram *
find (GPid pid)
{
  g_autoptr (GPtrArray) programs = gw_program_find_earlier ();

  g_assert_cmpuint (programs->len, ==, 1);
  g_assert_cmpint (gw_program_get_pid (programs->pdata[0]), ==, pid);
  return programs->pdata[0];
}

static void
assert_output (GwProgram *program, GwStream stream, const char *expected)
{
  gboolean truncated;
  g_autoptr (GBytes) bytes = gw_program_get_output (program, stream, &truncated);
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  g_assert_false (truncated);
  g_assert_cmpmem (data, length, expected, strlen (expected));
}

static void
test_ended_is_found (void)
{
  gboolean ended = FALSE;
  GwProgram *program, *again;
  Place place;

  place_open (&place);
  program = start ("echo out; echo err >&2; exit 3", NULL, &ended);
  wait_until (ended);
  again = find (gw_program_get_pid (program));
  g_assert_true (gw_program_has_ended (again));
  g_assert_cmpint (WEXITSTATUS (gw_program_get_wait_status (again)), ==, 3);
  assert_output (again, GW_STREAM_STDOUT, "out\n");
  assert_output (again, GW_STREAM_STDERR, "err\n");
  gw_program_free (again);
  gw_program_free (program);
  place_close (&place);
}

static void
test_running_is_found (void)
{
  gboolean ended = FALSE;
  g_autofree char *mark = NULL;
  g_autofree char *script = NULL;
  GwProgram *program, *again;
  Place place;

  place_open (&place);
  mark = g_build_filename (place.folder, "mark", NULL);
  script = g_strdup_printf ("echo before; while test ! -e %s; do sleep 0.05; done; echo after; kill -TERM $$", mark);
  program = start (script, NULL, &ended);
  again = find (gw_program_get_pid (program));
  g_assert_false (gw_program_has_ended (again));
  g_assert_true (g_file_set_contents (mark, "", 0, NULL));
  wait_until (gw_program_has_ended (again));
  g_assert_cmpint (WTERMSIG (gw_program_get_wait_status (again)), ==, SIGTERM);
  assert_output (again, GW_STREAM_STDOUT, "before\nafter\n");
  gw_program_free (again);
  gw_program_free (program);
  g_unlink (mark);
  place_close (&place);
}

/* All of its input is in the hands of its supervisor. */
static void
test_input_outlives_the_agent (void)
{
  gboolean ended = FALSE;
  gsize size = 3 * GW_MIB;
  g_autoptr (GBytes) input = g_bytes_new_take (g_malloc0 (size), size);
  GwProgram *program, *again;
  Place place;

  place_open (&place);
  program = start ("wc -c", input, &ended);
  again = find (gw_program_get_pid (program));
  wait_until (gw_program_has_ended (again));
  assert_output (again, GW_STREAM_STDOUT, "3145728\n");
  g_assert_cmpuint (gw_program_total_input (), ==, 0);
  gw_program_free (again);
  gw_program_free (program);
  place_close (&place);
}

static void
test_output_is_counted_until_forgotten (void)
{
  gboolean ended = FALSE;
  GwProgram *program;
  Place place;

  place_open (&place);
  program = start ("printf 12345; printf 123 >&2", NULL, &ended);
  wait_until (ended);
  g_assert_cmpuint (gw_program_total_captured (), ==, 8);
  gw_program_free (program);
  g_assert_cmpuint (gw_program_total_captured (), ==, 0);
  place_close (&place);
}

static GPid
parent_of (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  int parent = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (strrchr (text, ')'), ") %*c %d", &parent), ==, 1);
  return parent;
}

static void
test_lost_supervisor (void)
{
  gboolean ended = FALSE;
  GwProgram *program, *again;
  gboolean truncated;
  Place place;

  place_open (&place);
  program = start ("echo begun; exec sleep 1000", NULL, &ended);
  again = find (gw_program_get_pid (program));
  kill (parent_of (gw_program_get_pid (program)), SIGKILL);
  wait_until (ended);
  wait_until (gw_program_has_ended (again));
  g_assert_cmpint (WTERMSIG (gw_program_get_wait_status (program)), ==, SIGKILL);
  g_assert_cmpint (WTERMSIG (gw_program_get_wait_status (again)), ==, SIGKILL);
  g_bytes_unref (gw_program_get_output (program, GW_STREAM_STDOUT, &truncated));
  g_assert_true (truncated);
  kill (gw_program_get_pid (program), SIGKILL);
  gw_program_free (again);
  gw_program_free (program);
  place_close (&place);
}

/* What is sent to all of the agent's processes ends no supervisor. */
static void
test_supervisor_ignores_signals (void)
{
  static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 };
  gboolean ended = FALSE;
  g_autofree char *mark = NULL;
  g_autofree char *script = NULL;
  GwProgram *program;
  GPid supervisor;
  Place place;

  place_open (&place);
  mark = g_build_filename (place.folder, "mark", NULL);
  script = g_strdup_printf ("while test ! -e %s; do sleep 0.05; done; echo end", mark);
  program = start (script, NULL, &ended);
  supervisor = parent_of (gw_program_get_pid (program));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_cmpint (kill (supervisor, numbers[i]), ==, 0);
  g_assert_true (g_file_set_contents (mark, "", 0, NULL));
  wait_until (ended);
  assert_output (program, GW_STREAM_STDOUT, "end\n");
  gw_program_free (program);
  g_unlink (mark);
  place_close (&place);
}

static void
test_other_boots_are_forgotten (void)
{
  gboolean ended = FALSE;
  g_autofree char *boot = NULL;
  g_autoptr (GPtrArray) programs = NULL;
  g_autoptr (GError) error = NULL;
  GwProgram *program;
  Place place;

  place_open (&place);
  program = start ("echo old", NULL, &ended);
  wait_until (ended);
  gw_program_store_close ();
  boot = g_build_filename (place.path, "boot", NULL);
  g_assert_true (g_file_set_contents (boot, "another\n", -1, NULL));
  gw_program_store_open (place.path, &error);
  g_assert_no_error (error);
  programs = gw_program_find_earlier ();
  g_assert_cmpuint (programs->len, ==, 0);
  g_assert_cmpuint (gw_program_total_captured (), ==, 0);
  gw_program_free (program);
  place_close (&place);
}

/* Programs of a live agent are its own. */
static void
test_store_is_one_agents (void)
{
  Place place;
  int status;
  pid_t child;

  place_open (&place);
  child = fork ();
  if (child == 0)
    {
      g_autoptr (GError) error = NULL;

      _exit (!gw_program_store_open (place.path, &error) && g_error_matches (error, GW_ERROR, GW_ERROR_BUSY) ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  place_close (&place);
}

static void
test_shared_folder_is_refused (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  g_assert_false (gw_program_store_open (folder, &error));
  g_assert_nonnull (strstr (error->message, "for this user only"));
  g_rmdir (folder);
}

/* A full or missing /run keeps nothing, and keeps no program from running. */
static void
test_without_a_folder (void)
{
  gboolean ended = FALSE;
  gboolean truncated;
  GwProgram *program = start ("echo x; exit 5", NULL, &ended);

  wait_until (ended);
  g_assert_cmpint (WEXITSTATUS (gw_program_get_wait_status (program)), ==, 5);
  g_bytes_unref (gw_program_get_output (program, GW_STREAM_STDOUT, &truncated));
  g_assert_true (truncated);
  gw_program_free (program);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/program/ended-is-found-by-the-next-agent", test_ended_is_found);
  g_test_add_func ("/program/running-is-found-by-the-next-agent", test_running_is_found);
  g_test_add_func ("/program/input-outlives-the-agent", test_input_outlives_the_agent);
  g_test_add_func ("/program/output-is-counted-until-forgotten", test_output_is_counted_until_forgotten);
  g_test_add_func ("/program/lost-supervisor-is-told", test_lost_supervisor);
  g_test_add_func ("/program/supervisor-ignores-signals", test_supervisor_ignores_signals);
  g_test_add_func ("/program/other-boots-are-forgotten", test_other_boots_are_forgotten);
  g_test_add_func ("/program/folder-is-one-agents", test_store_is_one_agents);
  g_test_add_func ("/program/shared-folder-is-refused", test_shared_folder_is_refused);
  g_test_add_func ("/program/runs-without-a-folder", test_without_a_folder);
  return g_test_run ();
}
