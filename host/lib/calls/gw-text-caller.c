/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Speaks the text voice as its client. One call is on the way at a time, as
 * an agent answers in order and one at a time anyhow; what must never happen
 * is that a late reply is taken for the next call's. So after any call that
 * ended without its reply comes a new sync, and everything before its answer
 * is dropped.
 *
 * An agent that restarts in mid-call forgets it, and nothing on the channel
 * tells so: only the call's deadline ends it, or what the new agent says of
 * the rest of its request. Does no I/O and reads no clock. */

#include "gw-text-caller.h"

#include "gw-limits.h"
#include "gw-line.h"
#include "gw-random.h"
#include "gw-text-call.h"
#include "gw-text-sync.h"

typedef enum
{
  SILENT,  /* out of step with the agent, and nothing to ask it */
  SYNCING, /* waiting for the answer to a number */
  READY,   /* in step */
  LOST,    /* the channel is gone */
} State;

struct _GwTextCaller
{
  State state;
  GwLine *line;
  GwTextSync sync;
  gboolean opening;     /* sync until answered, though no call waits for it */
  gboolean after_reset; /* the last thing heard was 0xFF */
  gboolean repeats_ids; /* the agent, since the sync */
  GwTextCall *in_flight;
  GQueue waiting; /* of Call* */
  GQueue events;  /* of GwTextCallerEvent* */
  guint64 last_id;
  guint64 junk;
};

/**
 * gw_text_caller_new:
 *
 * Returns: (transfer full): a new #GwTextCaller, for one connection
 */
GwTextCaller *
gw_text_caller_new (void)
{
  GwTextCaller *caller = g_new0 (GwTextCaller, 1);

  caller->line = gw_line_new (GW_LINE_MAX);
  /* Not from 1 on: the id is also looked for in replies that cannot be read. */
  caller->last_id = ((guint64) g_random_int () << 16) | 1;
  g_queue_init (&caller->waiting);
  g_queue_init (&caller->events);
  return caller;
}

void
gw_text_caller_free (GwTextCaller *caller)
{
  g_clear_pointer (&caller->in_flight, gw_text_call_free);
  g_queue_clear_full (&caller->waiting, (GDestroyNotify) gw_text_call_free);
  gw_text_caller_event_clear_all (&caller->events);
  gw_line_free (caller->line);
  g_free (caller);
}

/* --- Events ------------------------------------------------------------- */

/* Takes @call, @value and @error. */
static void
end_call (GwTextCaller *caller, GwTextCall *call, JsonNode *value, GError *error)
{
  GwTextCallerEvent *event = gw_text_caller_event_push (&caller->events, GW_TEXT_CALLER_ENDED);

  event->call = call->id;
  event->value = value;
  event->error = error;
  gw_text_call_free (call);
}

/**
 * gw_text_caller_next:
 * @event: (out caller-allocates): what happened; to be cleared with
 *   gw_text_caller_event_clear()
 *
 * Returns: the next thing that happened, in order, or %GW_TEXT_CALLER_NONE
 */
GwTextCallerEventKind
gw_text_caller_next (GwTextCaller *caller, GwTextCallerEvent *event)
{
  gw_text_caller_event_pop (&caller->events, event);
  return event->kind;
}

/* --- In and out of step ------------------------------------------------- */

static gboolean
wants_sync (GwTextCaller *caller)
{
  return caller->opening || !g_queue_is_empty (&caller->waiting);
}

/* What of the earlier requests is not yet written would only delay the
 * answer; a half one is voided by the 0xFF. */
static void
ask_sync (GwTextCaller *caller, gint64 now_us)
{
  if (caller->state != SYNCING)
    gw_text_sync_begin (&caller->sync);
  caller->state = SYNCING;
  caller->repeats_ids = FALSE;
  gw_text_caller_event_push (&caller->events, GW_TEXT_CALLER_DROP);
  gw_text_caller_event_push (&caller->events, GW_TEXT_CALLER_SEND)->bytes = gw_text_sync_ask (&caller->sync, gw_random_number (), TRUE, now_us);
}

