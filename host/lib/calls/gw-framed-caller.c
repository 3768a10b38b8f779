/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes of a session what a client needs: calls with JSON values and errors,
 * any number at once, and the streams that belong to them. Which bytes are a
 * frame, and how a lost connection is gone on with, is the session's business.
 * Does no I/O and reads no clock. */

#include "gw-framed-caller.h"

#include <errno.h>
#include <sys/random.h>

#include "gw-limits.h"
#include "gw-request.h"

struct _GwFramedCaller
{
  GwSession *session;
  GwPipeCarrier carrier;
  char *why_closed;    /* by this side, or NULL */
  GHashTable *calls;   /* number -> GwFramedCall* */
  GHashTable *pipes;   /* number -> GwPipe* */
};

/* From the kernel, as whoever can guess these can forge frames. */
static void
fill_random (guint8 *bytes, gsize length, gpointer user_data)
{
  while (length > 0)
    {
      gssize got = getrandom (bytes, length, 0);

      if (got < 0 && errno != EINTR)
        g_error ("getrandom: %s", g_strerror (errno));
      if (got < 0)
        continue;
      bytes += got;
      length -= got;
    }
}

/**
 * gw_framed_caller_new:
 * @kind: static; what the channel is like
 * @channel: (nullable): its name
 *
 * Returns: (transfer full): a new #GwFramedCaller, without a connection
 */
GwFramedCaller *
gw_framed_caller_new (const GwSessionKind *kind, const char *channel, void (*flush) (gpointer), gpointer user_data)
{
  GwFramedCaller *caller = g_new0 (GwFramedCaller, 1);
  GwSessionSettings settings = {
    .role = GW_SESSION_HOST,
    .kind = kind,
    .channel = channel,
    .keepalive_us = GW_CLIENT_KEEPALIVE_US,
    .random = fill_random,
  };

  caller->session = gw_session_new (&settings);
  caller->carrier = (GwPipeCarrier){ caller->session, flush, user_data };
  caller->calls = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) gw_framed_call_free);
  caller->pipes = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) gw_pipe_unref);
  return caller;
}

/* Takes it out of the table. */
static void
lose_pipe (GwFramedCaller *caller, guint16 id, const char *why)
{
  gpointer pipe;

  if (!g_hash_table_steal_extended (caller->pipes, GUINT_TO_POINTER (id), NULL, &pipe))
    return;
  gw_pipe_lose (pipe, why);
  gw_pipe_unref (pipe);
}

void
gw_framed_caller_free (GwFramedCaller *caller)
{
  GHashTableIter iter;
  gpointer pipe;

  g_hash_table_iter_init (&iter, caller->pipes);
  while (g_hash_table_iter_next (&iter, NULL, &pipe))
    {
      g_hash_table_iter_steal (&iter);
      gw_pipe_lose (pipe, "the session is over");
      gw_pipe_unref (pipe);
    }
  g_hash_table_unref (caller->pipes);
  g_hash_table_unref (caller->calls);
  gw_session_free (caller->session);
  g_free (caller->why_closed);
  g_free (caller);
}

/* --- The connection ----------------------------------------------------- */

void
gw_framed_caller_connect (GwFramedCaller *caller, gint64 now_us)
{
  gw_session_connect (caller->session, now_us);
}

void
gw_framed_caller_disconnect (GwFramedCaller *caller, gint64 now_us)
{
  gw_session_disconnect (caller->session, now_us);
}

void
gw_framed_caller_receive (GwFramedCaller *caller, const guint8 *data, gsize length, gint64 now_us)
{
  gw_session_receive (caller->session, data, length, now_us);
}

/* To be called when it can be written at once, and with one write: NULL for
 * nothing to say. */
GBytes *
gw_framed_caller_take_output (GwFramedCaller *caller, gint64 now_us)
{
  return gw_session_take_output (caller->session, now_us);
}

void
gw_framed_caller_pass_time (GwFramedCaller *caller, gint64 now_us)
{
  gw_session_pass_time (caller->session, now_us);
}

gint64
gw_framed_caller_get_deadline (GwFramedCaller *caller)
{
  return gw_session_get_deadline (caller->session);
}

/* Whether there is a session, be it without a connection. */
gboolean
gw_framed_caller_is_open (GwFramedCaller *caller)
{
  return gw_session_is_open (caller->session);
}

/* Whether its connection has a guest that speaks frames, as far as is known. */
gboolean
gw_framed_caller_is_in_frames (GwFramedCaller *caller)
{
  return gw_session_in_frames (caller->session);
}

/* Whether it does nothing before it is connected anew. */
gboolean
gw_framed_caller_is_idle (GwFramedCaller *caller)
{
  return gw_session_get_state (caller->session) == GW_SESSION_IDLE;
}

