/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small scripts that help with what the agent's commands cannot do. What they
 * are about comes as arguments, and is never part of their text. Knows no
 * script. */

#include "gw-guest-script.h"

#include "gw-ask.h"
#include "gw-limits.h"
#include "gw-process.h"

typedef struct
{
  char **words;
  GwTimeLimit limit;
  guint unanswered; /* in a row */
} Script;

static void run (GTask *task);

static void
script_free (gpointer data)
{
  Script *script = data;

  g_strfreev (script->words);
  g_free (script);
}

/* Takes @task. */
static void
take_end (GTask *task, GwProcess *process)
{
  g_autoptr (GTask) ending = task;
  GBytes *errors = gw_process_get_errors (process);
  g_autofree char *said = NULL;

  if (gw_process_get_exit_status (process) == 0)
    {
      g_task_return_pointer (ending, g_bytes_ref (gw_process_get_output (process)), (GDestroyNotify) g_bytes_unref);
      return;
    }
  if (g_bytes_get_size (errors) > 0)
    said = g_utf8_make_valid (g_bytes_get_data (errors, NULL), MIN (g_bytes_get_size (errors), GW_ERROR_TEXT_MAX));
  g_task_return_new_error (ending, GW_ERROR, GW_ERROR_GUEST, "%s",
                           said != NULL && g_strstrip (said)[0] != '\0' ? said : "a script in the guest failed, and did not say why");
}

static void
on_answered (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_ask_finish (GW_CLIENT (object), result, &error);

  if (value != NULL)
    run (g_steal_pointer (&task));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static gboolean
may_run_again (Script *script, const GError *error)
{
  if (!gw_ask_is_unanswered (error) || gw_time_limit_is_over (&script->limit))
    return FALSE;
  return script->limit.timeout_ms != GW_TIMEOUT_DEFAULT || script->unanswered < GW_UNANSWERED_MAX;
}

/* The agent has no guest-exec, or the guest no shell. */
static gboolean
cannot_be_run (const GError *error)
{
  return g_error_matches (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND)
         || g_error_matches (error, GW_ERROR, GW_ERROR_DENIED) || g_error_matches (error, GW_ERROR, GW_ERROR_GUEST);
}

static void
on_run (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GwProcess *process = GW_PROCESS (object);
  GwClient *client = gw_process_get_client (process);
  GCancellable *cancellable = g_task_get_cancellable (task);
  Script *script = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (gw_process_run_finish (process, result, &error))
    take_end (g_steal_pointer (&task), process);
  else if (gw_process_get_pid (process) == 0 && cannot_be_run (error))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s", error->message);
  else if (may_run_again (script, error))
    {
      script->unanswered++;
      /* Opens the channel, if it was lost. */
      gw_ask_async (client, "guest-ping", NULL, &script->limit, cancellable, on_answered, g_steal_pointer (&task));
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Takes @task. */
static void
run (GTask *task)
{
  GwClient *client = g_task_get_source_object (task);
  Script *script = g_task_get_task_data (task);
  g_autoptr (GwProcess) process = gw_process_new (client, (const char *const *) script->words);

  gw_process_run_async (process, gw_time_limit_for_call (&script->limit), g_task_get_cancellable (task), on_run, task);
}

/**
 * gw_guest_script_async:
 * @script: for `/bin/sh`
 * @arguments: $1 and so on
 * @limit: how long it may take
 */
void
gw_guest_script_async (GwClient *client, const char *script_text, const char *const *arguments,
                       const GwTimeLimit *limit, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Script *script = g_new0 (Script, 1);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  g_ptr_array_add (words, g_strdup ("/bin/sh"));
  g_ptr_array_add (words, g_strdup ("-c"));
  g_ptr_array_add (words, g_strdup (script_text));
  g_ptr_array_add (words, g_strdup ("sh"));
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (words, g_strdup (*arguments));
  g_ptr_array_add (words, NULL);
  script->words = (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
  script->limit = *limit;
  g_task_set_source_tag (task, gw_guest_script_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, script, script_free);
  run (task);
}

/**
 * gw_guest_script_finish:
 *
 * Returns: (transfer full): what it wrote to standard output; %NULL with
 *   %G_IO_ERROR_NOT_SUPPORTED set if this guest runs no scripts for us,
 *   %GW_ERROR_GUEST if it failed (the message is what it wrote to standard
 *   error), or an error as from gw_process_run_finish()
 */
GBytes *
gw_guest_script_finish (GwClient *client, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
