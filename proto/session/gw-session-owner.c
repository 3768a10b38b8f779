/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls, streams and names, as the owner of a session has them. */

#include "gw-session-private.h"

/**
 * gw_session_call:
 * @body: a request as a JSON object without an id
 * @timeout_us: how long it may take from now on; %G_MAXINT64 for no limit
 *
 * Puts a call into the queue, also where there is no session yet. It ends
 * exactly once, with an event.
 *
 * Returns: the call's id, never given twice by @session; or 0 with @error set
 */
guint64
gw_session_call (GwSession *session, GBytes *body, gint64 timeout_us, gint64 now_us, GError **error)
{
  gint64 deadline_us = timeout_us > G_MAXINT64 - now_us ? G_MAXINT64 : now_us + timeout_us;

  guint64 call = gw_calls_call (session->calls, body, deadline_us, error);

  if (call != 0)
    session->calls_open++;
  return call;
}

/* Ends a call now; the other side is told, if it may be running. */
void
gw_session_cancel (GwSession *session, guint64 call)
{
  gw_calls_cancel (session->calls, call);
}

/**
 * gw_session_reply:
 * @request: of a REQUEST event, to be answered once
 * @body: the reply as a JSON object without an id
 *
 * Returns: %FALSE with @error set if the asker is gone, or @body is too large
 */
gboolean
gw_session_reply (GwSession *session, guint64 request, GBytes *body, GError **error)
{
  return gw_calls_reply (session->calls, GW_MESSAGE_WIRE_REPLY, request, body, error);
}

/* As gw_session_reply(), with an error. */
gboolean
gw_session_refuse (GwSession *session, guint64 request, GBytes *body, GError **error)
{
  return gw_calls_reply (session->calls, GW_MESSAGE_WIRE_ERROR, request, body, error);
}

/* Sends an event; where there is no session it is for nobody. */
void
gw_session_tell (GwSession *session, GBytes *body)
{
  if (session->established)
    gw_calls_tell (session->calls, body);
}

/* Bytes of messages that are not wholly sent. */
gsize
gw_session_get_queued (GwSession *session)
{
  return gw_messages_get_queued (gw_calls_get_messages (session->calls));
}

/* Bytes that have come of messages that are not whole. */
gsize
gw_session_get_arrived (GwSession *session)
{
  return gw_messages_get_arrived (gw_calls_get_messages (session->calls));
}

/* Bytes that may be on the way at present. */
gsize
gw_session_get_window (GwSession *session)
{
  return session->link != NULL ? gw_link_get_window (session->link) : 0;
}

/**
 * gw_session_stream_open:
 * @purpose: what for: the other side's owner decides by it
 *
 * Returns: the stream's id, or 0 with @error set
 */
guint16
gw_session_stream_open (GwSession *session, GBytes *purpose, GError **error)
{
  return gw_mux_open (session->mux, purpose, error);
}

void
gw_session_stream_accept (GwSession *session, guint16 stream)
{
  gw_mux_accept (session->mux, stream);
}

/**
 * gw_session_stream_write:
 * @bytes: kept by reference; all of them are taken, or none. GW_STREAM_QUEUE_MAX / 2
 *   bytes fit whenever the stream was said to be writable
 */
gboolean
gw_session_stream_write (GwSession *session, guint16 stream, GBytes *bytes, GError **error)
{
  return gw_mux_write (session->mux, stream, bytes, error);
}

gsize
gw_session_stream_get_room (GwSession *session, guint16 stream)
{
  return gw_mux_get_room (session->mux, stream);
}

/* @length bytes of its DATA events are used: as many more may come. */
void
gw_session_stream_consume (GwSession *session, guint16 stream, gsize length)
{
  gw_mux_consume (session->mux, stream, length);
}

/* Nothing more will be written. */
void
gw_session_stream_finish (GwSession *session, guint16 stream)
{
  gw_mux_finish (session->mux, stream);
}

/* Ends both directions; what is on the way is dropped. */
void
gw_session_stream_reset (GwSession *session, guint16 stream, const char *why)
{
  gw_mux_reset (session->mux, stream, why);
}

guint
gw_session_get_n_streams (GwSession *session)
{
  return gw_mux_get_n_streams (session->mux);
}

/* Bytes of streams that may come, and those that came and are not consumed. */
gsize
gw_session_get_granted (GwSession *session)
{
  return gw_mux_get_granted (session->mux);
}

/**
 * gw_session_describe_traffic:
 *
 * Returns: (transfer full): what the session's connections have carried so far,
 *   and lost; of one that has ended, as long as there is no other. For a log
 */
char *
gw_session_describe_traffic (GwSession *session)
{
  GwLinkCounts counts = session->link != NULL ? gw_link_get_counts (session->link) : session->counts;

  return g_strdup_printf ("%" G_GUINT64_FORMAT " frames sent, %" G_GUINT64_FORMAT " of them again, %" G_GUINT64_FORMAT
                          " losses found; %" G_GUINT64_FORMAT " gaps and %" G_GUINT64_FORMAT
                          " bytes of junk in what came",
                          counts.sent, counts.again, counts.losses, counts.gaps, session->junk);
}

const char *
gw_session_state_name (GwSessionState state)
{
  static const char *const names[GW_SESSION_N_STATES] = { "idle", "syncing", "opening", "greeting", "framed", "parked" };

  return names[state];
}

const char *
gw_session_input_name (GwSessionInput input)
{
  static const char *const names[GW_SESSION_N_INPUTS] = {
    "connect", "disconnect", "synced",    "open",    "resume",   "accepted", "accepted-anew", "resumed",     "diverged",
    "refused", "hello",      "no-answer", "silence", "takeover", "too-late", "close",         "peer-closed", "violation",
  };

  return names[input];
}
