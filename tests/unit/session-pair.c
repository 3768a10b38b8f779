/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-pair.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-open.h"

#define STEP_MAX 100000

static const char *const features[] = { "test", NULL };

static void
random_bytes (guint8 *bytes, gsize length, gpointer user_data)
{
  Pair *pair = user_data;

  for (gsize i = 0; i < length; i++)
    {
      pair->seed = pair->seed * 1103515245u + 12345u;
      bytes[i] = pair->seed >> 16;
    }
}

static GwSession *
make (Pair *pair, GwSessionRole role)
{
  const GwSessionSettings settings = {
    .role = role,
    .kind = &pair->kind,
    .channel = "org.guestwire.agent.0",
    .instance = pair->instance,
    .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
    .keepalive_us = role == GW_SESSION_HOST ? pair->keepalive_us : 0,
    .features = features,
    .random = random_bytes,
    .user_data = pair,
  };

  return gw_session_new (&settings);
}

void
pair_start (Pair *pair, const GwSessionKind *kind)
{
  pair_start_alive (pair, kind, 0);
}

void
pair_start_alive (Pair *pair, const GwSessionKind *kind, gint64 keepalive_us)
{
  *pair = (Pair){
    .now_us = 1000000,
    .seed = 7,
    .kind = *kind,
    .keepalive_us = keepalive_us,
    .to_guest = g_byte_array_new (),
    .to_host = g_byte_array_new (),
    .at = { g_string_new (NULL), g_string_new (NULL) },
    .run = g_string_new (NULL),
    .at_host = g_byte_array_new (),
    .at_guest = g_byte_array_new (),
    .line = gw_line_new (GW_LINE_MAX),
  };
  random_bytes (pair->instance, sizeof pair->instance, pair);
  pair->host = make (pair, GW_SESSION_HOST);
  pair->guest = make (pair, GW_SESSION_GUEST);
}

void
pair_restart_guest (Pair *pair)
{
  gw_session_free (pair->guest);
  random_bytes (pair->instance, sizeof pair->instance, pair);
  pair->guest = make (pair, GW_SESSION_GUEST);
  gw_line_clear (pair->line);
}

void
pair_stop (Pair *pair)
{
  gw_session_free (pair->host);
  g_clear_pointer (&pair->guest, gw_session_free);
  gw_line_free (pair->line);
  g_byte_array_unref (pair->to_guest);
  g_byte_array_unref (pair->to_host);
  g_byte_array_unref (pair->at_host);
  g_byte_array_unref (pair->at_guest);
  g_string_free (pair->at[0], TRUE);
  g_string_free (pair->at[1], TRUE);
  g_string_free (pair->run, TRUE);
  g_clear_pointer (&pair->last_bytes, g_bytes_unref);
}

/* --- The guest's text voice ---------------------------------------------- */

static void
answer (Pair *pair, const GwMessage *message, const char *prefix, GBytes *line)
{
  g_byte_array_append (pair->to_host, (const guint8 *) prefix, strlen (prefix));
  g_byte_array_append (pair->to_host, g_bytes_get_data (line, NULL), g_bytes_get_size (line));
  g_bytes_unref (line);
}

static void
refuse (Pair *pair, const GwMessage *message, GError *error)
{
  answer (pair, message, "", gw_message_error (error, message->id));
  g_error_free (error);
}

static void
run (Pair *pair, const GwMessage *message)
{
  GError *error = NULL;

  g_string_append_printf (pair->run, "%s ", message->name);
  if (g_str_equal (message->name, "guest-sync") || g_str_equal (message->name, "guest-sync-delimited"))
    {
      JsonNode *id = json_object_get_member (json_node_get_object (message->body), "id");

      answer (pair, message, g_str_equal (message->name, "guest-sync") ? "" : "\xFF", gw_message_reply (id, message->id));
    }
  else if (!g_str_equal (message->name, GW_OPEN_COMMAND) || pair->stock)
    refuse (pair, message, g_error_new (GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND, "The command %s has not been found", message->name));
  else if (gw_line_has_next (pair->line) || gw_line_get_size (pair->line) > 0)
    return;
  else if (!gw_session_accept (pair->guest, message, pair->now_us, &error))
    refuse (pair, message, error);
}

