/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two pipes of a program: "stdio" is its standard output in one direction
 * and its standard input in the other, "stderr" its standard error. With a
 * terminal there is only the first. What comes is kept up to a bound, or left
 * for a reader, whose pace is then the program's. */

#include "gw-process-pipes.h"

#include "gw-limits.h"
#include "gw-pipe-output.h"
#include "gw-reply.h"

static void
feed (GwProcessPipes *pipes)
{
  gsize length = 0;
  const guint8 *data = pipes->input != NULL ? g_bytes_get_data (pipes->input, &length) : NULL;

  if (pipes->live_input)
    return;
  while (pipes->fed < length)
    {
      gssize written = gw_pipe_write (pipes->stdio, data + pipes->fed, length - pipes->fed, NULL);

      if (written <= 0)
        return;
      pipes->fed += written;
    }
  gw_pipe_finish (pipes->stdio);
}

static void
collect (GwProcessPipes *pipes, guint which, GwPipe *pipe)
{
  GBytes *block;

  if (pipes->collected[which] == NULL)
    pipes->collected[which] = g_byte_array_new ();
  while ((block = gw_pipe_take (pipe)) != NULL)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (block, &length);
      gsize room = GW_EXEC_OUTPUT_MAX - pipes->collected[which]->len;

      g_byte_array_append (pipes->collected[which], data, MIN (length, room));
      pipes->truncated = pipes->truncated || length > room;
      g_bytes_unref (block);
    }
}

static void
on_changed (GwPipe *pipe, gpointer user_data)
{
  GwProcessPipes *pipes = user_data;

  if (pipes->collects)
    collect (pipes, pipe == pipes->errors, pipe);
  if (pipe == pipes->stdio)
    feed (pipes);
  pipes->changed (pipes->user_data);
}

static const char *
read_name (JsonNode *untrusted_purpose)
{
  JsonNode *name = json_object_get_member (json_node_get_object (untrusted_purpose), "name");

  return name != NULL && JSON_NODE_HOLDS_VALUE (name) ? json_node_get_string (name) : NULL;
}

static guint64
read_number (JsonNode *untrusted_purpose, const char *name)
{
  gint64 number;

  return gw_reply_find_int (untrusted_purpose, name, &number) && number > 0 ? number : 0;
}

/* @place: of the newest pipe; @stream: what reads all of them */
static gboolean
take_part (GwProcessPipes *pipes, GwPipe **place, GInputStream **stream, GwPipe *pipe, JsonNode *untrusted_purpose)
{
  const GwPipePart part
      = { pipe, read_number (untrusted_purpose, "offset"), read_number (untrusted_purpose, "lost") };

  if (*stream == NULL)
    *stream = gw_pipe_input_new_of_parts (pipes->in_parts, &part, pipes->lost, pipes->user_data);
  else if (!gw_pipe_input_add_part (GW_PIPE_INPUT (*stream), &part))
    return FALSE;
  if (*place != NULL)
    {
      gw_pipe_listen (*place, NULL, NULL);
      gw_pipe_unref (*place);
    }
  *place = gw_pipe_ref (pipe);
  return TRUE;
}

static gboolean
take_by_name (GwProcessPipes *pipes, const char *untrusted_name, GwPipe *pipe, JsonNode *untrusted_purpose)
{
  gboolean is_stdio = g_strcmp0 (untrusted_name, "stdio") == 0;

  if (!is_stdio && g_strcmp0 (untrusted_name, "stderr") != 0)
    return FALSE;
  if (pipes->in_parts != NULL)
    return take_part (pipes, is_stdio ? &pipes->stdio : &pipes->errors,
                      is_stdio ? &pipes->output_stream : &pipes->errors_stream, pipe, untrusted_purpose);
  if (is_stdio && pipes->stdio == NULL)
    pipes->stdio = gw_pipe_ref (pipe);
  else if (!is_stdio && pipes->errors == NULL && !pipes->terminal)
    pipes->errors = gw_pipe_ref (pipe);
  else
    return FALSE;
  return TRUE;
}

/**
 * gw_process_pipes_take:
 * @untrusted_purpose: an object
 *
 * Returns: whether it is one of the program's
 */
