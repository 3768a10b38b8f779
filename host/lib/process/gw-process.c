/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that runs in a guest: the object and what is asked of it. How it
 * gets there is, in text, in gw-process-run.c and gw-process-words.c, and in
 * frames in gw-process-start.c and gw-process-live.c; what came of it is in
 * gw-process-result.c. */

#include "gw-process-live.h"

/**
 * GwProcess:
 *
 * Runs a program in a guest, once.
 *
 * It gets the agent's environment, directory and user (root, in most guests),
 * unless these are set.
 *
 * There are two ways to run it. gw_process_run_async() works with any agent,
 * and tells of its output when it has ended. gw_process_start_async() is like
 * #GSubprocess: it gives the pipes of a program that runs. It takes a client in
 * frames (see #GwClient:wants-frames), and so do a terminal and signals.
 *
 * In text a program goes through the agent's `guest-exec` and
 * `guest-exec-status`. There, setting an environment needs `/usr/bin/env` in
 * the guest, a directory `/bin/sh`, and a user `/bin/sh`, `id`, and `runuser` or
 * `su`; and nobody can end a program: one that takes too long, or that was
 * cancelled here, goes on in the guest. In frames a program that takes too long
 * or is cancelled is ended, and so is one whose client is closed or lost.
 *
 * It belongs to the thread that its #GwClient belongs to.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwProcess, gw_process, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_ARGUMENTS,
  PROP_ENVIRONMENT,
  PROP_DIRECTORY,
  PROP_USER,
  PROP_INPUT,
  PROP_LIVE_INPUT,
  PROP_TERMINAL,
  PROP_PID,
  PROP_ENDED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint lost_signal;

/* --- What came of it ---------------------------------------------------- */

void
gw_process_take_pid (GwProcess *self, gint64 pid)
{
  self->pid = pid;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PID]);
}

/* Leaves @outcome empty. */
void
gw_process_take_outcome (GwProcess *self, GwProcessOutcome *outcome)
{
  gw_process_outcome_clear (&self->outcome);
  self->outcome = *outcome;
  *outcome = (GwProcessOutcome){ 0 };
  self->ended = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ENDED]);
}

/* --- What is asked for -------------------------------------------------- */

/**
 * gw_process_set_environment:
 * @process: a #GwProcess that was not run yet
 * @variables: (nullable) (array zero-terminated=1) (element-type utf8):
 *   variables as `NAME=VALUE`, to be added to the agent's own
 *
 * Since: 0.1
 */
void
gw_process_set_environment (GwProcess *process, const char *const *variables)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started);

  g_strfreev (process->asked.environment);
  process->asked.environment = g_strdupv ((char **) variables);
  g_object_notify_by_pspec (G_OBJECT (process), props[PROP_ENVIRONMENT]);
}

/**
 * gw_process_set_directory:
 * @process: a #GwProcess that was not run yet
 * @path: (nullable): the absolute path of the directory that it begins in;
 *   %NULL for the agent's
 *
 * Since: 0.1
 */
void
gw_process_set_directory (GwProcess *process, const char *path)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started);

  g_free (process->asked.directory);
  process->asked.directory = g_strdup (path);
  g_object_notify_by_pspec (G_OBJECT (process), props[PROP_DIRECTORY]);
}

/**
 * gw_process_set_user:
 * @process: a #GwProcess that was not run yet
 * @user: (nullable): the name of the guest's user that it runs as, with the
 *   groups of that user, and `HOME`, `USER` and `LOGNAME` set; %NULL for the
 *   agent's
 *
 * With a user, in text, a program that a signal N ends is told of as one that
 * exits with 128 + N.
 *
 * Since: 0.1
 */
void
gw_process_set_user (GwProcess *process, const char *user)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started);

  g_free (process->asked.user);
  process->asked.user = g_strdup (user);
  g_object_notify_by_pspec (G_OBJECT (process), props[PROP_USER]);
}

/**
 * gw_process_set_input:
 * @process: a #GwProcess that was not run yet
 * @input: (nullable): its standard input, in text at most 32 MiB; %NULL for
 *   none
 *
 * Since: 0.1
 */
void
gw_process_set_input (GwProcess *process, GBytes *input)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started);

  g_clear_pointer (&process->input, g_bytes_unref);
  process->input = input != NULL ? g_bytes_ref (input) : NULL;
  g_object_notify_by_pspec (G_OBJECT (process), props[PROP_INPUT]);
}

/**
 * gw_process_set_live_input:
 * @process: a #GwProcess that was not run yet
 * @live_input: whether its standard input is written while it runs: see
 *   gw_process_get_stdin_pipe(). It takes the place of the one that is set
 *
 * Since: 0.1
 */
void
gw_process_set_live_input (GwProcess *process, gboolean live_input)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started);

  process->live_input = !!live_input;
  g_object_notify_by_pspec (G_OBJECT (process), props[PROP_LIVE_INPUT]);
}

/**
 * gw_process_set_terminal:
 * @process: a #GwProcess that was not run yet
 * @terminal: (nullable): the kind of terminal that it gets for all three of its
 *   standard streams, as `TERM` names it, for example `xterm`; %NULL for pipes
 *
 * See gw_process_set_window_size() too: it is 24 rows of 80 columns, unless told
 * otherwise.
 *
 * Since: 0.1
 */
void
gw_process_set_terminal (GwProcess *process, const char *terminal)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (!process->started);

  g_free (process->terminal);
  process->terminal = g_strdup (terminal);
  g_object_notify_by_pspec (G_OBJECT (process), props[PROP_TERMINAL]);
}

/* --- The object --------------------------------------------------------- */

