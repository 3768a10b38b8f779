/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of a session, as a table. What is done on the way to them is in
 * gw-session-host.c, gw-session-guest.c and here. */

#include "gw-session-private.h"

#include <string.h>

#include "gw-limits.h"

const GwSessionKind gw_session_loss_free = { FALSE, GW_FRAME_MAX, GW_LINK_WINDOW };
const GwSessionKind gw_session_xen = { TRUE, GW_FRAME_MAX_XEN, GW_LINK_WINDOW_XEN };
const GwSessionKind gw_session_datagram = { TRUE, GW_FRAME_MAX_DATAGRAM, GW_LINK_WINDOW_DATAGRAM };
const GwSessionKind gw_session_uart = { TRUE, GW_FRAME_MAX_UART, GW_LINK_WINDOW_UART };

/* --- Steps that both roles have ------------------------------------------ */

GwSessionEvent *
gw_session_push (GwSession *session, GwSessionEventKind kind)
{
  return gw_session_event_push (&session->events, kind);
}

/* What is said by or to this connection is void. */
void
gw_session_drop_connection (GwSession *session)
{
  g_queue_clear_full (&session->lines, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&session->reader, gw_frame_reader_free);
  g_clear_pointer (&session->takeover, gw_takeover_free);
  g_clear_pointer (&session->complaint, gw_complaint_free);
  g_clear_pointer (&session->line, gw_line_free);
  if (session->link != NULL)
    gw_link_disconnect (session->link);
  session->deadline_us = session->keepalive_us = session->doubt_us = G_MAXINT64;
}

/* A session that the other side never spoke in has nothing to go on with. */
static void
forget (GwSession *session)
{
  if (session->link != NULL)
    session->counts = gw_link_get_counts (session->link);
  g_clear_pointer (&session->link, gw_link_free);
  g_clear_pointer (&session->features, g_strfreev);
  session->exists = session->established = FALSE;
  session->park_us = G_MAXINT64;
}

/* All streams and calls end, and the owner hears of it. */
void
gw_session_end (GwSession *session, const char *why, GwOutcome outcome)
{
  gboolean established = session->established;

  forget (session);
  gw_mux_reset_all (session->mux, why);
  gw_calls_end_all (session->calls, outcome, why);
  if (established)
    gw_session_push (session, GW_SESSION_EVENT_CLOSED)->text = g_strdup (why);
}

/* The connection carries the session no more. */
static void
park (GwSession *session, const GwSessionCause *cause)
{
  gw_session_drop_connection (session);
  if (!session->established)
    {
      forget (session);
      return;
    }
  /* A connection that came to nothing gives no more time. */
  if (session->park_us == G_MAXINT64)
    {
      session->park_us = cause->now_us + GW_SESSION_PARK_US;
      gw_session_push (session, GW_SESSION_EVENT_PARKED);
    }
}

/* The guest's connection speaks text. */
static void
tell_text (GwSession *session, const GwSessionCause *cause)
{
  GwSessionEvent *event = gw_session_push (session, GW_SESSION_EVENT_TEXT);

  event->bytes = cause->text != NULL ? g_bytes_new (cause->text->data, cause->text->len) : g_bytes_new (NULL, 0);
}

static void
park_to_text (GwSession *session, const GwSessionCause *cause)
{
  park (session, cause);
  tell_text (session, cause);
}

static void
park_to_sync (GwSession *session, const GwSessionCause *cause)
{
  park (session, cause);
  gw_session_begin_sync (session, cause);
}

static void
end (GwSession *session, const GwSessionCause *cause)
{
  gw_session_drop_connection (session);
  gw_session_end (session, cause->why, cause->outcome);
}

static void
end_only (GwSession *session, const GwSessionCause *cause)
{
  gw_session_end (session, cause->why, cause->outcome);
}

static void
end_to_text (GwSession *session, const GwSessionCause *cause)
{
  end (session, cause);
  tell_text (session, cause);
}

static void
end_to_sync (GwSession *session, const GwSessionCause *cause)
{
  end (session, cause);
  gw_session_begin_sync (session, cause);
}

/* The last that is said in frames. Nobody waits for its arrival: who misses it
 * finds the session ended when it comes back. */
static void
say_close (GwSession *session, const GwSessionCause *cause)
{
  gsize length = MIN (strlen (cause->why), GW_REASON_MAX);
  g_auto (GwFrame) frame = { 0 };

  gw_link_close (session->link, cause->why, length, &frame);
  g_queue_push_tail (&session->lines, gw_frame_encode (&frame, session->seed_out));
}

/* @after: what ends the session. */
static void
close_with (GwSession *session, const GwSessionCause *cause, GwSessionAction after)
{
  GBytes *words;

  say_close (session, cause);
  words = g_queue_pop_tail (&session->lines);
  after (session, cause);
  g_queue_push_tail (&session->lines, words);
}

static void
close_host (GwSession *session, const GwSessionCause *cause)
{
  close_with (session, cause, end);
}

