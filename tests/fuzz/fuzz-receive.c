/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole receiving side, both roles: a channel between a host and a guest
 * that the input cuts, spoils and fills with bytes of its own, text included.
 * It does not know the seed: so nothing but what was sent arrives, once, in
 * order, and no text runs that nobody said. */

#include <string.h>

#include "fuzz.h"
#include "gw-limits.h"
#include "gw-line.h"
#include "gw-open.h"
#include "gw-session.h"

#define STEPS_MAX 300
#define PUMP_MAX 200

/* What a payload holds, and would be run if it were text. */
#define TRAP "\xFF{\"execute\":\"guest-exec\"}\n"

static const guint8 instance[GW_NONCE_SIZE] = "instance";
static const GwSessionKind kind = { TRUE, 1024, 8 * GW_KIB };

typedef struct
{
  GwSession *sessions[2]; /* by role */
  GByteArray *wires[2];   /* towards each */
  GwLine *line;
  gint64 now_us;
  guint64 next_random;
  gboolean said_by_input; /* the input has said text of its own */
  guint16 stream;
  guint64 sent;
  guint64 arrived;
} Play;

static void
random_bytes (guint8 *bytes, gsize length, gpointer user_data)
{
  Play *play = user_data;

  for (gsize i = 0; i < length; i++)
    {
      play->next_random = play->next_random * 6364136223846793005u + 1442695040888963407u;
      bytes[i] = play->next_random >> 56;
    }
}

static void
write_wire (Play *play, GwSessionRole to, const void *data, gsize length)
{
  g_byte_array_append (play->wires[to], data, length);
}

static void
run_text (Play *play, const GwMessage *message)
{
  g_autoptr (GBytes) line = NULL;
  JsonObject *arguments = message->body != NULL && JSON_NODE_HOLDS_OBJECT (message->body)
                              ? json_node_get_object (message->body)
                              : NULL;

  if (g_strcmp0 (message->name, "guest-exec") == 0 && !play->said_by_input)
    fuzz_fail ("a payload is run as text");
  if (g_strcmp0 (message->name, GW_OPEN_COMMAND) == 0)
    gw_session_accept (play->sessions[GW_SESSION_GUEST], message, play->now_us, NULL);
  else if (g_strcmp0 (message->name, "guest-sync-delimited") == 0 && arguments != NULL)
    {
      line = gw_message_reply (json_object_get_member (arguments, "id"), message->id);
      write_wire (play, GW_SESSION_HOST, "\xFF", 1);
      write_wire (play, GW_SESSION_HOST, g_bytes_get_data (line, NULL), g_bytes_get_size (line));
    }
}

static void
hear_text (Play *play, const guint8 *data, gsize length)
{
  GwLineEvent event;

  gw_line_receive (play->line, data, length, play->now_us);
  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;
      g_autoptr (GwMessage) message = NULL;

      event = gw_line_next (play->line, &object, &junk);
      if (event == GW_LINE_OBJECT)
        message = gw_message_parse (object, NULL);
      if (message != NULL && message->kind == GW_MESSAGE_REQUEST && message->text == NULL)
        run_text (play, message);
    }
  while (event != GW_LINE_NONE);
}

static void
arrive (Play *play, GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  for (gsize i = 0; i < length; i++, play->arrived++)
    if (data[i] != TRAP[play->arrived % strlen (TRAP)])
      fuzz_fail ("a byte that was not sent, or not here");
  if (play->arrived > play->sent)
    fuzz_fail ("more arrived than was sent");
}

static void
take_events (Play *play, GwSessionRole role)
{
  gboolean more = TRUE;

  while (more)
    {
      g_auto (GwSessionEvent) event = { 0 };

      more = gw_session_next (play->sessions[role], &event) != GW_SESSION_EVENT_NONE;
      if (event.kind == GW_SESSION_EVENT_STREAM_OPENED)
        gw_session_stream_accept (play->sessions[role], event.stream);
      else if (event.kind == GW_SESSION_EVENT_STREAM_DATA)
        {
          /* Bytes of a session that its host has left may be on the way yet. */
          if (event.stream == play->stream)
            arrive (play, event.bytes);
          gw_session_stream_consume (play->sessions[role], event.stream, g_bytes_get_size (event.bytes));
        }
      else if (event.kind == GW_SESSION_EVENT_STREAM_RESET && event.stream == play->stream)
        play->stream = 0;
      else if (event.kind == GW_SESSION_EVENT_TEXT)
        {
          gw_line_clear (play->line);
          hear_text (play, g_bytes_get_data (event.bytes, NULL), g_bytes_get_size (event.bytes));
        }
    }
}