static void
gw_process_finalize (GObject *object)
{
  GwProcess *self = GW_PROCESS (object);

  g_clear_pointer (&self->live, gw_process_live_free);
  gw_process_outcome_clear (&self->outcome);
  gw_process_words_clear (&self->asked);
  g_free (self->terminal);
  g_free (self->job);
  g_clear_pointer (&self->input, g_bytes_unref);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (gw_process_parent_class)->finalize (object);
}

static void
gw_process_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwProcess *self = GW_PROCESS (object);

  switch (id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_ARGUMENTS:
      g_value_set_boxed (value, self->asked.arguments);
      break;
    case PROP_ENVIRONMENT:
      g_value_set_boxed (value, self->asked.environment);
      break;
    case PROP_DIRECTORY:
      g_value_set_string (value, self->asked.directory);
      break;
    case PROP_USER:
      g_value_set_string (value, self->asked.user);
      break;
    case PROP_INPUT:
      g_value_set_boxed (value, self->input);
      break;
    case PROP_LIVE_INPUT:
      g_value_set_boolean (value, self->live_input);
      break;
    case PROP_TERMINAL:
      g_value_set_string (value, self->terminal);
      break;
    case PROP_PID:
      g_value_set_int64 (value, self->pid);
      break;
    case PROP_ENDED:
      g_value_set_boolean (value, self->ended);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_process_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GwProcess *self = GW_PROCESS (object);

  switch (id)
    {
    case PROP_CLIENT:
      self->client = g_value_dup_object (value);
      break;
    case PROP_ARGUMENTS:
      self->asked.arguments = g_value_dup_boxed (value);
      break;
    case PROP_ENVIRONMENT:
      gw_process_set_environment (self, g_value_get_boxed (value));
      break;
    case PROP_DIRECTORY:
      gw_process_set_directory (self, g_value_get_string (value));
      break;
    case PROP_USER:
      gw_process_set_user (self, g_value_get_string (value));
      break;
    case PROP_INPUT:
      gw_process_set_input (self, g_value_get_boxed (value));
      break;
    case PROP_LIVE_INPUT:
      gw_process_set_live_input (self, g_value_get_boolean (value));
      break;
    case PROP_TERMINAL:
      gw_process_set_terminal (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
install_properties (GObjectClass *class)
{
  const GParamFlags once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags asked = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags told = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * GwProcess:client:
   *
   * What it is run through.
   *
   * Since: 0.1
   */
  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, GW_TYPE_CLIENT, once);
  /**
   * GwProcess:arguments:
   *
   * The program and its arguments.
   *
   * Since: 0.1
   */
  props[PROP_ARGUMENTS] = g_param_spec_boxed ("arguments", NULL, NULL, G_TYPE_STRV, once);
  /**
   * GwProcess:environment:
   *
   * See gw_process_set_environment().
   *
   * Since: 0.1
   */
  props[PROP_ENVIRONMENT] = g_param_spec_boxed ("environment", NULL, NULL, G_TYPE_STRV, asked);
  /**
   * GwProcess:directory:
   *
   * See gw_process_set_directory().
   *
   * Since: 0.1
   */
  props[PROP_DIRECTORY] = g_param_spec_string ("directory", NULL, NULL, NULL, asked);
  /**
   * GwProcess:user:
   *
   * See gw_process_set_user().
   *
   * Since: 0.1
   */
  props[PROP_USER] = g_param_spec_string ("user", NULL, NULL, NULL, asked);
  /**
   * GwProcess:input:
   *
   * See gw_process_set_input().
   *
   * Since: 0.1
   */
  props[PROP_INPUT] = g_param_spec_boxed ("input", NULL, NULL, G_TYPE_BYTES, asked);
  /**
   * GwProcess:live-input:
   *
   * See gw_process_set_live_input().
   *
   * Since: 0.1
   */
  props[PROP_LIVE_INPUT] = g_param_spec_boolean ("live-input", NULL, NULL, FALSE, asked);
  /**
   * GwProcess:terminal:
   *
   * See gw_process_set_terminal().
   *
   * Since: 0.1
   */
  props[PROP_TERMINAL] = g_param_spec_string ("terminal", NULL, NULL, NULL, asked);
  /**
   * GwProcess:pid:
   *
   * Its process id in the guest, 0 if that is not known yet.
   *
   * Since: 0.1
   */
  props[PROP_PID] = g_param_spec_int64 ("pid", NULL, NULL, G_MININT64, G_MAXINT64, 0, told);
  /**
   * GwProcess:ended:
   *
   * Whether it has ended.
   *
   * Since: 0.1
   */
  props[PROP_ENDED] = g_param_spec_boolean ("ended", NULL, NULL, FALSE, told);
  g_object_class_install_properties (class, N_PROPS, props);
}

static void
gw_process_class_init (GwProcessClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = gw_process_finalize;
  object_class->get_property = gw_process_get_property;
  object_class->set_property = gw_process_set_property;
  install_properties (object_class);

  /**
   * GwProcess::lost:
   * @process: the #GwProcess
   * @errors: whether it is standard error, else standard output
   * @bytes: how many bytes
   *
   * The reader of a job's output has come to where some of it is not kept any
   * more: see gw_job_attach(). Emitted from inside of the function that reads.
   *
   * Since: 0.1
   */
  lost_signal = g_signal_new ("lost", GW_TYPE_PROCESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                              G_TYPE_BOOLEAN, G_TYPE_UINT64);
}

void
gw_process_emit_lost (GwProcess *self, gboolean errors, guint64 bytes)
{
  g_signal_emit (self, lost_signal, 0, errors, bytes);
}

static void
gw_process_init (GwProcess *self)
{
  self->outcome.exit_status = -1;
  self->rows = 24;
  self->columns = 80;
}