/* Ends the session for good, and tells the agent, if there is a connection. */
void
gw_framed_caller_close (GwFramedCaller *caller, const char *why, gint64 now_us)
{
  g_free (caller->why_closed);
  caller->why_closed = g_strdup (why);
  gw_session_close (caller->session, why, now_us);
}

/* --- Calls -------------------------------------------------------------- */

/**
 * gw_framed_caller_call:
 * @arguments: (nullable): an object
 * @timeout_us: how long it may take from now on; %G_MAXINT64 for no limit
 * @now_us: monotonic time in microseconds
 *
 * Makes a call, which ends exactly once, with an event.
 *
 * Returns: the call's number, or 0 with %GW_ERROR_BUSY, %GW_ERROR_TOO_LARGE or
 *   %GW_ERROR_INVALID_JSON set
 */
guint64
gw_framed_caller_call (GwFramedCaller *caller, const char *command, JsonNode *arguments, gint64 timeout_us,
                       gint64 now_us, GError **error)
{
  g_autoptr (GBytes) request = gw_request_build (command, arguments, NULL, error);
  GwFramedCall *call;
  guint64 id;

  if (request == NULL)
    return 0;
  id = gw_session_call (caller->session, request, timeout_us, now_us, error);
  if (id == 0)
    {
      g_prefix_error (error, "%s: ", command);
      return 0;
    }
  call = gw_framed_call_new (command, timeout_us);
  call->id = id;
  g_hash_table_insert (caller->calls, &call->id, call);
  return id;
}

/* @taker: gets the streams that the agent opens for @call, until that ends */
void
gw_framed_caller_take_pipes (GwFramedCaller *caller, guint64 call, GwPipeTaker taker, gpointer user_data)
{
  GwFramedCall *found = g_hash_table_lookup (caller->calls, &call);

  if (found == NULL)
    return;
  found->taker = taker;
  found->taker_data = user_data;
}

/* Ends a call early; one that has ended is left. */
void
gw_framed_caller_cancel (GwFramedCaller *caller, guint64 call)
{
  if (g_hash_table_contains (caller->calls, &call))
    gw_session_cancel (caller->session, call);
}

static gboolean
end_call (GwFramedCaller *caller, const GwSessionEvent *untrusted_end, GwFramedEvent *event)
{
  gpointer call;

  if (!g_hash_table_steal_extended (caller->calls, &untrusted_end->id, NULL, &call))
    return FALSE;
  event->kind = GW_FRAMED_ENDED;
  event->call = untrusted_end->id;
  event->value = gw_framed_call_read_end (call, untrusted_end, caller->why_closed, &event->error);
  gw_framed_call_free (call);
  return TRUE;
}

/* --- Streams ------------------------------------------------------------ */

/* The agent says which call a stream is for: {"call": number, "name": …}. */
static GwFramedCall *
find_call (GwFramedCaller *caller, JsonNode *untrusted_purpose)
{
  JsonNode *number = NULL;
  gint64 id;

  if (untrusted_purpose != NULL && JSON_NODE_HOLDS_OBJECT (untrusted_purpose))
    number = json_object_get_member (json_node_get_object (untrusted_purpose), "call");
  if (number == NULL || json_node_get_value_type (number) != G_TYPE_INT64)
    return NULL;
  id = json_node_get_int (number);
  return g_hash_table_lookup (caller->calls, &id);
}

static gboolean
offer_pipe (GwFramedCaller *caller, GwPipe *pipe, GBytes *untrusted_purpose)
{
  gsize length;
  const char *text = g_bytes_get_data (untrusted_purpose, &length);
  g_autoptr (JsonNode) purpose = gw_json_parse (text, length, NULL);
  GwFramedCall *call = find_call (caller, purpose);

  return call != NULL && call->taker != NULL && call->taker (pipe, purpose, call->taker_data);
}

/* Ids go round slowly, and each would keep its last pipe until then. */
static void
forget_used_pipes (GwFramedCaller *caller)
{
  GHashTableIter iter;
  gpointer pipe;

  g_hash_table_iter_init (&iter, caller->pipes);
  while (g_hash_table_iter_next (&iter, NULL, &pipe))
    if (gw_pipe_is_over (pipe))
      {
        g_hash_table_iter_steal (&iter);
        gw_pipe_lose (pipe, "the stream has ended");
        gw_pipe_unref (pipe);
      }
}