/* An agent answers in order: when it answers the sync behind a call whose
 * success is silent, that has succeeded. */
static void
send_next (GwTextCaller *caller, gint64 now_us)
{
  if (caller->state != READY || caller->in_flight != NULL || g_queue_is_empty (&caller->waiting))
    return;
  caller->in_flight = g_queue_pop_head (&caller->waiting);
  gw_text_caller_event_push (&caller->events, GW_TEXT_CALLER_SEND)->bytes = g_steal_pointer (&caller->in_flight->request);
  if (!caller->in_flight->silent)
    return;
  gw_text_sync_begin (&caller->sync);
  gw_text_caller_event_push (&caller->events, GW_TEXT_CALLER_SEND)->bytes = gw_text_sync_ask (&caller->sync, gw_random_number (), FALSE, now_us);
}

/* The call on the way ends without its reply, which may come yet. The sync is
 * asked for at once, so that an agent with half a request is not left so. */
static void
abandon (GwTextCaller *caller, GError *error, gint64 now_us)
{
  end_call (caller, g_steal_pointer (&caller->in_flight), NULL, error);
  ask_sync (caller, now_us);
}

/**
 * gw_text_caller_sync:
 * @now_us: monotonic time in microseconds
 *
 * Says hello, again and again until the agent answers: to be called once, for
 * a new connection.
 */
void
gw_text_caller_sync (GwTextCaller *caller, gint64 now_us)
{
  if (caller->state == LOST)
    return;
  caller->opening = TRUE;
  ask_sync (caller, now_us);
}

/* --- Calls -------------------------------------------------------------- */

/**
 * gw_text_caller_call:
 * @arguments: (nullable): an object
 * @timeout_us: how long it may take from now on; %G_MAXINT64 for no limit
 * @now_us: monotonic time in microseconds
 *
 * Puts a call into the queue. It ends exactly once, with an event: the
 * reply's value; or what the agent says went wrong; or
 * %GW_ERROR_NOT_DELIVERED if no byte of it was given away to be sent; or
 * %GW_ERROR_TIMED_OUT, %GW_ERROR_PEER_LOST, %G_IO_ERROR_CANCELLED, or
 * whatever is wrong with a reply that cannot be read.
 *
 * Returns: the call's number, or 0 with %GW_ERROR_BUSY, %GW_ERROR_TOO_LARGE,
 *   %GW_ERROR_INVALID_JSON or %GW_ERROR_NOT_DELIVERED set
 */
guint64
gw_text_caller_call (GwTextCaller *caller, const char *command, JsonNode *arguments, gint64 timeout_us, gint64 now_us,
                     GError **error)
{
  GwTextCall *call;

  if (caller->state == LOST)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "%s: the channel is lost; nothing was sent", command);
      return 0;
    }
  if (g_queue_get_length (&caller->waiting) >= GW_CLIENT_CALLS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%s: %d calls are waiting already", command, GW_CLIENT_CALLS_MAX);
      return 0;
    }
  call = gw_text_call_new (caller->last_id + 1, command, arguments, timeout_us, now_us, error);
  if (call == NULL)
    return 0;
  caller->last_id++;
  g_queue_push_tail (&caller->waiting, call);
  if (caller->state == SILENT)
    ask_sync (caller, now_us);
  send_next (caller, now_us);
  return caller->last_id;
}

/**
 * gw_text_caller_cancel:
 * @call: what gw_text_caller_call() gave; one that has ended is ignored
 *
 * Ends a call early.
 */
void
gw_text_caller_cancel (GwTextCaller *caller, guint64 call, gint64 now_us)
{
  if (caller->in_flight != NULL && caller->in_flight->id == call)
    {
      abandon (caller, gw_text_call_cancelled (caller->in_flight), now_us);
      return;
    }
  for (GList *link = caller->waiting.head; link != NULL; link = link->next)
    {
      GwTextCall *waiting = link->data;

      if (waiting->id != call)
        continue;
      g_queue_delete_link (&caller->waiting, link);
      end_call (caller, waiting, NULL, gw_text_call_cancelled (waiting));
      return;
    }
}

