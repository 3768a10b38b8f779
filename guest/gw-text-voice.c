/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's side of the text voice. One request is taken up at a time and
 * answered in order; none while answers wait for a host that does not read, so
 * what is kept is one object and one answer. */

#include "gw-text-voice.h"

#include "commands/gw-commands.h"
#include "gw-held.h"
#include "gw-limits.h"
#include "gw-line.h"

/* A request that is being answered. Outlives the voice, if it must. */
typedef struct
{
  GwTextVoice *voice; /* NULL when its asker is gone: nobody else may get the answer */
  JsonNode *id;
} Question;

struct _GwTextVoice
{
  GwPort *port;
  GwLine *line;
  Question *question;
  gboolean taking_up;
  gboolean paused;
  gboolean asker_done; /* a socket's client has sent its last byte */
  const GwTextVoiceEvents *events;
  gpointer data;
};

/* --- Answers ------------------------------------------------------------ */

static void
say (GwTextVoice *voice, GBytes *line)
{
  g_autoptr (GError) error = NULL;

  if (!gw_port_send (voice->port, line, &error))
    g_debug ("an answer is dropped: %s", error->message);
}

static void
say_error (GwTextVoice *voice, const GError *error)
{
  g_autoptr (GBytes) line = gw_message_error (error, NULL);

  say (voice, line);
}

static GBytes *
delimited (GBytes *line)
{
  GByteArray *bytes = g_byte_array_new ();
  const guint8 mark = 0xFF;

  g_byte_array_append (bytes, &mark, 1);
  g_byte_array_append (bytes, g_bytes_get_data (line, NULL), g_bytes_get_size (line));
  return g_byte_array_free_to_bytes (bytes);
}

/* Answers that nobody reads fill the memory; the one that would pass the bound
 * is an error instead. */
static GBytes *
no_room (JsonNode *id)
{
  g_autoptr (GError) error = g_error_new_literal (
      GW_ERROR, GW_ERROR_BUSY, "Answers that other clients do not read fill the agent's memory; ask again later");

  return gw_message_error (error, id);
}

static void
question_free (Question *question)
{
  g_clear_pointer (&question->id, json_node_unref);
  g_free (question);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void take_up (GwTextVoice *voice);

static void
on_answer (const GwAnswer *answer, gpointer data)
{
  g_autoptr (Question) question = data;
  GwTextVoice *voice = question->voice;
  GBytes *line = answer->line;
  g_autoptr (GBytes) marked = NULL;

  if (voice == NULL)
    return;
  voice->question = NULL;
  if (line != NULL && !gw_held_has_room (g_bytes_get_size (line)))
    line = marked = no_room (question->id);
  else if (line != NULL && answer->command != NULL && (answer->command->flags & GW_COMMAND_DELIMITED) != 0)
    line = marked = delimited (line);
  if (line != NULL)
    say (voice, line);
  take_up (voice);
}

static void
run (GwTextVoice *voice, const GwMessage *request)
{
  Question *question = g_new0 (Question, 1);
  const GwAsker asker = { .answer = on_answer, .data = question };

  question->voice = voice;
  question->id = request->id != NULL ? json_node_ref (request->id) : NULL;
  voice->question = question;
  gw_commands_run (request, &asker);
}

/* Whoever has said more behind it has gone on to something else: a client says
 * nothing until it is answered. */
static void
open_frames (GwTextVoice *voice, const GwCommand *command, const GwMessage *untrusted_open)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) line = NULL;

  if (gw_line_has_next (voice->line) || gw_line_get_size (voice->line) > 0)
    return;
  error = gw_commands_check_policy (command);
  if (error == NULL && voice->events->open (untrusted_open, voice->data, &error))
    return;
  line = gw_message_error (error, untrusted_open->id);
  say (voice, line);
}

static void
take_up_request (GwTextVoice *voice, const GwMessage *request)
{
  const GwCommand *command = request->text == NULL ? gw_commands_find (request->name) : NULL;

  g_debug ("request: %s", request->name != NULL ? request->name : "(no name)");
  if (command != NULL && (command->flags & GW_COMMAND_IN_TEXT) != 0)
    open_frames (voice, command, request);
  else
    run (voice, request);
}

/* An object without "execute" is not answered: it may be our own answer that
 * a cooked terminal echoes. */
