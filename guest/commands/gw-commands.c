/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the command of a request, asks the policy, checks the arguments against
 * the table, and sees to it that each request gets one answer. The texts of errors are
 * qemu-ga's (scripts/qapi, qapi/qapi-dispatch). Knows no port and no voice. */

#include "gw-commands.h"

#include "gw-limits.h"

struct _GwCall
{
  const GwCommand *command; /* NULL when the request names none */
  JsonNode *id;
  GwAsker asker;
  GwCallFateFunc fate_func;
  gpointer fate_data;
};

static const GwCommand *const tables[] = {
  gw_commands_sync,
  gw_commands_info,
  gw_commands_os,
  gw_commands_exec,
  gw_commands_file,
  gw_commands_time,
  gw_commands_set_time,
  gw_commands_power,
  gw_commands_live,
  gw_commands_transfer,
  gw_commands_job,
  gw_commands_forward,
  gw_commands_events,
  gw_commands_freeze,
  gw_commands_fs,
  gw_commands_network,
  gw_commands_users,
  gw_commands_vcpus,
};

void
gw_commands_foreach (void (*func) (const GwCommand *command, gpointer data), gpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GwCommand *command = tables[i]; command->name != NULL; command++)
      func (command, data);
}

const GwCommand *
gw_commands_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GwCommand *command = tables[i]; command->name != NULL; command++)
      if (g_str_equal (command->name, name))
        return command;
  return NULL;
}

/* --- One call ----------------------------------------------------------- */

static void
end (GwCall *call, GBytes *line, gboolean failed)
{
  const GwAnswer said = { .line = line, .failed = failed, .command = call->command };

  call->asker.answer (&said, call->asker.data);
  g_clear_pointer (&call->id, json_node_unref);
  g_free (call);
}

/* Takes @line; ends the call. */
static void
answer (GwCall *call, GBytes *line, gboolean failed)
{
  if (g_bytes_get_size (line) > GW_LINE_MAX)
    {
      g_autoptr (GError) error = g_error_new (GW_ERROR, GW_ERROR_TOO_LARGE, "The reply has more than %u bytes", GW_LINE_MAX);

      g_bytes_unref (line);
      line = gw_message_error (error, call->id);
      failed = TRUE;
    }
  end (call, line, failed);
  g_bytes_unref (line);
}

/**
 * gw_call_return:
 * @value: (transfer full) (nullable): the return value; %NULL stands for {}
 */
void
gw_call_return (GwCall *call, JsonNode *value)
{
  answer (call, gw_message_reply (value, call->id), FALSE);
  g_clear_pointer (&value, json_node_unref);
}

/**
 * gw_call_return_object:
 * @value: (transfer full): the return value
 */
void
gw_call_return_object (GwCall *call, JsonObject *value)
{
  gw_call_return (call, json_node_init_object (json_node_alloc (), value));
  json_object_unref (value);
}

/**
 * gw_call_fail:
 * @error: (transfer full): becomes the error reply
 */
void
gw_call_fail (GwCall *call, GError *error)
{
  answer (call, gw_message_error (error, call->id), TRUE);
  g_error_free (error);
}

/**
 * gw_call_end_silently:
 *
 * Ends a call of a %GW_COMMAND_NO_SUCCESS that has succeeded: the host gets no
 * answer to it, and the next request is taken up.
 */
void
gw_call_end_silently (GwCall *call)
{
  g_assert (call->command->flags & GW_COMMAND_NO_SUCCESS);
  end (call, NULL, FALSE);
}

/**
 * gw_call_watch:
 * @func: (nullable): called when the call's fate changes before it has ended;
 *   may end it
 */
void
gw_call_watch (GwCall *call, GwCallFateFunc func, gpointer data)
{
  call->fate_func = func;
  call->fate_data = data;
}

/* By whoever made the call. It may have ended when this returns. */
void
gw_call_tell (GwCall *call, GwCallFate fate)
{
  if (fate == GW_CALL_ABANDONED)
    call->asker.streams = NULL;
  if (call->fate_func != NULL)
    call->fate_func (call, fate, call->fate_data);
}

/**
 * gw_call_get_streams:
 *
 * Returns: (transfer none) (nullable): the streams of the session that the
 *   call came by; %NULL in the text voice
 */
GwStreams *
gw_call_get_streams (GwCall *call)
{
  return call->asker.streams;
}

guint64
gw_call_get_id (GwCall *call)
{
  return call->asker.id;
}

/* --- Arguments ---------------------------------------------------------- */

static const GwArgument *
find_argument (const GwCommand *command, const char *name)
{
  for (const GwArgument *argument = command->arguments; argument->name != NULL; argument++)
    if (g_str_equal (argument->name, name))
      return argument;
  return NULL;
}

