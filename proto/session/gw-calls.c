/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests and their answers, in both directions. A request runs only when all
 * of it has come, so one whose last byte was never sent is known not to have
 * run. Knows no JSON and no connection. */

#include "gw-calls.h"

#include "gw-limits.h"

typedef struct
{
  guint64 id;
  GBytes *body;       /* until it is given away to be sent */
  gint64 deadline_us; /* G_MAXINT64 for none */
  gboolean ended;     /* here; the other side will answer yet */
} Call;

struct _GwCalls
{
  GQueue *events;
  GwMessages *messages;

  /* Ours. */
  guint64 last_id;
  GQueue waiting;     /* of Call: not sent */
  GHashTable *sent;   /* id to Call */
  guint64 last_event;

  /* Theirs. */
  guint64 highest;    /* request */
  GHashTable *open;   /* ids of requests without an answer */
  guint64 last_told;
};

static void
call_free (Call *call)
{
  g_clear_pointer (&call->body, g_bytes_unref);
  g_free (call);
}

static GHashTable *
new_ids (GDestroyNotify free_value)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, free_value);
}

GwCalls *
gw_calls_new (GQueue *events)
{
  GwCalls *calls = g_new0 (GwCalls, 1);

  calls->events = events;
  calls->messages = gw_messages_new ();
  g_queue_init (&calls->waiting);
  calls->sent = new_ids ((GDestroyNotify) call_free);
  calls->open = new_ids (NULL);
  return calls;
}

void
gw_calls_free (GwCalls *calls)
{
  g_queue_clear_full (&calls->waiting, (GDestroyNotify) call_free);
  g_hash_table_unref (calls->sent);
  g_hash_table_unref (calls->open);
  gw_messages_free (calls->messages);
  g_free (calls);
}

static GwSessionEvent *
tell_ended (GwCalls *calls, guint64 id, GwOutcome outcome, GBytes *body)
{
  GwSessionEvent *event = gw_session_event_push (calls->events, GW_SESSION_EVENT_ENDED);

  event->id = id;
  event->outcome = outcome;
  event->bytes = body;
  return event;
}

/* --- Ours ---------------------------------------------------------------- */

static gboolean
check_size (GBytes *body, GError **error)
{
  if (g_bytes_get_size (body) <= GW_MESSAGE_MAX)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "a message of %" G_GSIZE_FORMAT " bytes; the most is %u",
               g_bytes_get_size (body), GW_MESSAGE_MAX);
  return FALSE;
}

/**
 * gw_calls_call:
 * @body: the request
 * @deadline_us: monotonic time in microseconds; %G_MAXINT64 for none
 *
 * Returns: the call's id, never given twice; or 0 with @error set
 */
guint64
gw_calls_call (GwCalls *calls, GBytes *body, gint64 deadline_us, GError **error)
{
  Call *call;

  if (!check_size (body, error))
    return 0;
  if (calls->waiting.length >= GW_CLIENT_CALLS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d calls are waiting already", GW_CLIENT_CALLS_MAX);
      return 0;
    }
  call = g_new0 (Call, 1);
  call->id = ++calls->last_id;
  call->body = g_bytes_ref (body);
  call->deadline_us = deadline_us;
  g_queue_push_tail (&calls->waiting, call);
  return call->id;
}

/* Nobody waits for it any more. It was given away to be sent: @outcome is for when it may have run. */
static void
give_up (GwCalls *calls, Call *call, GwOutcome outcome)
{
  g_autoptr (GBytes) nothing = g_bytes_new_static (NULL, 0);
  guint64 id = call->id;

  if (gw_messages_withdraw (calls->messages, GW_MESSAGE_WIRE_REQUEST, id))
    {
      g_hash_table_remove (calls->sent, &id);
      tell_ended (calls, id, GW_OUTCOME_NOT_DELIVERED, NULL);
      return;
    }
  call->ended = TRUE;
  call->deadline_us = G_MAXINT64;
  gw_messages_send (calls->messages, GW_MESSAGE_WIRE_CANCEL, id, nothing);
  tell_ended (calls, id, outcome, NULL);
}

static void
drop_waiting (GwCalls *calls, GList *link)
{
  Call *call = link->data;

  tell_ended (calls, call->id, GW_OUTCOME_NOT_DELIVERED, NULL);
  g_queue_delete_link (&calls->waiting, link);
  call_free (call);
}

/**
 * gw_calls_cancel:
 * @call: one that has ended is ignored
 */
void
gw_calls_cancel (GwCalls *calls, guint64 call)
{
  Call *sent = g_hash_table_lookup (calls->sent, &call);

  if (sent != NULL && !sent->ended)
    give_up (calls, sent, GW_OUTCOME_CANCELLED);
  for (GList *link = calls->waiting.head; link != NULL; link = link->next)
    if (((Call *) link->data)->id == call)
      {
        drop_waiting (calls, link);
        return;
      }
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  const Call *left = a;
  const Call *right = b;

  return left->id < right->id ? -1 : left->id > right->id;
}