/**
 * gw_text_caller_lose:
 * @why: what happened to the channel
 *
 * Ends everything.
 */
void
gw_text_caller_lose (GwTextCaller *caller, const char *why)
{
  GwTextCall *call;

  caller->state = LOST;
  caller->opening = FALSE;
  if (caller->in_flight != NULL)
    {
      call = g_steal_pointer (&caller->in_flight);
      end_call (caller, call, NULL, gw_text_call_lost (call, why));
    }
  while ((call = g_queue_pop_head (&caller->waiting)) != NULL)
    end_call (caller, call, NULL, gw_text_call_lost (call, why));
}

/* --- What comes in ------------------------------------------------------ */

/* What cannot be taken for a reply: the one that is waited for was in it, or is
 * lost behind it. An object, though, is somebody else's if it does not name the
 * call. Takes @why. */
static void
take_junk (GwTextCaller *caller, GBytes *untrusted_object, GError *why, gint64 now_us)
{
  g_autoptr (GError) error = why;

  caller->junk++;
  if (caller->in_flight == NULL)
    return;
  if (untrusted_object != NULL && !gw_text_call_is_named_in (caller->in_flight, untrusted_object))
    return;
  g_prefix_error (&error, "%s: the reply cannot be read, and the command may have run: ", caller->in_flight->command);
  abandon (caller, g_steal_pointer (&error), now_us);
}

static void
take_reply (GwTextCaller *caller, GwMessage *untrusted_message, gint64 now_us)
{
  if (!gw_text_call_owns (caller->in_flight, untrusted_message->id))
    {
      caller->junk++;
      return;
    }
  if (gw_text_call_was_not_read (untrusted_message, caller->repeats_ids))
    {
      abandon (caller, gw_text_call_not_read (caller->in_flight, untrusted_message), now_us);
      return;
    }
  caller->repeats_ids |= untrusted_message->id != NULL;
  /* The answer to the sync behind it is still to come. */
  if (caller->in_flight->silent)
    caller->state = SYNCING;
  if (untrusted_message->kind == GW_MESSAGE_ERROR)
    end_call (caller, g_steal_pointer (&caller->in_flight), NULL, gw_message_to_error (untrusted_message));
  else
    end_call (caller, g_steal_pointer (&caller->in_flight), g_steal_pointer (&untrusted_message->body), NULL);
}

/* Whether it answers the newest sync. */
static gboolean
hear_sync (GwTextCaller *caller, GwMessage *untrusted_message, gint64 now_us)
{
  return caller->after_reset && untrusted_message->kind == GW_MESSAGE_REPLY && untrusted_message->body != NULL
         && json_node_get_value_type (untrusted_message->body) == G_TYPE_INT64
         && gw_text_sync_hear (&caller->sync, json_node_get_int (untrusted_message->body), now_us);
}

static void
take_in_step (GwTextCaller *caller, GBytes *untrusted_object, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_object, &error);

  if (message == NULL)
    take_junk (caller, untrusted_object, g_steal_pointer (&error), now_us);
  else if (message->kind == GW_MESSAGE_EVENT)
    gw_text_caller_event_push_told (&caller->events, message);
  else if (message->kind != GW_MESSAGE_REPLY && message->kind != GW_MESSAGE_ERROR)
    return; /* ours: a terminal that echoes */
  else if (caller->in_flight == NULL)
    caller->junk++;
  else if (caller->in_flight->silent && hear_sync (caller, message, now_us))
    end_call (caller, g_steal_pointer (&caller->in_flight), gw_text_call_silent_success (), NULL);
  else
    take_reply (caller, message, now_us);
}

