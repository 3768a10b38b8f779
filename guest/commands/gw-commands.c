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
  GwAnswerFunc answer;
  gpointer data;
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

/* --- Policy ------------------------------------------------------------- */

static GwPolicy *policy; /* NULL: all is allowed */

static void
warn_unknown (const char *rule, const char *name, gpointer data)
{
  if (gw_commands_find (name) == NULL)
    g_warning ("%s: there is no command '%s' (a typing error?)", rule, name);
}

/**
 * gw_commands_set_policy:
 * @new_policy: (transfer full) (nullable): what decides from here on which
 *   commands may run; %NULL allows all
 *
 * Logs what in it is likely to be a mistake.
 */
void
gw_commands_set_policy (GwPolicy *new_policy)
{
  g_clear_pointer (&policy, gw_policy_free);
  policy = new_policy;
  if (policy == NULL)
    return;
  gw_policy_foreach_name (policy, warn_unknown, NULL);
  if (gw_policy_denied_by (policy, "guest-sync") != NULL && gw_policy_denied_by (policy, "guest-sync-delimited") != NULL)
    g_warning ("neither guest-sync nor guest-sync-delimited is allowed: most hosts will take this agent for dead");
}

/* Whether the policy lets @command run. */
gboolean
gw_commands_enabled (const GwCommand *command)
{
  return policy == NULL || gw_policy_denied_by (policy, command->name) == NULL;
}

/* The first time each command is asked for in vain it is told to the
 * administrator; the rest is only for those who look: a host could fill the
 * log with it. */
static void
log_denial (const GwCommand *command, const char *rule)
{
  static GHashTable *told;
  GLogLevelFlags level;

  if (told == NULL)
    told = g_hash_table_new (NULL, NULL);
  level = g_hash_table_add (told, (gpointer) command) ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_DEBUG;
  g_log_structured (G_LOG_DOMAIN, level, "GW_COMMAND", command->name, "GW_RULE", rule, "MESSAGE",
                    "refused %s, which %s does not allow", command->name, rule);
}

/* The text is what qemu-ga 10 says; hosts look for its middle. */
static GError *
check_policy (const GwCommand *command)
{
  const char *rule = policy != NULL ? gw_policy_denied_by (policy, command->name) : NULL;

  if (rule == NULL)
    return NULL;
  log_denial (command, rule);
  return g_error_new (GW_ERROR, GW_ERROR_DENIED, "Command %s has been disabled: the command is not allowed", command->name);
}

/* --- One call ----------------------------------------------------------- */

static void
end (GwCall *call, GBytes *line)
{
  call->answer (line, call->command, call->data);
  g_clear_pointer (&call->id, json_node_unref);
  g_free (call);
}

/* Takes @line; ends the call. */
static void
answer (GwCall *call, GBytes *line)
{
  if (g_bytes_get_size (line) > GW_LINE_MAX)
    {
      g_autoptr (GError) error = g_error_new (GW_ERROR, GW_ERROR_TOO_LARGE, "The reply has more than %u bytes", GW_LINE_MAX);

      g_bytes_unref (line);
      line = gw_message_error (error, call->id);
    }
  end (call, line);
  g_bytes_unref (line);
}

/**
 * gw_call_return:
 * @value: (transfer full) (nullable): the return value; %NULL stands for {}
 */
void
gw_call_return (GwCall *call, JsonNode *value)
{
  answer (call, gw_message_reply (value, call->id));
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
  answer (call, gw_message_error (error, call->id));
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
  end (call, NULL);
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

/**
 * gw_commands_run:
 * @request: a %GW_MESSAGE_REQUEST
 * @answer: called exactly once, now or later
 *
 * Runs a command.
 */
void
gw_commands_run (const GwMessage *request, GwAnswerFunc answer_func, gpointer data)
{
  g_autoptr (JsonObject) arguments = NULL;
  GwCall *call = g_new0 (GwCall, 1);
  GError *error = NULL;

  call->id = request->id != NULL ? json_node_ref (request->id) : NULL;
  call->answer = answer_func;
  call->data = data;
  if (request->text != NULL)
    {
      gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, request->text));
      return;
    }
  call->command = gw_commands_find (request->name);
  if (call->command == NULL)
    {
      gw_call_fail (call, g_error_new (GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND, "The command %.*s has not been found", 64,
                                       request->name));
      return;
    }
  error = check_policy (call->command);
  if (error != NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  arguments = request->body != NULL ? json_object_ref (json_node_get_object (request->body)) : json_object_new ();
  error = check_arguments (call->command, arguments);
  if (error != NULL)
    gw_call_fail (call, error);
  else
    call->command->run (call, arguments);
}
