/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's program that readies databases for a freeze, and tells
 * them of the thaw. What it prints is for the log, when it fails. Texts of
 * errors are qemu-ga's. */

#include "gw-freeze-hook.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-program.h"

typedef struct
{
  char *called; /* what the log calls it */
  GwProgram *program;
  guint timer;
  guint timeout_s;
  gboolean killed;
  GwFreezeHookFunc done;
  gpointer data;
} Run;

static void
run_free (Run *run)
{
  g_clear_handle_id (&run->timer, g_source_remove);
  g_free (run->called);
  g_free (run);
}

static void
log_output (const Run *run)
{
  gboolean truncated;
  g_autoptr (GBytes) output = gw_program_get_output (run->program, GW_STREAM_STDOUT, &truncated);
  gsize length;
  const char *data = g_bytes_get_data (output, &length);
  g_autofree char *bytes = g_strndup (data, MIN (length, GW_ERROR_TEXT_MAX));
  g_autofree char *text = g_utf8_make_valid (bytes != NULL ? bytes : "", -1);

  if (*g_strstrip (text) != '\0')
    g_message ("%s printed: %s", run->called, text);
}

static GError *
describe_failure (const Run *run, int status)
{
  if (run->killed)
    return g_error_new (GW_ERROR, GW_ERROR_TIMED_OUT, "fsfreeze hook has not ended within %u s and was killed", run->timeout_s);
  if (!WIFEXITED (status))
    return g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "fsfreeze hook has terminated abnormally");
  if (WEXITSTATUS (status) != 0)
    return g_error_new (GW_ERROR, GW_ERROR_FAILED, "fsfreeze hook has failed with status %d", WEXITSTATUS (status));
  return NULL;
}

static void
on_ended (GwProgram *program, gpointer data)
{
  Run *run = data;
  g_autoptr (GError) problem = describe_failure (run, gw_program_get_wait_status (program));

  if (problem != NULL)
    log_output (run);
  run->done (problem, run->data);
  gw_program_free (program);
  run_free (run);
}

static gboolean
on_timeout (gpointer data)
{
  Run *run = data;

  run->timer = 0;
  run->killed = TRUE;
  kill (-gw_program_get_pid (run->program), SIGKILL);
  return G_SOURCE_REMOVE;
}

static GwProgram *
start (Run *run, const char *hook, const char *word, GError **error)
{
  char *argv[] = { (char *) hook, (char *) word, NULL };

  if (access (hook, X_OK) != 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "can't access fsfreeze hook '%s': %s", hook, g_strerror (errno));
      return NULL;
    }
  return gw_program_start (argv, NULL, NULL, GW_CAPTURE_MERGED, on_ended, run, error);
}

/**
 * gw_freeze_hook_run:
 * @hook: (nullable): a program; %NULL for none
 * @word: its argument: `freeze` or `thaw`
 * @timeout_s: after so much time it is killed
 * @done: called once, maybe at once
 */
void
gw_freeze_hook_run (const char *hook, const char *word, guint timeout_s, GwFreezeHookFunc done, gpointer data)
{
  g_autoptr (GError) error = NULL;
  Run *run;

  if (hook == NULL)
    {
      done (NULL, data);
      return;
    }
  run = g_new0 (Run, 1);
  run->done = done;
  run->data = data;
  run->timeout_s = timeout_s;
  run->called = g_strdup_printf ("fsfreeze hook '%s %s'", hook, word);
  run->program = start (run, hook, word, &error);
  if (run->program != NULL)
    {
      run->timer = g_timeout_add_seconds (timeout_s, on_timeout, run);
      return;
    }
  run_free (run);
  done (error, data);
}
