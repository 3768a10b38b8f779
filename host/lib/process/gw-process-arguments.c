/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent's commands for programs are given. Makes no call. */

#include "gw-process-arguments.h"

static void
add_strings (JsonBuilder *json, const char *name, char *const *words)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
  for (; *words != NULL; words++)
    json_builder_add_string_value (json, *words);
  json_builder_end_array (json);
}

/**
 * gw_process_arguments_start:
 * @mark: as for gw_process_words_compose()
 *
 * Returns: (transfer full): the arguments of guest-exec
 */
JsonNode *
gw_process_arguments_start (GwProcess *process, const char *mark)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_auto (GStrv) words = gw_process_words_compose (&process->asked, mark);

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "path");
  json_builder_add_string_value (json, words[0]);
  add_strings (json, "arg", words + 1);
  if (process->input != NULL)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (process->input, &length);
      g_autofree char *text = g_base64_encode (data, length);

      json_builder_set_member_name (json, "input-data");
      json_builder_add_string_value (json, text);
    }
  json_builder_set_member_name (json, "capture-output");
  json_builder_add_boolean_value (json, TRUE);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

/* Those of guest-exec-status. */
JsonNode *
gw_process_arguments_look (GwProcess *process)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "pid");
  json_builder_add_int_value (json, process->pid);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

static void
add_string (JsonBuilder *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, text);
}

static void
add_int (JsonBuilder *json, const char *name, gint64 number)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, number);
}

static void
add_terminal (JsonBuilder *json, GwProcess *process)
{
  if (process->terminal == NULL)
    return;
  json_builder_set_member_name (json, "tty");
  json_builder_begin_object (json);
  add_string (json, "term", process->terminal);
  add_int (json, "rows", process->rows);
  add_int (json, "columns", process->columns);
  json_builder_end_object (json);
}

/* What all that run a program in frames are given. */
static void
add_program (JsonBuilder *json, const GwProcessWords *asked)
{
  if (asked->login)
    {
      json_builder_set_member_name (json, "login");
      json_builder_add_boolean_value (json, TRUE);
      add_strings (json, "arg", asked->arguments);
    }
  else
    {
      add_string (json, "path", asked->arguments[0]);
      add_strings (json, "arg", asked->arguments + 1);
    }
  if (asked->environment != NULL)
    add_strings (json, "env-add", asked->environment);
  add_string (json, "cwd", asked->directory);
  add_string (json, "user", asked->user);
}

/* Those of guestwire-exec. */
JsonNode *
gw_process_arguments_live (GwProcess *process)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_program (json, &process->asked);
  json_builder_set_member_name (json, "input");
  json_builder_add_boolean_value (json, process->live_input || process->input != NULL);
  add_terminal (json, process);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

/* Those of guestwire-job-start. */
JsonNode *
gw_process_arguments_job (GwProcess *process, const char *name)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_program (json, &process->asked);
  add_string (json, "name", name);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

/* Those of guestwire-job-attach. */
JsonNode *
gw_process_arguments_attach (GwProcess *process)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_string (json, "job", process->job);
  if (process->from[0] < 0)
    add_string (json, "from", "end");
  else
    {
      json_builder_set_member_name (json, "from");
      json_builder_begin_object (json);
      add_int (json, "stdout", process->from[0]);
      add_int (json, "stderr", process->from[1]);
      json_builder_end_object (json);
    }
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

/* Those of guestwire-exec-control. */
JsonNode *
gw_process_arguments_signal (guint64 call, int signal)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_int (json, "call", call);
  add_int (json, "signal", signal);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

JsonNode *
gw_process_arguments_window (guint64 call, guint rows, guint columns)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  add_int (json, "call", call);
  add_int (json, "rows", rows);
  add_int (json, "columns", columns);
  json_builder_end_object (json);
  return json_builder_get_root (json);
}