static void
take_up_object (GwTextVoice *voice, GBytes *object)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = gw_message_parse (object, &error);

  if (message == NULL)
    {
      if (!g_error_matches (error, GW_ERROR, GW_ERROR_PROTOCOL))
        say_error (voice, error);
      return;
    }
  if (message->kind == GW_MESSAGE_REQUEST)
    take_up_request (voice, message);
}

/* --- Requests ----------------------------------------------------------- */

static gboolean
may_take_up (GwTextVoice *voice)
{
  return voice->question == NULL && gw_port_get_queued (voice->port) <= GW_PORT_QUEUE_HIGH;
}

static void
take_up_next (GwTextVoice *voice)
{
  g_autoptr (GBytes) object = NULL;
  g_autoptr (GError) junk = NULL;

  switch (gw_line_next (voice->line, &object, &junk))
    {
    case GW_LINE_OBJECT:
      take_up_object (voice, object);
      break;
    case GW_LINE_JUNK:
      say_error (voice, junk);
      break;
    case GW_LINE_RESET:
      /* Another conversation: what waits was for the last one. */
      gw_port_drop_unbegun (voice->port);
      break;
    case GW_LINE_NONE:
    default:
      break;
    }
}

/* As long as requests wait here, no more are read. */
static void
set_paused (GwTextVoice *voice, gboolean paused)
{
  if (voice->paused && !paused)
    gw_line_heard (voice->line, g_get_monotonic_time ());
  voice->paused = paused;
  gw_port_set_reading (voice->port, !paused);
}

static void
take_up (GwTextVoice *voice)
{
  if (voice->taking_up)
    return;
  voice->taking_up = TRUE;
  while (may_take_up (voice) && gw_line_has_next (voice->line))
    take_up_next (voice);
  voice->taking_up = FALSE;
  set_paused (voice, gw_line_has_next (voice->line));
  if (voice->asker_done && !voice->paused && voice->question == NULL && gw_port_get_queued (voice->port) == 0)
    voice->events->done (voice->data);
}

/* Half a request may wait for its end for ever, and so may those of many
 * clients: the one that passes the bound loses its. */
static void
drop_excess (GwTextVoice *voice)
{
  g_autoptr (GError) error = NULL;

  if (gw_line_get_size (voice->line) <= GW_PORT_READ_SIZE || !gw_held_is_too_much ())
    return;
  error = g_error_new_literal (GW_ERROR, GW_ERROR_BUSY,
                               "Other clients' requests fill the agent's memory; this one was dropped, try again later");
  gw_line_clear (voice->line);
  say_error (voice, error);
}

/* --- From the connection ------------------------------------------------ */

void
gw_text_voice_receive (GwTextVoice *voice, const guint8 *bytes, gsize length)
{
  gw_line_receive (voice->line, bytes, length, g_get_monotonic_time ());
  drop_excess (voice);
  take_up (voice);
}

/* The port has written all that was sent. */
void
gw_text_voice_drained (GwTextVoice *voice)
{
  take_up (voice);
}

/* A socket's client may say all that it has to say, and then only listen. */
void
gw_text_voice_end (GwTextVoice *voice)
{
  voice->asker_done = TRUE;
  take_up (voice);
}

static void
forget_asker (GwTextVoice *voice)
{
  if (voice->question != NULL)
    voice->question->voice = NULL;
  voice->question = NULL;
}

/**
 * gw_text_voice_begin:
 *
 * Another conversation begins. Half a request of the one who left must not
 * spoil the next one's first.
 */
void
gw_text_voice_begin (GwTextVoice *voice)
{
  gw_line_clear (voice->line);
  forget_asker (voice);
  set_paused (voice, FALSE);
}

static gsize
count_held (gpointer data)
{
  GwTextVoice *voice = data;

  return gw_line_get_size (voice->line) + gw_port_get_queued (voice->port);
}

/**
 * gw_text_voice_new:
 * @port: outlives the voice
 *
 * Returns: (transfer full): a new voice
 */
GwTextVoice *
gw_text_voice_new (GwPort *port, const GwTextVoiceEvents *events, gpointer data)
{
  GwTextVoice *voice = g_new0 (GwTextVoice, 1);

  voice->port = port;
  voice->events = events;
  voice->data = data;
  voice->line = gw_line_new (GW_LINE_MAX);
  gw_held_add (count_held, voice);
  return voice;
}

void
gw_text_voice_free (GwTextVoice *voice)
{
  gw_held_remove (voice);
  forget_asker (voice);
  gw_line_free (voice->line);
  g_free (voice);
}