/**
 * gw_calls_end_all:
 * @outcome: of calls that may have run
 *
 * The session is over, and @why: ours end, theirs are forgotten.
 */
void
gw_calls_end_all (GwCalls *calls, GwOutcome outcome, const char *why)
{
  g_autoptr (GList) sent = g_list_sort (g_hash_table_get_values (calls->sent), compare_ids);

  for (GList *link = sent; link != NULL; link = link->next)
    {
      Call *call = link->data;
      gboolean withdrawn = gw_messages_withdraw (calls->messages, GW_MESSAGE_WIRE_REQUEST, call->id);

      if (!call->ended)
        tell_ended (calls, call->id, withdrawn ? GW_OUTCOME_NOT_DELIVERED : outcome, NULL)->text = g_strdup (why);
    }
  while (calls->waiting.head != NULL)
    drop_waiting (calls, calls->waiting.head);
  g_hash_table_remove_all (calls->sent);
  g_hash_table_remove_all (calls->open);
  calls->highest = calls->last_told = calls->last_event = 0;
  gw_messages_free (calls->messages);
  calls->messages = gw_messages_new ();
}

/**
 * gw_calls_tell:
 *
 * Sends an event. Of those that wait, the oldest are dropped above a bound;
 * their numbers are missing then, which the other side sees.
 */
void
gw_calls_tell (GwCalls *calls, GBytes *body)
{
  gsize size;

  if (g_bytes_get_size (body) > GW_EVENTS_QUEUED_BYTES_MAX)
    return;
  while (gw_messages_get_n_unbegun (calls->messages, GW_MESSAGE_WIRE_EVENT, &size) >= GW_EVENTS_QUEUED_MAX
         || size + g_bytes_get_size (body) > GW_EVENTS_QUEUED_BYTES_MAX)
    gw_messages_drop_oldest (calls->messages, GW_MESSAGE_WIRE_EVENT);
  gw_messages_send (calls->messages, GW_MESSAGE_WIRE_EVENT, ++calls->last_event, body);
}

/* --- Theirs -------------------------------------------------------------- */

/**
 * gw_calls_reply:
 * @kind: a reply or an error
 * @request: one that is open
 *
 * Returns: %FALSE with @error set if @body is too large, or the request is not
 *   open: its asker is gone
 */
gboolean
gw_calls_reply (GwCalls *calls, GwMessageWireKind kind, guint64 request, GBytes *body, GError **error)
{
  if (!g_hash_table_contains (calls->open, &request))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "request %" G_GUINT64_FORMAT " is not open", request);
      return FALSE;
    }
  if (!check_size (body, error))
    return FALSE;
  g_hash_table_remove (calls->open, &request);
  gw_messages_send (calls->messages, kind, request, body);
  return TRUE;
}

static gboolean
refuse (GError **error, const char *what, guint64 id)
{
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "message %" G_GUINT64_FORMAT ": %s", id, what);
  return FALSE;
}

static gboolean
receive_request (GwCalls *calls, GwMessageArrival *arrival, GError **error)
{
  GwSessionEvent *event;

  if (arrival->begins && arrival->id <= calls->highest)
    return refuse (error, "the id of a request before", arrival->id);
  calls->highest = MAX (calls->highest, arrival->id);
  if (arrival->body == NULL)
    return TRUE;
  if (g_hash_table_size (calls->open) >= GW_REQUESTS_MAX)
    return refuse (error, "more requests than may be open", arrival->id);
  g_hash_table_add (calls->open, g_memdup2 (&arrival->id, sizeof arrival->id));
  event = gw_session_event_push (calls->events, GW_SESSION_EVENT_REQUEST);
  event->id = arrival->id;
  event->bytes = g_bytes_ref (arrival->body);
  return TRUE;
}

static gboolean
receive_answer (GwCalls *calls, GwMessageArrival *arrival, GError **error)
{
  GwOutcome outcome = arrival->kind == GW_MESSAGE_WIRE_REPLY ? GW_OUTCOME_REPLY : GW_OUTCOME_ERROR;
  Call *call = g_hash_table_lookup (calls->sent, &arrival->id);

  if (arrival->body == NULL)
    return TRUE;
  if (call == NULL || gw_messages_withdraw (calls->messages, GW_MESSAGE_WIRE_REQUEST, arrival->id))
    return refuse (error, "an answer to no request", arrival->id);
  if (call->ended)
    gw_messages_consume (calls->messages, g_bytes_get_size (arrival->body));
  else
    tell_ended (calls, arrival->id, outcome, g_bytes_ref (arrival->body));
  g_hash_table_remove (calls->sent, &arrival->id);
  return TRUE;
}