static void
take_out_of_step (GwTextCaller *caller, GBytes *untrusted_object, gint64 now_us)
{
  g_autoptr (GwMessage) message = NULL;

  message = gw_message_parse (untrusted_object, NULL);
  if (message == NULL)
    return;
  if (message->kind == GW_MESSAGE_EVENT)
    gw_text_caller_event_push_told (&caller->events, message);
  else if (caller->state == SYNCING && hear_sync (caller, message, now_us))
    {
      caller->state = READY;
      if (caller->opening)
        gw_text_caller_event_push (&caller->events, GW_TEXT_CALLER_SYNCED);
      caller->opening = FALSE;
    }
}

static void
take_object (GwTextCaller *caller, GBytes *untrusted_object, gint64 now_us)
{
  /* Only a call's reply may be large. */
  if (caller->in_flight == NULL && g_bytes_get_size (untrusted_object) > GW_EVENT_MAX)
    caller->junk++;
  else if (caller->state == READY)
    take_in_step (caller, untrusted_object, now_us);
  else
    take_out_of_step (caller, untrusted_object, now_us);
}

/**
 * gw_text_caller_receive:
 * @data: the bytes
 * @length: how many
 * @now_us: monotonic time in microseconds
 *
 * Takes in what the other side said. Whatever it says, no more is kept than
 * one object of the largest size and the events of @data.
 */
void
gw_text_caller_receive (GwTextCaller *caller, const guint8 *data, gsize length, gint64 now_us)
{
  GwLineEvent kind;

  if (caller->state == LOST)
    return;
  gw_line_receive (caller->line, data, length, now_us);
  do
    {
      g_autoptr (GBytes) untrusted_object = NULL;
      g_autoptr (GError) why = NULL;

      kind = gw_line_next (caller->line, &untrusted_object, &why);
      if (kind == GW_LINE_OBJECT)
        take_object (caller, untrusted_object, now_us);
      else if (kind == GW_LINE_JUNK)
        take_junk (caller, NULL, g_steal_pointer (&why), now_us);
      if (kind != GW_LINE_NONE)
        caller->after_reset = kind == GW_LINE_RESET;
    }
  while (kind != GW_LINE_NONE);
  /* Only now: nothing that came with one reply can be the next one. */
  send_next (caller, now_us);
}

/* --- Time --------------------------------------------------------------- */

/**
 * gw_text_caller_pass_time:
 * @now_us: monotonic time in microseconds
 *
 * Does what was due until now.
 */
void
gw_text_caller_pass_time (GwTextCaller *caller, gint64 now_us)
{
  GList *next;

  for (GList *link = caller->waiting.head; link != NULL; link = next)
    {
      GwTextCall *call = link->data;

      next = link->next;
      if (call->deadline_us > now_us)
        continue;
      g_queue_delete_link (&caller->waiting, link);
      end_call (caller, call, NULL, gw_text_call_too_late (call));
    }
  if (caller->in_flight != NULL && caller->in_flight->deadline_us <= now_us)
    abandon (caller, gw_text_call_too_late (caller->in_flight), now_us);
  if (caller->state == SYNCING && wants_sync (caller) && caller->sync.again_us <= now_us)
    ask_sync (caller, now_us);
}

/**
 * gw_text_caller_get_deadline:
 *
 * Returns: when gw_text_caller_pass_time() has something to do, in
 *   microseconds of monotonic time; %G_MAXINT64 for never
 */
gint64
gw_text_caller_get_deadline (GwTextCaller *caller)
{
  gint64 deadline_us = caller->in_flight != NULL ? caller->in_flight->deadline_us : G_MAXINT64;

  for (GList *link = caller->waiting.head; link != NULL; link = link->next)
    deadline_us = MIN (deadline_us, ((GwTextCall *) link->data)->deadline_us);
  if (caller->state == SYNCING && wants_sync (caller))
    deadline_us = MIN (deadline_us, caller->sync.again_us);
  return deadline_us;
}

/**
 * gw_text_caller_get_junk:
 *
 * Returns: how many objects and bursts of bytes came that were no reply
 */
guint64
gw_text_caller_get_junk (GwTextCaller *caller)
{
  return caller->junk;
}
