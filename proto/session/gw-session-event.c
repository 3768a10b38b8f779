/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a session tells its owner, in order. */

#include "gw-session-event.h"

/**
 * gw_session_event_push:
 *
 * Returns: (transfer none): a new event at the end of @events, to be filled
 */
GwSessionEvent *
gw_session_event_push (GQueue *events, GwSessionEventKind kind)
{
  GwSessionEvent *event = g_new0 (GwSessionEvent, 1);

  event->kind = kind;
  g_queue_push_tail (events, event);
  return event;
}

/**
 * gw_session_event_pop:
 * @event: (out caller-allocates): of kind %GW_SESSION_EVENT_NONE if there is none
 */
void
gw_session_event_pop (GQueue *events, GwSessionEvent *event)
{
  g_autofree GwSessionEvent *head = g_queue_pop_head (events);

  *event = head != NULL ? *head : (GwSessionEvent){ GW_SESSION_EVENT_NONE };
}

void
gw_session_event_clear (GwSessionEvent *event)
{
  g_clear_pointer (&event->bytes, g_bytes_unref);
  g_clear_pointer (&event->text, g_free);
}

static void
event_free (GwSessionEvent *event)
{
  gw_session_event_clear (event);
  g_free (event);
}

void
gw_session_event_clear_all (GQueue *events)
{
  g_queue_clear_full (events, (GDestroyNotify) event_free);
}

const char *
gw_session_event_name (GwSessionEventKind kind)
{
  static const char *const names[] = {
    [GW_SESSION_EVENT_NONE] = "none",
    [GW_SESSION_EVENT_OPENED] = "opened",
    [GW_SESSION_EVENT_RESUMED] = "resumed",
    [GW_SESSION_EVENT_PARKED] = "parked",
    [GW_SESSION_EVENT_TEXT] = "text",
    [GW_SESSION_EVENT_TEXT_ONLY] = "text-only",
    [GW_SESSION_EVENT_CLOSED] = "closed",
    [GW_SESSION_EVENT_REQUEST] = "request",
    [GW_SESSION_EVENT_CANCEL] = "cancel",
    [GW_SESSION_EVENT_TOLD] = "told",
    [GW_SESSION_EVENT_ENDED] = "ended",
    [GW_SESSION_EVENT_STREAM_OPENED] = "stream-opened",
    [GW_SESSION_EVENT_STREAM_ACCEPTED] = "stream-accepted",
    [GW_SESSION_EVENT_STREAM_DATA] = "stream-data",
    [GW_SESSION_EVENT_STREAM_WRITABLE] = "stream-writable",
    [GW_SESSION_EVENT_STREAM_FIN] = "stream-fin",
    [GW_SESSION_EVENT_STREAM_RESET] = "stream-reset",
  };

  return names[kind];
}

const char *
gw_outcome_name (GwOutcome outcome)
{
  static const char *const names[] = {
    [GW_OUTCOME_REPLY] = "reply",
    [GW_OUTCOME_ERROR] = "error",
    [GW_OUTCOME_NOT_DELIVERED] = "not-delivered",
    [GW_OUTCOME_PEER_RESTARTED] = "peer-restarted",
    [GW_OUTCOME_PEER_LOST] = "peer-lost",
    [GW_OUTCOME_TIMED_OUT] = "timed-out",
    [GW_OUTCOME_CANCELLED] = "cancelled",
  };

  return names[outcome];
}
