/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's side of the text voice on one port. One request is taken up at
 * a time and answered in order; none while answers wait for a host that does
 * not read, so what is kept is one object and one answer. */

#include "gw-text-voice.h"

#include "commands/gw-commands.h"
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
  GwTextVoiceLostFunc lost;
  gpointer data;
};

/* --- All voices --------------------------------------------------------- */

static GList *voices;

static gsize
held_by_all (void)
{
  gsize sum = 0;

  for (GList *link = voices; link != NULL; link = link->next)
    {
      GwTextVoice *voice = link->data;

      sum += gw_line_get_size (voice->line) + gw_port_get_queued (voice->port);
    }
  return sum;
}

/* What is small always fits, so that a ping is answered whatever others do. */
static gboolean
has_room (gsize more)
{
  return more <= GW_PORT_QUEUE_HIGH || held_by_all () + more <= GW_VOICES_HELD_MAX;
}

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
on_answer (GBytes *line, const GwCommand *command, gpointer data)
{
  g_autoptr (Question) question = data;
  GwTextVoice *voice = question->voice;
  g_autoptr (GBytes) marked = NULL;

  if (voice == NULL)
    return;
  voice->question = NULL;
  if (line != NULL && !has_room (g_bytes_get_size (line)))
    line = marked = no_room (question->id);
  else if (line != NULL && command != NULL && (command->flags & GW_COMMAND_DELIMITED) != 0)
    line = marked = delimited (line);
  if (line != NULL)
    say (voice, line);
  take_up (voice);
}

/* An object without "execute" is not answered: it may be our own answer that
 * a cooked terminal echoes. */
static void
take_up_object (GwTextVoice *voice, GBytes *object)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = gw_message_parse (object, &error);
  Question *question;

  if (message == NULL)
    {
      if (!g_error_matches (error, GW_ERROR, GW_ERROR_PROTOCOL))
        say_error (voice, error);
      return;
    }
  if (message->kind != GW_MESSAGE_REQUEST)
    return;
  g_debug ("request: %s", message->name != NULL ? message->name : "(no name)");
  question = g_new0 (Question, 1);
  question->voice = voice;
  question->id = message->id != NULL ? json_node_ref (message->id) : NULL;
  voice->question = question;
  gw_commands_run (message, on_answer, question);
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
    voice->lost (voice, NULL, voice->data);
}

/* Half a request may wait for its end for ever, and so may those of many
 * clients: the one that passes the bound loses its. */
static void
drop_excess (GwTextVoice *voice)
{
  g_autoptr (GError) error = NULL;

  if (gw_line_get_size (voice->line) <= GW_PORT_READ_SIZE || held_by_all () <= GW_VOICES_HELD_MAX)
    return;
  error = g_error_new_literal (GW_ERROR, GW_ERROR_BUSY,
                               "Other clients' requests fill the agent's memory; this one was dropped, try again later");
  gw_line_clear (voice->line);
  say_error (voice, error);
}

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  GwTextVoice *voice = user_data;

  gw_line_receive (voice->line, data, length, g_get_monotonic_time ());
  drop_excess (voice);
  take_up (voice);
}

static void
on_drained (GwPort *port, gpointer user_data)
{
  take_up (user_data);
}

static void
forget_asker (GwTextVoice *voice)
{
  if (voice->question != NULL)
    voice->question->voice = NULL;
  voice->question = NULL;
}

static void
on_virtio_host (GwPort *port, gboolean present, gpointer user_data)
{
  GwTextVoice *voice = user_data;

  g_debug (present ? "a host has connected" : "the host has disconnected");
  /* Half a request of the one who left must not spoil the next one's first. */
  gw_line_clear (voice->line);
  forget_asker (voice);
  set_paused (voice, FALSE);
}

/* A socket's client may say all that it has to say, and then only listen. */
static void
on_socket_end (GwPort *port, gboolean present, gpointer user_data)
{
  GwTextVoice *voice = user_data;

  voice->asker_done = TRUE;
  take_up (voice);
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  GwTextVoice *voice = user_data;

  voice->lost (voice, error, voice->data);
}

static const GwPortEvents virtio_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_virtio_host,
  .lost = on_lost,
};

static const GwPortEvents stream_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_socket_end,
  .lost = on_lost,
};

/**
 * gw_text_voice_new:
 * @fd: a non-blocking descriptor, owned by the voice from here on, even when
 *   this fails
 * @lost: called at most once, from the loop
 *
 * Returns: (transfer full): a new voice that serves @fd, or %NULL with @error
 *   set
 */
GwTextVoice *
gw_text_voice_new (int fd, GwPortKind kind, GwTextVoiceLostFunc lost, gpointer data, GError **error)
{
  g_autoptr (GwTextVoice) voice = g_new0 (GwTextVoice, 1);

  voice->lost = lost;
  voice->data = data;
  voice->line = gw_line_new (GW_LINE_MAX);
  voice->port = gw_port_new (fd, kind, kind == GW_PORT_VIRTIO ? &virtio_events : &stream_events, voice);
  voices = g_list_prepend (voices, voice);
  if (!gw_port_attach (voice->port, NULL, error))
    return NULL;
  return g_steal_pointer (&voice);
}

void
gw_text_voice_free (GwTextVoice *voice)
{
  voices = g_list_remove (voices, voice);
  forget_asker (voice);
  gw_port_free (voice->port);
  gw_line_free (voice->line);
  g_free (voice);
}