static void
close_guest (GwSession *session, const GwSessionCause *cause)
{
  close_with (session, cause, end_to_text);
}

static void
refused (GwSession *session, const GwSessionCause *cause)
{
  session->refusals = session->hellos = 0;
  end (session, cause);
  gw_session_push (session, GW_SESSION_EVENT_TEXT_ONLY)->text = g_strdup (cause->why);
}

static void
established (GwSession *session, const GwSessionCause *cause)
{
  gboolean resumed = session->established;

  session->established = TRUE;
  session->park_us = session->deadline_us = G_MAXINT64;
  session->heard_us = cause->now_us;
  session->hellos = session->refusals = 0;
  gw_session_push (session, resumed ? GW_SESSION_EVENT_RESUMED : GW_SESSION_EVENT_OPENED);
}

/* --- The table ----------------------------------------------------------- */

#define HOST (1 << GW_SESSION_HOST)
#define GUEST (1 << GW_SESSION_GUEST)
#define BOTH (HOST | GUEST)

/* PARKED as the next state is IDLE where there is no session to park. */
static const struct
{
  guint roles;
  GwSessionState state;
  GwSessionInput input;
  GwSessionState next;
  GwSessionAction action;
} table[] = {
#define ROW(roles, state, input, next, action)                                                                         \
  { roles, GW_SESSION_##state, GW_SESSION_INPUT_##input, GW_SESSION_##next, action }
  ROW (HOST, IDLE, CONNECT, SYNCING, gw_session_begin_sync),
  ROW (HOST, PARKED, CONNECT, SYNCING, gw_session_begin_sync),
  ROW (BOTH, IDLE, CLOSE, IDLE, end),

  ROW (HOST, SYNCING, SYNCED, OPENING, gw_session_ask_open),
  ROW (HOST, SYNCING, NO_ANSWER, SYNCING, gw_session_sync_again),
  ROW (HOST, SYNCING, DISCONNECT, PARKED, park),
  ROW (HOST, SYNCING, TOO_LATE, SYNCING, end_only),
  ROW (HOST, SYNCING, CLOSE, IDLE, end),

  ROW (HOST, OPENING, ACCEPTED, GREETING, gw_session_start_host),
  ROW (HOST, OPENING, ACCEPTED_ANEW, GREETING, gw_session_restart_host),
  ROW (HOST, OPENING, RESUMED, GREETING, gw_session_resume_host),
  ROW (HOST, OPENING, DIVERGED, SYNCING, end_to_sync),
  ROW (HOST, OPENING, REFUSED, IDLE, refused),
  ROW (HOST, OPENING, NO_ANSWER, SYNCING, gw_session_begin_sync),
  ROW (HOST, OPENING, DISCONNECT, PARKED, park),
  ROW (HOST, OPENING, TOO_LATE, SYNCING, end_to_sync),
  ROW (HOST, OPENING, CLOSE, IDLE, end),

  ROW (HOST, GREETING, NO_ANSWER, SYNCING, park_to_sync),
  ROW (HOST, GREETING, REFUSED, IDLE, refused),
  ROW (HOST, GREETING, TOO_LATE, SYNCING, end_to_sync),
  ROW (HOST, GREETING, CLOSE, IDLE, close_host),
  ROW (HOST, GREETING, VIOLATION, IDLE, close_host),
  ROW (HOST, GREETING, PEER_CLOSED, IDLE, end),

  ROW (HOST, FRAMED, SILENCE, SYNCING, park_to_sync),
  ROW (HOST, FRAMED, DIVERGED, SYNCING, end_to_sync),
  ROW (HOST, FRAMED, CLOSE, IDLE, close_host),
  ROW (HOST, FRAMED, VIOLATION, IDLE, close_host),
  ROW (HOST, FRAMED, PEER_CLOSED, IDLE, end),

  ROW (GUEST, IDLE, OPEN, GREETING, gw_session_start_guest),
  ROW (GUEST, PARKED, OPEN, GREETING, gw_session_start_guest),
  ROW (GUEST, PARKED, RESUME, GREETING, gw_session_resume_guest),

  ROW (GUEST, GREETING, NO_ANSWER, PARKED, park_to_text),
  ROW (GUEST, GREETING, TAKEOVER, PARKED, park_to_text),
  ROW (GUEST, GREETING, TOO_LATE, IDLE, close_guest),
  ROW (GUEST, GREETING, CLOSE, IDLE, close_guest),
  ROW (GUEST, GREETING, VIOLATION, IDLE, close_guest),
  ROW (GUEST, GREETING, PEER_CLOSED, IDLE, end_to_text),

  ROW (GUEST, FRAMED, SILENCE, PARKED, park_to_text),
  ROW (GUEST, FRAMED, DIVERGED, IDLE, close_guest),
  ROW (GUEST, FRAMED, TAKEOVER, PARKED, park_to_text),
  ROW (GUEST, FRAMED, CLOSE, IDLE, close_guest),
  ROW (GUEST, FRAMED, VIOLATION, IDLE, close_guest),
  ROW (GUEST, FRAMED, PEER_CLOSED, IDLE, end_to_text),

  ROW (BOTH, GREETING, HELLO, FRAMED, established),
  ROW (BOTH, GREETING, DISCONNECT, PARKED, park),
  ROW (BOTH, FRAMED, DISCONNECT, PARKED, park),
  ROW (BOTH, PARKED, TOO_LATE, IDLE, end),
  ROW (BOTH, PARKED, CLOSE, IDLE, end),
#undef ROW
};

/**
 * gw_session_input:
 *
 * Something has happened. Where the table knows nothing of it in this state,
 * it makes no difference.
 */
void
gw_session_input (GwSession *session, GwSessionInput input, const GwSessionCause *cause)
{
  GwSessionState before = session->state;
  gsize row;

  for (row = 0; row < G_N_ELEMENTS (table); row++)
    if (table[row].state == before && table[row].input == input
        && (table[row].roles & (1u << session->settings.role)) != 0)
      break;
  if (session->settings.reached != NULL)
    session->settings.reached (before, input, row < G_N_ELEMENTS (table), session->settings.user_data);
  if (row == G_N_ELEMENTS (table))
    return;
  session->state = table[row].next;
  table[row].action (session, cause);
  if (session->state == GW_SESSION_PARKED && !session->exists)
    session->state = GW_SESSION_IDLE;
}

/* --- For the owner ------------------------------------------------------- */

/**
 * gw_session_new:
 * @settings: copied; what it points to must outlive the session
 *
 * Returns: (transfer full): a session without a connection
 */
GwSession *
gw_session_new (const GwSessionSettings *settings)
{
  GwSession *session = g_new0 (GwSession, 1);

  session->settings = *settings;
  g_queue_init (&session->events);
  g_queue_init (&session->lines);
  session->calls = gw_calls_new (&session->events);
  session->mux = gw_mux_new (settings->role == GW_SESSION_HOST, &session->events);
  /* Half of what is lent may have to be used before more is. */
  if (settings->kind->reckless)
    gw_mux_lend_more (session->mux, 2 * settings->kind->window);
  session->park_us = session->deadline_us = session->keepalive_us = session->doubt_us = G_MAXINT64;
  return session;
}

void
gw_session_free (GwSession *session)
{
  gw_session_drop_connection (session);
  forget (session);
  gw_mux_free (session->mux);
  gw_calls_free (session->calls);
  gw_session_event_clear_all (&session->events);
  g_free (session);
}

/**
 * gw_session_connect:
 * @now_us: monotonic time in microseconds, as everywhere here
 *
 * There is a new connection. A host begins to ask for frames on it; on a
 * guest's is text until somebody asks.
 */
void
gw_session_connect (GwSession *session, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us, .why = "the channel was opened again", .outcome = GW_OUTCOME_PEER_LOST };

  gw_session_input (session, GW_SESSION_INPUT_DISCONNECT, &cause);
  gw_session_input (session, GW_SESSION_INPUT_CONNECT, &cause);
}

