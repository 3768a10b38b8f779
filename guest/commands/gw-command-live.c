/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-exec and guestwire-exec-control: programs whose input and output
 * go over the session as they come. They end with it, but not with the agent. */

#include "gw-command-live.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-command.h"
#include "gw-limits.h"
#include "gw-live-program.h"

/* One guestwire-exec. */
typedef struct
{
  GwCall *call; /* NULL when nobody waits for the answer any more */
  GwStreams *streams;
  guint64 id;   /* of the call, in that session */
  gboolean terminal;
  gboolean cancelled;
  GwLiveProgram *program; /* NULL while it is being started */
} Exec;

static GList *execs;

static guint
count_streams (const Exec *exec)
{
  return exec->terminal ? 1 : 2;
}

static void
exec_free (Exec *exec)
{
  execs = g_list_remove (execs, exec);
  g_clear_pointer (&exec->program, gw_live_program_free);
  g_free (exec);
}

/* --- Its end ---------------------------------------------------------------- */

static void
on_ended (GwLiveProgram *program, int wait_status, gpointer data)
{
  Exec *exec = data;
  GwCall *call = exec->call;
  JsonObject *result = json_object_new ();

  json_object_set_int_member (result, "pid", gw_live_program_get_pid (program));
  if (WIFSIGNALED (wait_status))
    json_object_set_int_member (result, "signal", WTERMSIG (wait_status));
  else
    json_object_set_int_member (result, "exitcode", WEXITSTATUS (wait_status));
  exec_free (exec);
  gw_call_return_object (call, result);
}

/* A call without a session has no way to answer, but is ended like any. */
static void
abandon (Exec *exec)
{
  GwCall *call = exec->call;

  exec->call = NULL;
  if (exec->program != NULL)
    exec_free (exec);
  else
    {
      /* Ended when it is started. */
      gw_streams_release (exec->streams, count_streams (exec));
      exec->streams = NULL;
    }
  gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, "the session is over"));
}

static void
on_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  Exec *exec = data;

  exec->cancelled = TRUE;
  if (fate == GW_CALL_ABANDONED)
    abandon (exec);
  else if (exec->program != NULL)
    gw_live_program_terminate (exec->program);
}

/* --- Its start ---------------------------------------------------------------- */

static void
begin (Exec *exec, GwLiveEnds *ends)
{
  GwCall *call = exec->call;
  GError *problem = NULL;

  exec->program = gw_live_program_new (ends, exec->terminal, exec->streams, exec->id, on_ended, exec, &problem);
  if (exec->program == NULL)
    {
      exec_free (exec);
      gw_call_fail (call, problem);
    }
  else if (exec->cancelled)
    gw_live_program_terminate (exec->program);
}

static void
on_started (GwLiveEnds *ends, const GError *error, gpointer data)
{
  Exec *exec = data;
  GwCall *call = exec->call;

  if (exec->streams != NULL)
    gw_streams_release (exec->streams, count_streams (exec));
  if (call == NULL)
    exec_free (exec);
  else if (error != NULL)
    {
      exec_free (exec);
      gw_call_fail (call, g_error_copy (error));
    }
  else
    begin (exec, ends);
}

/* --- Arguments ------------------------------------------------------------------ */

static gboolean
take_size (JsonObject *arguments, const char *name, guint16 *size, GError **error)
{
  JsonNode *value = json_object_get_member (arguments, name);
  gint64 number = value != NULL && json_node_get_value_type (value) == G_TYPE_INT64 ? json_node_get_int (value) : 0;

  *size = number;
  if (number > 0 && number <= G_MAXUINT16)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter '%s' has to be a number from 1 to %d", name, G_MAXUINT16);
  return FALSE;
}

static gboolean
take_terminal (GwLiveOrder *order, JsonNode *value, GError **error)
{
  JsonObject *terminal;
  JsonNode *type;

  if (value == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (value))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "Invalid parameter type for 'tty', expected: object");
      return FALSE;
    }
  order->terminal = TRUE;
  terminal = json_node_get_object (value);
  type = json_object_get_member (terminal, "term");
  if (type != NULL && json_node_get_value_type (type) != G_TYPE_STRING)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "Invalid parameter type for 'term', expected: string");
      return FALSE;
    }
  order->terminal_type = type != NULL ? g_strdup (json_node_get_string (type)) : NULL;
  return take_size (terminal, "rows", &order->rows, error) && take_size (terminal, "columns", &order->columns, error);
}

/* Who wants a shell does not know where it is. */
static gboolean
take_login (GwLiveOrder *order, JsonObject *arguments, GError **error)
{
  gboolean path = json_object_has_member (arguments, "path");

  order->login = json_object_get_boolean_member_with_default (arguments, "login", FALSE);
  if (order->login && order->user == NULL)
    order->user = g_strdup_printf ("%u", (guint) geteuid ());
  if (order->login != path)
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED,
                       path ? "Parameters 'path' and 'login' exclude each other: a login is to its user's shell"
                            : "Parameter 'path' is missing");
  return FALSE;
}