static void
hear_text (Pair *pair, const guint8 *data, gsize length)
{
  GwLineEvent event;

  gw_line_receive (pair->line, data, length, pair->now_us);
  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;
      g_autoptr (GwMessage) message = NULL;

      event = gw_line_next (pair->line, &object, &junk);
      if (event == GW_LINE_OBJECT && (message = gw_message_parse (object, NULL)) != NULL
          && message->kind == GW_MESSAGE_REQUEST)
        run (pair, message);
      else if (event == GW_LINE_JUNK)
        answer (pair, NULL, "", gw_message_error (junk, NULL));
    }
  while (event != GW_LINE_NONE);
}

/* --- Moving bytes -------------------------------------------------------- */

static void
take_event (Pair *pair, GwSession *session, const GwSessionEvent *event)
{
  gboolean at_host = session == pair->host;
  gsize length = 0;
  const guint8 *data = event->bytes != NULL ? g_bytes_get_data (event->bytes, &length) : NULL;

  if (event->kind == GW_SESSION_EVENT_TEXT)
    {
      gw_line_clear (pair->line);
      hear_text (pair, data, length);
    }
  if (event->kind == GW_SESSION_EVENT_STREAM_DATA)
    {
      g_byte_array_append (at_host ? pair->at_host : pair->at_guest, data, length);
      if (!pair->no_consume)
        gw_session_stream_consume (session, event->stream, length);
      return;
    }
  if (event->kind == GW_SESSION_EVENT_STREAM_WRITABLE)
    return;
  g_string_append (pair->at[!at_host], gw_session_event_name (event->kind));
  if (event->kind == GW_SESSION_EVENT_ENDED)
    g_string_append_printf (pair->at[!at_host], ":%s", gw_outcome_name (event->outcome));
  g_string_append_c (pair->at[!at_host], ' ');
  if (event->kind == GW_SESSION_EVENT_REQUEST || event->kind == GW_SESSION_EVENT_ENDED
      || event->kind == GW_SESSION_EVENT_TOLD)
    {
      g_clear_pointer (&pair->last_bytes, g_bytes_unref);
      pair->last_bytes = event->bytes != NULL ? g_bytes_ref (event->bytes) : NULL;
    }
}

static void
take_events (Pair *pair, GwSession *session)
{
  gboolean more = TRUE;

  while (more)
    {
      g_auto (GwSessionEvent) event = { 0 };

      more = gw_session_next (session, &event) != GW_SESSION_EVENT_NONE;
      if (more)
        take_event (pair, session, &event);
    }
}

/* Whether anything was written. */
static gboolean
write_out (Pair *pair, GwSession *session)
{
  GByteArray *wire = session == pair->host ? pair->to_guest : pair->to_host;
  g_autoptr (GBytes) bytes = gw_session_take_output (session, pair->now_us);

  if (bytes == NULL)
    return FALSE;
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, MAX (pair->kind.frame_max, GW_OPEN_LINE_MAX));
  g_byte_array_append (wire, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return TRUE;
}

static gboolean
read_in (Pair *pair, GwSession *session)
{
  GByteArray *wire = session == pair->host ? pair->to_host : pair->to_guest;
  gboolean lost = session == pair->host ? pair->host_lost : pair->guest_lost;
  gsize length = pair->piece != 0 ? MIN (pair->piece, wire->len) : wire->len;
  g_autofree guint8 *data = g_memdup2 (wire->data, length);

  if (length == 0)
    return FALSE;
  g_byte_array_remove_range (wire, 0, length);
  if (lost)
    return TRUE;
  if (session == pair->guest && !gw_session_in_frames (session))
    hear_text (pair, data, length);
  else
    gw_session_receive (session, data, length, pair->now_us);
  return TRUE;
}