/**
 * gw_session_disconnect:
 *
 * The connection is gone, and what was given to it may be lost.
 */
void
gw_session_disconnect (GwSession *session, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us, .why = "the channel was lost", .outcome = GW_OUTCOME_PEER_LOST };

  gw_session_input (session, GW_SESSION_INPUT_DISCONNECT, &cause);
}

/**
 * gw_session_close:
 * @why: told to both owners
 *
 * Ends the session now. What was written and has not arrived may be lost.
 */
void
gw_session_close (GwSession *session, const char *why, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us, .why = why, .outcome = GW_OUTCOME_CANCELLED };

  gw_session_input (session, GW_SESSION_INPUT_CLOSE, &cause);
}

/**
 * gw_session_next:
 * @event: (out caller-allocates): what happened; to be cleared with
 *   gw_session_event_clear()
 *
 * Returns: the next thing that happened, or %GW_SESSION_EVENT_NONE
 */
GwSessionEventKind
gw_session_next (GwSession *session, GwSessionEvent *event)
{
  gw_session_event_pop (&session->events, event);
  gw_calls_taken (session->calls, event);
  if (event->kind == GW_SESSION_EVENT_ENDED)
    session->calls_open--;
  return event->kind;
}

GwSessionState
gw_session_get_state (GwSession *session)
{
  return session->state;
}

/* Whether what comes on the connection is for gw_session_receive(). */
gboolean
gw_session_in_frames (GwSession *session)
{
  return session->state == GW_SESSION_GREETING || session->state == GW_SESSION_FRAMED;
}

/* Whether there is a session, parked or not. */
gboolean
gw_session_is_open (GwSession *session)
{
  return session->established;
}

/* Whether the other side of an open session has it. */
gboolean
gw_session_has_feature (GwSession *session, const char *feature)
{
  return session->features != NULL && g_strv_contains ((const char *const *) session->features, feature);
}