static gboolean
receive_event (GwCalls *calls, GwMessageArrival *arrival, GError **error)
{
  GwSessionEvent *event;

  if (arrival->body == NULL)
    return TRUE;
  if (arrival->id <= calls->last_told)
    return refuse (error, "the number of an event before", arrival->id);
  event = gw_session_event_push (calls->events, GW_SESSION_EVENT_TOLD);
  event->id = arrival->id - calls->last_told - 1;
  event->bytes = g_bytes_ref (arrival->body);
  calls->last_told = arrival->id;
  return TRUE;
}

/* It may have met the answer. */
static void
receive_cancel (GwCalls *calls, GwMessageArrival *arrival)
{
  if (arrival->body == NULL)
    return;
  gw_messages_consume (calls->messages, g_bytes_get_size (arrival->body));
  if (g_hash_table_contains (calls->open, &arrival->id))
    gw_session_event_push (calls->events, GW_SESSION_EVENT_CANCEL)->id = arrival->id;
}

/**
 * gw_calls_receive:
 * @untrusted_frame: a MESSAGE, or a CREDIT of stream 0
 *
 * Returns: %FALSE with @error set if it breaks the protocol
 */
gboolean
gw_calls_receive (GwCalls *calls, const GwFrame *untrusted_frame, GError **error)
{
  g_autoptr (GBytes) body = NULL;
  GwMessageArrival arrival;

  if (untrusted_frame->type == GW_FRAME_CREDIT)
    return gw_messages_receive_credit (calls->messages, untrusted_frame->payload, error);
  if (!gw_messages_receive (calls->messages, untrusted_frame->payload, &arrival, error))
    return FALSE;
  body = arrival.body;
  switch (arrival.kind)
    {
    case GW_MESSAGE_WIRE_REQUEST:
      return receive_request (calls, &arrival, error);
    case GW_MESSAGE_WIRE_EVENT:
      return receive_event (calls, &arrival, error);
    case GW_MESSAGE_WIRE_CANCEL:
      receive_cancel (calls, &arrival);
      return TRUE;
    case GW_MESSAGE_WIRE_REPLY:
    case GW_MESSAGE_WIRE_ERROR:
    default:
      return receive_answer (calls, &arrival, error);
    }
}

/* The owner has taken @event: what it holds is the owner's to bound. */
void
gw_calls_taken (GwCalls *calls, const GwSessionEvent *event)
{
  if (event->bytes != NULL
      && (event->kind == GW_SESSION_EVENT_REQUEST || event->kind == GW_SESSION_EVENT_TOLD
          || event->kind == GW_SESSION_EVENT_ENDED))
    gw_messages_consume (calls->messages, g_bytes_get_size (event->bytes));
}

/* --- Out ----------------------------------------------------------------- */

gboolean
gw_calls_next_control (GwCalls *calls, GwFrame *frame)
{
  return gw_messages_next_credit (calls->messages, frame);
}

/* No more are given away than the other side takes. */
static void
send_waiting (GwCalls *calls)
{
  while (calls->waiting.head != NULL
         && g_hash_table_size (calls->sent) < GW_REQUESTS_MAX)
    {
      Call *call = g_queue_pop_head (&calls->waiting);

      gw_messages_send (calls->messages, GW_MESSAGE_WIRE_REQUEST, call->id, call->body);
      g_clear_pointer (&call->body, g_bytes_unref);
      g_hash_table_insert (calls->sent, g_memdup2 (&call->id, sizeof call->id), call);
    }
}

gboolean
gw_calls_next (GwCalls *calls, gsize payload_max, GwFrame *frame)
{
  send_waiting (calls);
  return gw_messages_next (calls->messages, payload_max, frame);
}

GwMessages *
gw_calls_get_messages (GwCalls *calls)
{
  return calls->messages;
}

/* --- Time ---------------------------------------------------------------- */

gint64
gw_calls_get_deadline (GwCalls *calls)
{
  gint64 deadline_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer call;

  for (GList *link = calls->waiting.head; link != NULL; link = link->next)
    deadline_us = MIN (deadline_us, ((Call *) link->data)->deadline_us);
  g_hash_table_iter_init (&iter, calls->sent);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    deadline_us = MIN (deadline_us, ((Call *) call)->deadline_us);
  return deadline_us;
}

/* The first that is due, in order that what is told depends on nothing else. */
static Call *
find_due (GwCalls *calls, gint64 now_us)
{
  GHashTableIter iter;
  gpointer value;
  Call *found = NULL;

  g_hash_table_iter_init (&iter, calls->sent);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Call *call = value;

      if (call->deadline_us <= now_us && (found == NULL || call->id < found->id))
        found = call;
    }
  return found;
}

void
gw_calls_pass_time (GwCalls *calls, gint64 now_us)
{
  GList *next;
  Call *due;

  while ((due = find_due (calls, now_us)) != NULL)
    give_up (calls, due, GW_OUTCOME_TIMED_OUT);
  for (GList *link = calls->waiting.head; link != NULL; link = next)
    {
      next = link->next;
      if (((Call *) link->data)->deadline_us <= now_us)
        drop_waiting (calls, link);
    }
}