static gboolean
turn (Pair *pair, GwSession *session)
{
  gboolean moved;

  take_events (pair, session);
  moved = write_out (pair, session);
  moved = read_in (pair, session) || moved;
  take_events (pair, session);
  return moved;
}

gboolean
pair_turn (Pair *pair)
{
  gboolean moved = turn (pair, pair->host);

  return (!pair->stopped && turn (pair, pair->guest)) || moved;
}

void
pair_pump (Pair *pair)
{
  for (guint step = 0; pair_turn (pair); step++)
    g_assert_cmpuint (step, <, STEP_MAX);
}

void
pair_wait (Pair *pair, gint64 us)
{
  gint64 end_us = pair->now_us + us;

  for (guint step = 0;; step++)
    {
      gint64 next_us = gw_session_get_deadline (pair->host);

      pair_pump (pair);
      next_us = gw_session_get_deadline (pair->host);
      if (!pair->stopped)
        next_us = MIN (next_us, gw_session_get_deadline (pair->guest));
      if (next_us > end_us)
        break;
      pair->now_us = MAX (pair->now_us, next_us);
      gw_session_pass_time (pair->host, pair->now_us);
      if (!pair->stopped)
        gw_session_pass_time (pair->guest, pair->now_us);
      g_assert_cmpuint (step, <, STEP_MAX);
    }
  pair->now_us = end_us;
}

void
pair_cut (Pair *pair, gboolean reported)
{
  g_byte_array_set_size (pair->to_guest, 0);
  g_byte_array_set_size (pair->to_host, 0);
  gw_session_disconnect (pair->host, pair->now_us);
  if (reported)
    {
      gw_session_disconnect (pair->guest, pair->now_us);
      gw_line_clear (pair->line);
    }
  take_events (pair, pair->host);
  take_events (pair, pair->guest);
}

void
pair_open (Pair *pair)
{
  gw_session_connect (pair->host, pair->now_us);
  pair_pump (pair);
  g_assert_cmpint (gw_session_get_state (pair->host), ==, GW_SESSION_FRAMED);
  g_assert_cmpint (gw_session_get_state (pair->guest), ==, GW_SESSION_FRAMED);
}

void
pair_say (Pair *pair, const char *text)
{
  for (; *text != '\0'; text++)
    {
      guint8 byte = *text == '~' ? 0xFF : (guint8) *text;

      g_byte_array_append (pair->to_guest, &byte, 1);
    }
}

void
pair_assert_events (Pair *pair, const char *host, const char *guest)
{
  g_assert_cmpstr (pair->at[0]->str, ==, host);
  g_assert_cmpstr (pair->at[1]->str, ==, guest);
  pair_forget_events (pair);
}

void
pair_forget_events (Pair *pair)
{
  g_string_truncate (pair->at[0], 0);
  g_string_truncate (pair->at[1], 0);
}

guint64
pair_call (Pair *pair, const char *body)
{
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (GError) error = NULL;
  guint64 id = gw_session_call (pair->host, bytes, G_MAXINT64, pair->now_us, &error);

  g_assert_no_error (error);
  return id;
}

guint16
pair_stream (Pair *pair)
{
  g_autoptr (GBytes) purpose = g_bytes_new_static ("test", 4);
  g_autoptr (GError) error = NULL;
  guint16 stream = gw_session_stream_open (pair->host, purpose, &error);

  g_assert_no_error (error);
  pair_pump (pair);
  gw_session_stream_accept (pair->guest, stream);
  pair_pump (pair);
  return stream;
}

void
pair_write (GwSession *session, guint16 stream, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;

  gw_session_stream_write (session, stream, bytes, &error);
  g_assert_no_error (error);
}