static gboolean
move (Play *play, GwSessionRole role)
{
  GByteArray *wire = play->wires[role];
  g_autofree guint8 *data = g_memdup2 (wire->data, wire->len);
  gsize length = wire->len;
  g_autoptr (GBytes) out = gw_session_take_output (play->sessions[role], play->now_us);

  if (out != NULL)
    write_wire (play, role == GW_SESSION_HOST ? GW_SESSION_GUEST : GW_SESSION_HOST, g_bytes_get_data (out, NULL),
                g_bytes_get_size (out));
  g_byte_array_set_size (wire, 0);
  if (length > 0 && role == GW_SESSION_GUEST && !gw_session_in_frames (play->sessions[role]))
    hear_text (play, data, length);
  else if (length > 0)
    gw_session_receive (play->sessions[role], data, length, play->now_us);
  take_events (play, role);
  return out != NULL || length > 0;
}

static void
pump (Play *play, guint steps)
{
  gboolean moved = TRUE;

  for (guint i = 0; moved && i < steps; i++)
    {
      moved = move (play, GW_SESSION_HOST);
      moved = move (play, GW_SESSION_GUEST) || moved;
    }
}

static void
write_trap (Play *play)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (TRAP, strlen (TRAP));

  if (play->stream == 0)
    {
      play->stream = gw_session_stream_open (play->sessions[GW_SESSION_HOST], bytes, NULL);
      play->sent = play->arrived = 0;
    }
  if (gw_session_stream_write (play->sessions[GW_SESSION_HOST], play->stream, bytes, NULL))
    play->sent += strlen (TRAP);
}

static void
spoil (GByteArray *wire, guint8 how, guint8 where)
{
  guint at;

  if (wire->len == 0)
    return;
  at = where * wire->len / 256;
  if (how == 0)
    g_byte_array_remove_range (wire, at, wire->len - at);
  else if (how == 1)
    g_byte_array_remove_index (wire, at);
  else if (how == 2)
    wire->data[at] ^= 1 << (where % 8);
  else
    {
      g_autofree guint8 *copy = g_memdup2 (wire->data + at, wire->len - at);

      g_byte_array_append (wire, copy, wire->len - at);
    }
}

static void
step (Play *play, guint8 command, guint8 argument)
{
  GwSessionRole role = command & 1;

  switch (command / 2 % 8)
    {
    case 0:
      write_trap (play);
      break;
    case 1:
      move (play, role);
      break;
    case 2:
      spoil (play->wires[role], argument % 4, argument);
      break;
    case 3:
      play->said_by_input = play->said_by_input || role == GW_SESSION_GUEST;
      write_wire (play, role, &argument, 1);
      break;
    case 4:
      play->now_us += argument * G_GINT64_CONSTANT (100000);
      gw_session_pass_time (play->sessions[role], play->now_us);
      break;
    case 5:
      gw_session_disconnect (play->sessions[role], play->now_us);
      break;
    case 6:
      gw_session_connect (play->sessions[GW_SESSION_HOST], play->now_us);
      break;
    case 7:
    default:
      pump (play, argument);
      break;
    }
  take_events (play, GW_SESSION_HOST);
  take_events (play, GW_SESSION_GUEST);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  Play play = { .now_us = G_USEC_PER_SEC, .line = gw_line_new (GW_LINE_MAX) };

  for (guint role = 0; role < 2; role++)
    {
      const GwSessionSettings settings = {
        .role = role,
        .kind = &kind,
        .instance = instance,
        .random = random_bytes,
        .user_data = &play,
      };

      play.sessions[role] = gw_session_new (&settings);
      play.wires[role] = g_byte_array_new ();
    }
  gw_session_connect (play.sessions[GW_SESSION_HOST], play.now_us);
  pump (&play, PUMP_MAX);
  if (gw_session_get_state (play.sessions[GW_SESSION_HOST]) != GW_SESSION_FRAMED)
    fuzz_fail ("no frames on a good channel");
  for (gsize i = 0; i + 1 < length && i < 2 * STEPS_MAX; i += 2)
    step (&play, data[i], data[i + 1]);
  for (guint role = 0; role < 2; role++)
    {
      gw_session_free (play.sessions[role]);
      g_byte_array_unref (play.wires[role]);
    }
  gw_line_free (play.line);
  return 0;
}