static GwLiveOrder *
build_order (JsonObject *arguments, GError **error)
{
  g_autoptr (GwLiveOrder) order = gw_live_order_new (arguments, error);

  if (order == NULL || !take_login (order, arguments, error)
      || !take_terminal (order, json_object_get_member (arguments, "tty"), error))
    return NULL;
  order->input = json_object_get_boolean_member_with_default (arguments, "input", FALSE);
  return g_steal_pointer (&order);
}

static gboolean
check_room (GError **error)
{
  if (g_list_length (execs) < GW_LIVE_RUNNING_MAX)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d programs run already; wait for some of them to end",
               GW_LIVE_RUNNING_MAX);
  return FALSE;
}

static void
run_exec (GwCall *call, JsonObject *arguments)
{
  GwStreams *streams = gw_call_get_streams (call);
  GError *error = NULL;
  GwLiveOrder *order = build_order (arguments, &error);
  Exec *exec;

  if (order == NULL || !check_room (&error) || !gw_streams_reserve (streams, order->terminal ? 1 : 2, &error))
    {
      g_clear_pointer (&order, gw_live_order_free);
      gw_call_fail (call, error);
      return;
    }
  exec = g_new0 (Exec, 1);
  exec->call = call;
  exec->streams = streams;
  exec->id = gw_call_get_id (call);
  exec->terminal = order->terminal;
  execs = g_list_prepend (execs, exec);
  gw_call_watch (call, on_fate, exec);
  gw_live_start (order, on_started, exec);
}

/* --- guestwire-exec-control -------------------------------------------------------- */

static Exec *
find_exec (GwCall *call, gint64 id)
{
  for (GList *link = execs; link != NULL; link = link->next)
    {
      Exec *exec = link->data;

      if (exec->streams == gw_call_get_streams (call) && exec->program != NULL && id > 0 && exec->id == (guint64) id)
        return exec;
    }
  return NULL;
}

static gboolean
control (Exec *exec, JsonObject *arguments, GError **error)
{
  gint64 number = json_object_get_int_member_with_default (arguments, "signal", -1);
  guint16 rows, columns;

  if (json_object_has_member (arguments, "rows") || json_object_has_member (arguments, "columns"))
    return take_size (arguments, "rows", &rows, error) && take_size (arguments, "columns", &columns, error)
           && gw_live_program_resize (exec->program, rows, columns, error);
  if (number > 0 && number < NSIG)
    return gw_live_program_signal (exec->program, number, error);
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'signal' has to be a number from 1 to %d", NSIG - 1);
  return FALSE;
}

static void
run_control (GwCall *call, JsonObject *arguments)
{
  gint64 id = json_object_get_int_member (arguments, "call");
  Exec *exec = find_exec (call, id);
  GError *error = NULL;

  if (exec == NULL)
    g_set_error (&error, GW_ERROR, GW_ERROR_FAILED, "Call %" G_GINT64_FORMAT " has no program that runs", id);
  if (exec != NULL && control (exec, arguments, &error))
    gw_call_return (call, NULL);
  else
    gw_call_fail (call, error);
}

/**
 * gw_command_live_leave:
 *
 * The agent ends, maybe for its own upgrade by one of them: programs go on.
 */
void
gw_command_live_leave (void)
{
  for (GList *link = execs; link != NULL; link = link->next)
    {
      Exec *exec = link->data;

      if (exec->program != NULL && !exec->cancelled)
        gw_live_program_leave (exec->program);
    }
}

static const char *const implies_exec[] = { "guest-exec", NULL };

const GwCommand gw_commands_live[] = {
  { "guestwire-exec", "Run a program, with its input and output on streams", "0.1", GW_COMMAND_IN_FRAMES, run_exec,
    { { "path", GW_ARGUMENT_STRING, TRUE },
      { "login", GW_ARGUMENT_BOOL, TRUE },
      { "arg", GW_ARGUMENT_STRINGS, TRUE },
      { "env", GW_ARGUMENT_STRINGS, TRUE },
      { "env-add", GW_ARGUMENT_STRINGS, TRUE },
      { "cwd", GW_ARGUMENT_STRING, TRUE },
      { "user", GW_ARGUMENT_STRING, TRUE },
      { "input", GW_ARGUMENT_BOOL, TRUE },
      { "tty", GW_ARGUMENT_ANY, TRUE } },
    implies_exec },
  { "guestwire-exec-control", "Send a signal to such a program, or change its terminal's size", "0.1",
    GW_COMMAND_IN_FRAMES | GW_COMMAND_WHILE_FROZEN, run_control,
    { { "call", GW_ARGUMENT_INT },
      { "signal", GW_ARGUMENT_INT, TRUE },
      { "rows", GW_ARGUMENT_INT, TRUE },
      { "columns", GW_ARGUMENT_INT, TRUE } },
    implies_exec },
  { NULL },
};
