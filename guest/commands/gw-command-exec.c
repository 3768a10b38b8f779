/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-exec and guest-exec-status. Results are kept after they were asked
 * for, since the answer may have been lost on its way; how many and how long
 * is bounded. What an earlier agent has started is known too. */

#include "gw-command-exec.h"

#include <sys/wait.h>

#include "gw-base64.h"
#include "gw-command.h"
#include "gw-limits.h"
#include "gw-program.h"

typedef struct
{
  GwProgram *program;
  gboolean is_earlier; /* another agent has started it */
  gint64 collected_us; /* when its result was last given away, or 0 */
} Entry;

static GHashTable *running; /* GPid -> Entry* */
static GQueue kept;         /* of Entry*, ended, the oldest first */
static guint forget_timer;

static void
entry_free (Entry *entry)
{
  gw_program_free (entry->program);
  g_free (entry);
}

static void
forget (GList *link)
{
  entry_free (link->data);
  g_queue_delete_link (&kept, link);
}

static GList *
find_kept (GPid pid)
{
  for (GList *link = kept.head; link != NULL; link = link->next)
    if (gw_program_get_pid (((Entry *) link->data)->program) == pid)
      return link;
  return NULL;
}

static GList *
oldest_collected (void)
{
  for (GList *link = kept.head; link != NULL; link = link->next)
    if (((Entry *) link->data)->collected_us != 0)
      return link;
  return NULL;
}

/* Those whose result was asked for go first. */
static void
forget_one (void)
{
  GList *collected = oldest_collected ();

  forget (collected != NULL ? collected : kept.head);
}

/* Output that nobody asks for must not keep the next program's from being
 * kept. */
static void
make_room (void)
{
  while (kept.head != NULL && gw_program_total_captured () > GW_EXEC_TOTAL_MAX / 2)
    forget_one ();
}

static gboolean
forget_collected (gpointer data)
{
  gint64 before = g_get_monotonic_time () - GW_EXEC_COLLECTED_S * G_USEC_PER_SEC;
  GList *next;
  gboolean more = FALSE;

  for (GList *link = kept.head; link != NULL; link = next)
    {
      gint64 collected_us = ((Entry *) link->data)->collected_us;

      next = link->next;
      if (collected_us != 0 && collected_us <= before)
        forget (link);
      else if (collected_us != 0)
        more = TRUE;
    }
  if (more)
    return G_SOURCE_CONTINUE;
  forget_timer = 0;
  return G_SOURCE_REMOVE;
}

static void
mark_collected (Entry *entry)
{
  entry->collected_us = g_get_monotonic_time ();
  if (forget_timer == 0)
    forget_timer = g_timeout_add_seconds (GW_EXEC_COLLECTED_S, forget_collected, NULL);
}

static void
keep (Entry *entry)
{
  g_queue_push_tail (&kept, entry);
  while (kept.length > GW_EXEC_KEPT_MAX)
    forget_one ();
}

static void
on_program_ended (GwProgram *program, gpointer data)
{
  g_hash_table_remove (running, GINT_TO_POINTER (gw_program_get_pid (program)));
  keep (data);
}

static void
add_running (Entry *entry)
{
  if (running == NULL)
    running = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (running, GINT_TO_POINTER (gw_program_get_pid (entry->program)), entry);
}

static guint
count_running (void)
{
  return running != NULL ? g_hash_table_size (running) : 0;
}

/* --- Programs of an earlier agent --------------------------------------- */

/* Nobody tells when one of them ends, so it is looked at when that matters. */
static void
look_at (Entry *entry)
{
  if (entry->is_earlier && gw_program_has_ended (entry->program))
    on_program_ended (entry->program, entry);
  else if (!entry->is_earlier)
    gw_program_has_ended (entry->program);
}

static void
look_at_all (void)
{
  g_autoptr (GList) entries = running != NULL ? g_hash_table_get_values (running) : NULL;

  for (GList *link = entries; link != NULL; link = link->next)
    look_at (link->data);
}

