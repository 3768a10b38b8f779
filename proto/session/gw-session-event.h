/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GW_SESSION_EVENT_NONE,

  /* The connection. */
  GW_SESSION_EVENT_OPENED,    /* a new session began */
  GW_SESSION_EVENT_RESUMED,   /* the session goes on, on a new connection, with nothing lost */
  GW_SESSION_EVENT_PARKED,    /* no connection carries it now; it goes on when one does, in time */
  GW_SESSION_EVENT_TEXT,      /* guest: the connection speaks text from here on; bytes: what of it came */
  GW_SESSION_EVENT_TEXT_ONLY, /* host: the agent speaks no frames; text: why. The connection is in step */
  GW_SESSION_EVENT_CLOSED,    /* the session is over: all streams are, all calls have ended; text: why */

  /* Messages. */
  GW_SESSION_EVENT_REQUEST, /* id, bytes: answer it with gw_session_reply() or _refuse() */
  GW_SESSION_EVENT_CANCEL,  /* id: its asker wants the request ended; the answer is due as before */
  GW_SESSION_EVENT_TOLD,    /* bytes: an event; id: how many were dropped before it */
  GW_SESSION_EVENT_ENDED,   /* id, outcome, bytes: a call of ours has ended; text: why, with the session */

  /* Streams. */
  GW_SESSION_EVENT_STREAM_OPENED,   /* by the other side; bytes: what for. Accept it or reset it */
  GW_SESSION_EVENT_STREAM_ACCEPTED, /* ours, by the other side */
  GW_SESSION_EVENT_STREAM_DATA,     /* bytes: say when they are used, with gw_session_stream_consume() */
  GW_SESSION_EVENT_STREAM_WRITABLE, /* there is room again */
  GW_SESSION_EVENT_STREAM_FIN,      /* the other side has said all */
  GW_SESSION_EVENT_STREAM_RESET,    /* by the other side, or with the session; text: why. The id is void */
} GwSessionEventKind;

typedef enum
{
  GW_OUTCOME_REPLY,         /* bytes: the reply */
  GW_OUTCOME_ERROR,         /* bytes: the error, by whoever ran the request */
  GW_OUTCOME_NOT_DELIVERED, /* no byte of the request was written */
  GW_OUTCOME_PEER_RESTARTED, /* this one and those below: the request may have run */
  GW_OUTCOME_PEER_LOST,
  GW_OUTCOME_TIMED_OUT,
  GW_OUTCOME_CANCELLED,
} GwOutcome;

typedef struct
{
  GwSessionEventKind kind;
  guint64 id;
  guint16 stream;
  GwOutcome outcome;
  GBytes *bytes;
  char *text;
} GwSessionEvent;

void gw_session_event_clear (GwSessionEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwSessionEvent, gw_session_event_clear)

/* Events on their way out of a session. */
GwSessionEvent *gw_session_event_push (GQueue *events, GwSessionEventKind kind);
void gw_session_event_pop (GQueue *events, GwSessionEvent *event);
void gw_session_event_clear_all (GQueue *events);

const char *gw_session_event_name (GwSessionEventKind kind);
const char *gw_outcome_name (GwOutcome outcome);

G_END_DECLS
