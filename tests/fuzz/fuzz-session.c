/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host's or a guest's session whose other side is the input: it knows the
 * seed, so that all of its frames have good checks, and sends any. Bounds hold,
 * calls end once, and the session can always be opened again. */

#include <string.h>

#include "fuzz.h"
#include "gw-limits.h"
#include "gw-open.h"
#include "gw-session.h"

#define STEPS_MAX 400

static const guint8 instance[GW_NONCE_SIZE] = "instance";
static const GwSessionKind kind = { TRUE, 1024, 64 * GW_KIB };

typedef struct
{
  GwSession *session;
  GwSessionRole role;
  gint64 now_us;
  guint8 next_random;
  const guint8 *data;
  gsize length;

  /* The other side's. */
  GString *said;       /* text of the session, to read nonces from */
  guint64 seed;
  guint32 seq;
  guint32 ack;
  guint32 count;
  guint calls;
  guint ended;
} Play;

static void
random_bytes (guint8 *bytes, gsize length, gpointer user_data)
{
  Play *play = user_data;

  for (gsize i = 0; i < length; i++)
    bytes[i] = play->next_random++;
}

static guint8
take_byte (Play *play)
{
  if (play->length == 0)
    return 0;
  play->length--;
  return *play->data++;
}

static void
use_event (Play *play, const GwSessionEvent *event)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);

  switch (event->kind)
    {
    case GW_SESSION_EVENT_REQUEST:
      gw_session_reply (play->session, event->id, body, NULL);
      break;
    case GW_SESSION_EVENT_ENDED:
      play->ended++;
      break;
    case GW_SESSION_EVENT_STREAM_OPENED:
      gw_session_stream_accept (play->session, event->stream);
      gw_session_stream_write (play->session, event->stream, body, NULL);
      break;
    case GW_SESSION_EVENT_STREAM_DATA:
      gw_session_stream_consume (play->session, event->stream, g_bytes_get_size (event->bytes) / 2);
      break;
    case GW_SESSION_EVENT_STREAM_FIN:
      gw_session_stream_finish (play->session, event->stream);
      break;
    default:
      break;
    }
}

static void
settle (Play *play)
{
  gboolean more = TRUE;

  for (guint i = 0; more && i < STEPS_MAX; i++)
    {
      g_auto (GwSessionEvent) event = { 0 };

      more = gw_session_next (play->session, &event) != GW_SESSION_EVENT_NONE;
      use_event (play, &event);
    }
  for (guint i = 0; i < STEPS_MAX; i++)
    {
      g_autoptr (GBytes) bytes = gw_session_take_output (play->session, play->now_us);
      gsize length;
      const char *data;

      if (bytes == NULL)
        break;
      data = g_bytes_get_data (bytes, &length);
      if (length > kind.frame_max)
        fuzz_fail ("a write of %" G_GSIZE_FORMAT " bytes", length);
      if ((guint8) data[0] != GW_FRAME_MAGIC)
        g_string_append_len (g_string_assign (play->said, ""), data, length);
      else if ((data[1] & 0x1F) == GW_FRAME_HELLO)
        memcpy (&play->ack, data + 4, sizeof play->ack);
    }
  if (gw_session_get_granted (play->session) > GW_SESSION_BUFFER)
    fuzz_fail ("more is granted than the buffer holds");
  if (gw_session_get_n_streams (play->session) > 2 * GW_STREAMS_MAX)
    fuzz_fail ("more streams than may be");
}

static void
say (Play *play, const void *data, gsize length)
{
  gw_session_receive (play->session, data, length, play->now_us);
  settle (play);
}