/**
 * gw_command_exec_restore:
 *
 * Takes over what an earlier agent has started: gw_program_open() comes first.
 */
void
gw_command_exec_restore (void)
{
  g_autoptr (GPtrArray) programs = gw_program_find_earlier ();

  for (guint i = 0; i < programs->len; i++)
    {
      Entry *entry = g_new0 (Entry, 1);

      entry->program = programs->pdata[i];
      entry->is_earlier = TRUE;
      if (gw_program_has_ended (entry->program))
        keep (entry);
      else
        add_running (entry);
    }
}

/* --- guest-exec --------------------------------------------------------- */

/* GuestExecCaptureOutput: a boolean, or since 8.0 a word. */
static gboolean
parse_capture (JsonObject *arguments, GwCaptureFlags *capture, GError **error)
{
  static const struct
  {
    const char *word;
    GwCaptureFlags flags;
  } words[] = {
    { "none", GW_CAPTURE_NONE },
    { "stdout", GW_CAPTURE_STDOUT },
    { "stderr", GW_CAPTURE_STDERR },
    { "separated", GW_CAPTURE_STDOUT | GW_CAPTURE_STDERR },
    { "merged", GW_CAPTURE_MERGED },
  };
  JsonNode *value = json_object_get_member (arguments, "capture-output");
  GType type;

  *capture = GW_CAPTURE_NONE;
  if (value == NULL)
    return TRUE;
  type = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_value_type (value) : G_TYPE_INVALID;
  if (type == G_TYPE_BOOLEAN)
    {
      if (json_node_get_boolean (value))
        *capture = GW_CAPTURE_STDOUT | GW_CAPTURE_STDERR;
      return TRUE;
    }
  if (type != G_TYPE_STRING)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED,
                           "Invalid parameter type for 'capture-output', expected: GuestExecCaptureOutput");
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (json_node_get_string (value), words[i].word))
      {
        *capture = words[i].flags;
        return TRUE;
      }
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'capture-output' does not accept value '%s'",
               json_node_get_string (value));
  return FALSE;
}

static gboolean
decode_input (JsonObject *arguments, GBytes **input, GError **error)
{
  const char *text = gw_argument_string (arguments, "input-data");

  *input = text != NULL ? gw_base64_decode (text, "input-data", error) : NULL;
  return text == NULL || *input != NULL;
}

static char **
build_argv (JsonObject *arguments)
{
  g_auto (GStrv) words = gw_argument_dup_strings (arguments, "arg");
  GStrvBuilder *argv = g_strv_builder_new ();
  char **result;

  g_strv_builder_add (argv, gw_argument_string (arguments, "path"));
  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    g_strv_builder_add (argv, words[i]);
  result = g_strv_builder_end (argv);
  g_strv_builder_unref (argv);
  return result;
}

static Entry *
start_program (JsonObject *arguments, GError **error)
{
  g_auto (GStrv) argv = build_argv (arguments);
  g_auto (GStrv) environment = gw_argument_dup_strings (arguments, "env");
  g_autoptr (GBytes) input = NULL;
  g_autoptr (GError) failure = NULL;
  GwCaptureFlags capture;
  Entry *entry;

  if (count_running () >= GW_EXEC_RUNNING_MAX)
    look_at_all ();
  if (count_running () >= GW_EXEC_RUNNING_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d programs run already; wait for some of them to end",
                   GW_EXEC_RUNNING_MAX);
      return NULL;
    }
  if (!parse_capture (arguments, &capture, error) || !decode_input (arguments, &input, error))
    return NULL;
  if (input != NULL && g_bytes_get_size (input) > GW_EXEC_INPUT_TOTAL_MAX - MIN (gw_program_total_input (), GW_EXEC_INPUT_TOTAL_MAX))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "Running programs hold %" G_GSIZE_FORMAT
                   " bytes of input that they have not read; there is no room for more", gw_program_total_input ());
      return NULL;
    }

  make_room ();
  entry = g_new0 (Entry, 1);
  entry->program = gw_program_start (argv, environment, input, capture, on_program_ended, entry, &failure);
  if (entry->program == NULL)
    {
      g_free (entry);
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Guest agent command failed, error was '%s'", failure->message);
      return NULL;
    }
  return entry;
}