static GError *
wrong_type (const char *name, const char *expected)
{
  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "Invalid parameter type for '%s', expected: %s", name, expected);
}

static GError *
check_strings (const char *name, JsonNode *value)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return wrong_type (name, "array");
  array = json_node_get_array (value);
  if (json_array_get_length (array) > GW_EXEC_WORDS_MAX)
    return g_error_new (GW_ERROR, GW_ERROR_TOO_LARGE, "Parameter '%s' has more than %d elements", name, GW_EXEC_WORDS_MAX);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (json_node_get_value_type (json_array_get_element (array, i)) != G_TYPE_STRING)
      {
        g_autofree char *element = g_strdup_printf ("%s[%u]", name, i);

        return wrong_type (element, "string");
      }
  return NULL;
}

static GError *
check_argument (const GwArgument *argument, JsonNode *value)
{
  GType type = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_value_type (value) : G_TYPE_INVALID;

  switch (argument->type)
    {
    case GW_ARGUMENT_STRING:
      return type == G_TYPE_STRING ? NULL : wrong_type (argument->name, "string");
    case GW_ARGUMENT_INT:
      return type == G_TYPE_INT64 ? NULL : wrong_type (argument->name, "integer");
    case GW_ARGUMENT_BOOL:
      return type == G_TYPE_BOOLEAN ? NULL : wrong_type (argument->name, "boolean");
    case GW_ARGUMENT_STRINGS:
      return check_strings (argument->name, value);
    case GW_ARGUMENT_ANY:
    default:
      return NULL;
    }
}

static GError *
check_arguments (const GwCommand *command, JsonObject *untrusted_arguments)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  for (const GwArgument *argument = command->arguments; argument->name != NULL; argument++)
    if (!argument->optional && !json_object_has_member (untrusted_arguments, argument->name))
      return g_error_new (GW_ERROR, GW_ERROR_FAILED, "Parameter '%s' is missing", argument->name);

  json_object_iter_init (&iter, untrusted_arguments);
  while (json_object_iter_next (&iter, &name, &value))
    {
      const GwArgument *argument = find_argument (command, name);
      GError *error;

      if (argument == NULL)
        return g_error_new (GW_ERROR, GW_ERROR_FAILED, "Parameter '%s' is unexpected", name);
      error = check_argument (argument, value);
      if (error != NULL)
        return error;
    }
  return NULL;
}

const char *
gw_argument_string (JsonObject *arguments, const char *name)
{
  return json_object_get_string_member_with_default (arguments, name, NULL);
}

/**
 * gw_argument_dup_strings:
 *
 * Returns: (transfer full) (nullable): the strings, or %NULL if not given
 */
char **
gw_argument_dup_strings (JsonObject *arguments, const char *name)
{
  JsonArray *array;
  char **strings;
  guint length;

  if (!json_object_has_member (arguments, name))
    return NULL;
  array = json_object_get_array_member (arguments, name);
  length = json_array_get_length (array);
  strings = g_new0 (char *, length + 1);
  for (guint i = 0; i < length; i++)
    strings[i] = g_strdup (json_array_get_string_element (array, i));
  return strings;
}

/* Whether a voice has @command. */
gboolean
gw_commands_has (const GwCommand *command, gboolean in_frames)
{
  return (command->flags & (in_frames ? GW_COMMAND_IN_TEXT : GW_COMMAND_IN_FRAMES)) == 0;
}

static void
run (GwCall *call, const GwMessage *request)
{
  g_autoptr (JsonObject) arguments = NULL;
  const GwCommand *command;
  GError *error;

  if (request->text != NULL)
    {
      gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, request->text));
      return;
    }
  command = gw_commands_find (request->name);
  if (command == NULL || !gw_commands_has (command, call->asker.streams != NULL))
    {
      gw_call_fail (call, g_error_new (GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND, "The command %.*s has not been found", 64,
                                       request->name));
      return;
    }
  call->command = command;
  error = gw_commands_check_policy (command);
  if (error != NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  arguments = request->body != NULL ? json_object_ref (json_node_get_object (request->body)) : json_object_new ();
  error = check_arguments (command, arguments);
  if (error != NULL)
    gw_call_fail (call, error);
  else
    command->run (call, arguments);
}

/**
 * gw_commands_run:
 * @request: a %GW_MESSAGE_REQUEST
 * @asker: copied; is answered exactly once, now or later
 *
 * Runs a command.
 *
 * Returns: (transfer none): the call, which is void once it was answered
 */
GwCall *
gw_commands_run (const GwMessage *request, const GwAsker *asker)
{
  GwCall *call = g_new0 (GwCall, 1);

  call->id = request->id != NULL ? json_node_ref (request->id) : NULL;
  call->asker = *asker;
  run (call, request);
  return call;
}