static void
say_frame (Play *play, GwFrame *frame)
{
  g_autoptr (GBytes) bytes = NULL;

  frame->count = play->count++;
  frame->ack = play->ack;
  if (frame->type == GW_FRAME_HELLO || (frame->type & GW_FRAME_NUMBERED) != 0)
    frame->seq = play->seq;
  if ((frame->type & GW_FRAME_NUMBERED) != 0)
    play->seq++;
  bytes = gw_frame_encode (frame, play->seed);
  say (play, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
say_hello (Play *play)
{
  g_autoptr (GBytes) payload = gw_frame_hello_payload ();
  GwFrame hello = { .type = GW_FRAME_HELLO, .flags = GW_FRAME_UNHEARD, .payload = payload };

  play->count = play->seq = 0;
  say_frame (play, &hello);
}

static JsonNode *
said_member (Play *play, JsonNode **root, const char *name)
{
  g_autoptr (GBytes) bytes = NULL;
  const char *brace = strchr (play->said->str, '{');
  GwMessage *message;

  if (brace == NULL)
    return NULL;
  bytes = g_bytes_new (brace, strlen (brace));
  message = gw_message_parse (bytes, NULL);
  if (message == NULL)
    return NULL;
  *root = message->body != NULL ? json_node_ref (message->body) : NULL;
  g_clear_pointer (&message, gw_message_free);
  return *root != NULL && JSON_NODE_HOLDS_OBJECT (*root) ? json_object_get_member (json_node_get_object (*root), name)
                                                         : NULL;
}

/* The guest's side of the handshake, for a host. */
static void
open_host (Play *play)
{
  static const guint8 session[GW_NONCE_SIZE] = "session";
  g_autoptr (JsonNode) sync = NULL;
  g_autoptr (GBytes) line = NULL;
  g_autoptr (GBytes) open_line = NULL;
  g_autoptr (GwMessage) message = NULL;
  g_auto (GwOpen) asked = { 0 };
  GwOpen reply = { .frame_max = 1024, .window = 4096 };
  JsonNode *id;
  GByteArray *bytes = g_byte_array_new ();

  gw_session_connect (play->session, play->now_us);
  settle (play);
  id = said_member (play, &sync, "id");
  if (id == NULL)
    fuzz_fail ("no sync: %s", play->said->str);
  line = gw_message_reply (id, NULL);
  g_byte_array_append (bytes, (const guint8 *) "\xFF", 1);
  g_byte_array_append (bytes, g_bytes_get_data (line, NULL), g_bytes_get_size (line));
  say (play, bytes->data, bytes->len);
  g_byte_array_unref (bytes);

  open_line = g_bytes_new (play->said->str, play->said->len);
  message = gw_message_parse (open_line, NULL);
  if (message == NULL || !gw_open_parse_request (message->body, &asked, NULL))
    fuzz_fail ("no open: %s", play->said->str);
  memcpy (reply.nonce, instance, sizeof instance);
  memcpy (reply.instance, instance, sizeof instance);
  memcpy (reply.session, session, sizeof session);
  reply.resume = asked.resume && (take_byte (play) & 1) != 0;
  reply.received = reply.resume ? play->ack : 0;
  reply.digest = reply.resume ? take_byte (play) : 0;
  g_clear_pointer (&line, g_bytes_unref);
  line = gw_open_reply (&reply, message->id);
  play->seed = gw_frame_seed (asked.nonce, reply.nonce, session, GW_FRAME_TO_HOST);
  say (play, g_bytes_get_data (line, NULL), g_bytes_get_size (line));
}

static void
open_guest (Play *play)
{
  GwOpen asked = { .frame_max = 1024, .window = 4096 };
  g_autoptr (GBytes) line = gw_open_request (&asked, 1);
  g_autoptr (GwMessage) message = gw_message_parse (line, NULL);
  g_autoptr (GBytes) reply_line = NULL;
  g_autoptr (GwMessage) reply = NULL;
  g_auto (GwOpen) said = { 0 };

  gw_session_disconnect (play->session, play->now_us);
  settle (play);
  if (!gw_session_accept (play->session, message, play->now_us, NULL))
    fuzz_fail ("an open is refused");
  settle (play);
  reply_line = g_bytes_new (play->said->str, play->said->len);
  reply = gw_message_parse (reply_line, NULL);
  if (reply == NULL || !gw_open_parse_reply (reply->body, &said, NULL))
    fuzz_fail ("no reply: %s", play->said->str);
  play->seed = gw_frame_seed (asked.nonce, said.nonce, said.session, GW_FRAME_TO_GUEST);
}

static void
reopen (Play *play)
{
  if (play->role == GW_SESSION_HOST)
    open_host (play);
  else
    open_guest (play);
  say_hello (play);
  if (gw_session_get_state (play->session) != GW_SESSION_FRAMED && play->role == GW_SESSION_GUEST)
    fuzz_fail ("it cannot be opened: %s", gw_session_state_name (gw_session_get_state (play->session)));
}

static void
any_frame (Play *play, guint8 command)
{
  guint8 wanted = take_byte (play);
  gsize size = MIN (wanted, play->length);
  g_autoptr (GBytes) payload = g_bytes_new (play->data, size);
  GwFrame frame = { .type = command & 0x1F, .payload = size > 0 ? payload : NULL };

  play->data += size;
  play->length -= size;
  frame.stream = take_byte (play) % 8;
  say_frame (play, &frame);
}

static void
own_step (Play *play, guint8 what)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("{\"execute\":\"guest-ping\"}", 24);

  switch (what % 8)
    {
    case 0:
      play->calls += gw_session_call (play->session, bytes, what * G_USEC_PER_SEC, play->now_us, NULL) != 0;
      break;
    case 1:
      gw_session_cancel (play->session, what / 8);
      break;
    case 2:
      gw_session_stream_open (play->session, bytes, NULL);
      break;
    case 3:
      gw_session_stream_write (play->session, what / 8, bytes, NULL);
      break;
    case 4:
      gw_session_stream_reset (play->session, what / 8, "no more");
      break;
    case 5:
      gw_session_stream_finish (play->session, what / 8);
      break;
    case 6:
      gw_session_tell (play->session, bytes);
      break;
    case 7:
    default:
      play->now_us = MIN (gw_session_get_deadline (play->session), play->now_us + what * G_USEC_PER_SEC);
      gw_session_pass_time (play->session, play->now_us);
      break;
    }
  settle (play);
}

static void
run (const guint8 *data, gsize length, GwSessionRole role)
{
  Play play = { .role = role, .now_us = G_USEC_PER_SEC, .data = data, .length = length, .said = g_string_new (NULL) };
  const GwSessionSettings settings = {
    .role = role,
    .kind = &kind,
    .instance = instance,
    .random = random_bytes,
    .user_data = &play,
  };

  play.session = gw_session_new (&settings);
  reopen (&play);
  for (guint step = 0; play.length > 0 && step < STEPS_MAX; step++)
    {
      guint8 command = take_byte (&play);

      if (command < 0x40)
        any_frame (&play, command);
      else if (command < 0x60)
        own_step (&play, take_byte (&play));
      else if (command < 0x70)
        play.ack++;
      else if (command == 0x70)
        reopen (&play);
      else
        say (&play, &command, 1);
    }
  gw_session_disconnect (play.session, play.now_us);
  gw_session_pass_time (play.session, play.now_us + GW_SESSION_PARK_US);
  gw_session_close (play.session, "the end", play.now_us);
  for (guint i = 0; i < STEPS_MAX; i++)
    settle (&play);
  if (play.ended != play.calls)
    fuzz_fail ("%u calls ended %u times", play.calls, play.ended);
  gw_session_free (play.session);
  g_string_free (play.said, TRUE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  run (data, length, GW_SESSION_GUEST);
  run (data, length, GW_SESSION_HOST);
  return 0;
}