static void
run_exec (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  JsonObject *result;
  Entry *entry;
  GList *same;
  GPid pid;

  entry = start_program (arguments, &error);
  if (entry == NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  pid = gw_program_get_pid (entry->program);
  /* The kernel gave an ended program's number to this one. */
  same = find_kept (pid);
  if (same != NULL)
    forget (same);
  add_running (entry);
  result = json_object_new ();
  json_object_set_int_member (result, "pid", pid);
  gw_call_return_object (call, result);
}

/* --- guest-exec-status -------------------------------------------------- */

static void
add_output (JsonObject *result, GwProgram *program, GwStream stream, const char *data_name, const char *truncated_name)
{
  gboolean truncated;
  g_autoptr (GBytes) bytes = gw_program_get_output (program, stream, &truncated);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  g_autofree char *text = NULL;

  if (length > 0)
    {
      text = g_base64_encode (data, length);
      json_object_set_string_member (result, data_name, text);
    }
  if (length > 0 || truncated)
    json_object_set_boolean_member (result, truncated_name, truncated);
}

static void
return_result (GwCall *call, GwProgram *program)
{
  JsonObject *result = json_object_new ();
  int status = gw_program_get_wait_status (program);

  json_object_set_boolean_member (result, "exited", TRUE);
  if (WIFEXITED (status))
    json_object_set_int_member (result, "exitcode", WEXITSTATUS (status));
  else if (WIFSIGNALED (status))
    json_object_set_int_member (result, "signal", WTERMSIG (status));
  add_output (result, program, GW_STREAM_STDOUT, "out-data", "out-truncated");
  add_output (result, program, GW_STREAM_STDERR, "err-data", "err-truncated");
  gw_call_return_object (call, result);
}

static Entry *
find_running (GPid pid)
{
  Entry *entry = running != NULL ? g_hash_table_lookup (running, GINT_TO_POINTER (pid)) : NULL;

  if (entry != NULL)
    look_at (entry);
  return running != NULL ? g_hash_table_lookup (running, GINT_TO_POINTER (pid)) : NULL;
}

static void
run_exec_status (GwCall *call, JsonObject *arguments)
{
  gint64 pid = json_object_get_int_member (arguments, "pid");
  gboolean runs = pid == (GPid) pid && find_running ((GPid) pid) != NULL;
  GList *link = pid == (GPid) pid && !runs ? find_kept ((GPid) pid) : NULL;

  if (link != NULL)
    {
      Entry *entry = link->data;

      mark_collected (entry);
      return_result (call, entry->program);
    }
  else if (runs)
    {
      JsonObject *result = json_object_new ();

      json_object_set_boolean_member (result, "exited", FALSE);
      gw_call_return_object (call, result);
    }
  else
    gw_call_fail (call, g_error_new (GW_ERROR, GW_ERROR_FAILED, "PID %" G_GINT64_FORMAT " does not exist", pid));
}

const GwCommand gw_commands_exec[] = {
  { "guest-exec", "Run a program in the guest", "2.5", GW_COMMAND_PLAIN, run_exec,
    { { "path", GW_ARGUMENT_STRING },
      { "arg", GW_ARGUMENT_STRINGS, TRUE },
      { "env", GW_ARGUMENT_STRINGS, TRUE },
      { "input-data", GW_ARGUMENT_STRING, TRUE },
      { "capture-output", GW_ARGUMENT_ANY, TRUE } } },
  { "guest-exec-status", "Tell whether a program has ended, and what it printed", "2.5", GW_COMMAND_PLAIN,
    run_exec_status, { { "pid", GW_ARGUMENT_INT } } },
  { NULL },
};