static void
take_pipe (GwFramedCaller *caller, const GwSessionEvent *untrusted_event)
{
  g_autoptr (GwPipe) pipe = gw_pipe_new (untrusted_event->stream, &caller->carrier);

  /* One before it with the same number has been used up. */
  lose_pipe (caller, untrusted_event->stream, "the stream has ended");
  forget_used_pipes (caller);
  gw_session_stream_accept (caller->session, untrusted_event->stream);
  g_hash_table_insert (caller->pipes, GUINT_TO_POINTER (untrusted_event->stream), gw_pipe_ref (pipe));
  if (!offer_pipe (caller, pipe, untrusted_event->bytes))
    gw_pipe_reset (pipe, "nobody waits for it");
}

static void
take_pipe_event (GwFramedCaller *caller, const GwSessionEvent *event)
{
  GwPipe *found = g_hash_table_lookup (caller->pipes, GUINT_TO_POINTER (event->stream));
  g_autoptr (GwPipe) pipe = found != NULL ? gw_pipe_ref (found) : NULL;

  if (pipe == NULL)
    return;
  switch (event->kind)
    {
    case GW_SESSION_EVENT_STREAM_DATA:
      gw_pipe_receive (pipe, event->bytes);
      break;
    case GW_SESSION_EVENT_STREAM_WRITABLE:
      gw_pipe_notice (pipe);
      break;
    case GW_SESSION_EVENT_STREAM_FIN:
      gw_pipe_receive_fin (pipe);
      break;
    case GW_SESSION_EVENT_STREAM_RESET:
      lose_pipe (caller, event->stream, event->text);
      break;
    default:
      break;
    }
}

/* --- Events ------------------------------------------------------------- */

static gboolean
read_told (const GwSessionEvent *untrusted_event, GwFramedEvent *event)
{
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_event->bytes, NULL);

  if (message == NULL || message->kind != GW_MESSAGE_EVENT)
    return FALSE;
  event->kind = GW_FRAMED_TOLD;
  event->text = g_steal_pointer (&message->name);
  event->value = g_steal_pointer (&message->body);
  return TRUE;
}

/* Whether the program is to hear of it. */
static gboolean
take_event (GwFramedCaller *caller, GwSessionEvent *untrusted_event, GwFramedEvent *event)
{
  switch (untrusted_event->kind)
    {
    case GW_SESSION_EVENT_OPENED:
      event->kind = GW_FRAMED_OPENED;
      return TRUE;
    case GW_SESSION_EVENT_RESUMED:
      event->kind = GW_FRAMED_RESUMED;
      return TRUE;
    case GW_SESSION_EVENT_TEXT_ONLY:
      event->kind = GW_FRAMED_TEXT_ONLY;
      event->text = g_steal_pointer (&untrusted_event->text);
      return TRUE;
    case GW_SESSION_EVENT_CLOSED:
      event->kind = GW_FRAMED_CLOSED;
      event->text = g_steal_pointer (&untrusted_event->text);
      return TRUE;
    case GW_SESSION_EVENT_ENDED:
      return end_call (caller, untrusted_event, event);
    case GW_SESSION_EVENT_TOLD:
      return read_told (untrusted_event, event);
    case GW_SESSION_EVENT_STREAM_OPENED:
      take_pipe (caller, untrusted_event);
      return FALSE;
    case GW_SESSION_EVENT_STREAM_DATA:
    case GW_SESSION_EVENT_STREAM_WRITABLE:
    case GW_SESSION_EVENT_STREAM_FIN:
    case GW_SESSION_EVENT_STREAM_RESET:
      take_pipe_event (caller, untrusted_event);
      return FALSE;
    default:
      return FALSE;
    }
}

/* A guest asks nothing of a host: said so, once for each. */
static void
refuse (GwFramedCaller *caller, const GwSessionEvent *untrusted_event)
{
  g_autoptr (GError) error = g_error_new_literal (GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND, "a client runs no commands");
  g_autoptr (GBytes) body = gw_message_error (error, NULL);

  gw_session_refuse (caller->session, untrusted_event->id, body, NULL);
}

/**
 * gw_framed_caller_next:
 * @event: (out caller-allocates): what happened; to be cleared with
 *   gw_framed_event_clear()
 *
 * Also hands bytes to streams.
 *
 * Returns: the next thing that happened, in order, or %GW_FRAMED_NONE
 */
GwFramedEventKind
gw_framed_caller_next (GwFramedCaller *caller, GwFramedEvent *event)
{
  *event = (GwFramedEvent){ .kind = GW_FRAMED_NONE };
  for (;;)
    {
      g_auto (GwSessionEvent) untrusted_event = { 0 };

      if (gw_session_next (caller->session, &untrusted_event) == GW_SESSION_EVENT_NONE)
        return GW_FRAMED_NONE;
      if (untrusted_event.kind == GW_SESSION_EVENT_REQUEST)
        refuse (caller, &untrusted_event);
      else if (take_event (caller, &untrusted_event, event))
        return event->kind;
    }
}