gboolean
gw_process_pipes_take (GwProcessPipes *pipes, GwPipe *pipe, JsonNode *untrusted_purpose)
{
  const char *untrusted_name = read_name (untrusted_purpose);

  if (!take_by_name (pipes, untrusted_name, pipe, untrusted_purpose))
    return FALSE;
  gw_pipe_listen (pipe, on_changed, pipes);
  if (pipe == pipes->stdio)
    feed (pipes);
  else
    gw_pipe_finish (pipe);
  return TRUE;
}

/* Whether all have come. */
gboolean
gw_process_pipes_are_there (const GwProcessPipes *pipes)
{
  return pipes->stdio != NULL && (pipes->terminal || pipes->errors != NULL);
}

static gboolean
has_said_all (GwPipe *pipe)
{
  return pipe == NULL || gw_pipe_has_said_all (pipe);
}

/* Whether nothing more comes on those that are there. */
gboolean
gw_process_pipes_have_said_all (const GwProcessPipes *pipes)
{
  return has_said_all (pipes->stdio) && has_said_all (pipes->errors);
}

/* Ends what goes on in both directions. */
void
gw_process_pipes_reset (GwProcessPipes *pipes, const char *why)
{
  if (pipes->stdio != NULL)
    gw_pipe_reset (pipes->stdio, why);
  if (pipes->errors != NULL)
    gw_pipe_reset (pipes->errors, why);
}

/* @which: 0 for standard output, 1 for standard error */
GBytes *
gw_process_pipes_take_collected (GwProcessPipes *pipes, guint which)
{
  GByteArray *bytes = g_steal_pointer (&pipes->collected[which]);

  if (bytes != NULL && bytes->len > 0)
    return g_byte_array_free_to_bytes (bytes);
  g_clear_pointer (&bytes, g_byte_array_unref);
  return g_bytes_new_static ("", 0);
}

/* @read: whether somebody else reads it, or did. */
static void
let_go (GwPipe *pipe, gboolean read)
{
  if (pipe == NULL)
    return;
  gw_pipe_listen (pipe, NULL, NULL);
  if (!read)
    gw_pipe_reset (pipe, "nobody reads it");
  gw_pipe_unref (pipe);
}

/* A pipe that somebody has taken stays. */
void
gw_process_pipes_clear (GwProcessPipes *pipes)
{
  /* Else nobody would: the stream would stay for as long as the session. */
  if (pipes->stdio != NULL && pipes->input_stream == NULL)
    gw_pipe_finish (pipes->stdio);
  let_go (pipes->stdio, pipes->output_stream != NULL);
  let_go (pipes->errors, pipes->errors_stream != NULL);
  if (pipes->in_parts != NULL && pipes->output_stream != NULL)
    gw_pipe_input_forget_user (GW_PIPE_INPUT (pipes->output_stream));
  if (pipes->in_parts != NULL && pipes->errors_stream != NULL)
    gw_pipe_input_forget_user (GW_PIPE_INPUT (pipes->errors_stream));
  g_clear_object (&pipes->input_stream);
  g_clear_object (&pipes->output_stream);
  g_clear_object (&pipes->errors_stream);
  g_clear_pointer (&pipes->collected[0], g_byte_array_unref);
  g_clear_pointer (&pipes->collected[1], g_byte_array_unref);
  g_clear_pointer (&pipes->input, g_bytes_unref);
}

GOutputStream *
gw_process_pipes_get_input (GwProcessPipes *pipes, GwClient *client)
{
  if (pipes->input_stream == NULL && pipes->live_input && pipes->stdio != NULL)
    pipes->input_stream = gw_pipe_output_new (client, pipes->stdio);
  return pipes->input_stream;
}

GInputStream *
gw_process_pipes_get_output (GwProcessPipes *pipes, GwClient *client)
{
  if (pipes->output_stream == NULL && !pipes->collects && pipes->stdio != NULL)
    pipes->output_stream = gw_pipe_input_new (client, pipes->stdio);
  return pipes->output_stream;
}

GInputStream *
gw_process_pipes_get_errors (GwProcessPipes *pipes, GwClient *client)
{
  if (pipes->errors_stream == NULL && !pipes->collects && pipes->errors != NULL)
    pipes->errors_stream = gw_pipe_input_new (client, pipes->errors);
  return pipes->errors_stream;
}
