/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts messages into fragments and puts fragments together. Those of several
 * go in turn, so that a short one waits for no long one. Credit bounds what
 * the other side makes wait here; the bound on what may have begun makes sure
 * that whatever has begun can end. Knows no JSON, and not which message
 * answers which. */

#include "gw-messages.h"

#include "gw-le.h"
#include "gw-limits.h"

#define HEADER_SIZE 12 /* kind, flags, two bytes of 0, id */
#define TOTAL_SIZE 4

typedef struct
{
  GwMessageWireKind kind;
  guint64 id;
  GBytes *body;
  gsize done;
  gboolean begun;
  gboolean abort; /* has begun, and its rest will never be sent */
} Outgoing;

typedef struct
{
  GwMessageWireKind kind;
  guint64 id;
  gsize total;
  GByteArray *body;
} Incoming;

struct _GwMessages
{
  GQueue waiting;      /* of Outgoing: nothing of them is sent */
  GQueue begun;        /* of Outgoing, in turn */
  gsize begun_size;    /* of their whole bodies */
  gsize queued;        /* bytes of all bodies */
  guint64 sent;
  guint64 limit;       /* granted by the other side */

  GQueue partial;      /* of Incoming */
  gsize partial_size;  /* of their whole bodies */
  gsize arrived;       /* of that, what has come */
  guint64 received;
  guint64 granted;
  gsize untaken;       /* bytes of whole messages that the owner has not taken */
};

GwMessages *
gw_messages_new (void)
{
  GwMessages *messages = g_new0 (GwMessages, 1);

  g_queue_init (&messages->waiting);
  g_queue_init (&messages->begun);
  g_queue_init (&messages->partial);
  messages->limit = messages->granted = GW_MESSAGE_WINDOW;
  return messages;
}

static void
outgoing_free (Outgoing *outgoing)
{
  g_bytes_unref (outgoing->body);
  g_free (outgoing);
}

static void
incoming_free (Incoming *incoming)
{
  g_clear_pointer (&incoming->body, g_byte_array_unref);
  g_free (incoming);
}

void
gw_messages_free (GwMessages *messages)
{
  g_queue_clear_full (&messages->waiting, (GDestroyNotify) outgoing_free);
  g_queue_clear_full (&messages->begun, (GDestroyNotify) outgoing_free);
  g_queue_clear_full (&messages->partial, (GDestroyNotify) incoming_free);
  g_free (messages);
}

/* --- Out ----------------------------------------------------------------- */

/**
 * gw_messages_send:
 * @body: at most GW_MESSAGE_MAX bytes
 */
void
gw_messages_send (GwMessages *messages, GwMessageWireKind kind, guint64 id, GBytes *body)
{
  Outgoing *outgoing = g_new0 (Outgoing, 1);

  outgoing->kind = kind;
  outgoing->id = id;
  outgoing->body = g_bytes_ref (body);
  messages->queued += g_bytes_get_size (body);
  g_queue_push_tail (&messages->waiting, outgoing);
}

static GList *
find_outgoing (GQueue *queue, GwMessageWireKind kind, guint64 id)
{
  for (GList *link = queue->head; link != NULL; link = link->next)
    {
      Outgoing *outgoing = link->data;

      if (outgoing->kind == kind && outgoing->id == id && !outgoing->abort)
        return link;
    }
  return NULL;
}

static void
drop (GwMessages *messages, GQueue *queue, GList *link)
{
  Outgoing *outgoing = link->data;
  gsize size = g_bytes_get_size (outgoing->body);

  messages->queued -= size;
  messages->begun_size -= queue == &messages->begun ? size : 0;
  g_queue_delete_link (queue, link);
  outgoing_free (outgoing);
}

/**
 * gw_messages_withdraw:
 *
 * Makes sure that a message does not become whole at the other side.
 *
 * Returns: %FALSE if it is too late: all of it was sent
 */
gboolean
gw_messages_withdraw (GwMessages *messages, GwMessageWireKind kind, guint64 id)
{
  GQueue *queue = &messages->waiting;
  GList *link = find_outgoing (queue, kind, id);

  if (link == NULL)
    link = find_outgoing (queue = &messages->begun, kind, id);
  if (link == NULL)
    return FALSE;
  if (((Outgoing *) link->data)->begun)
    ((Outgoing *) link->data)->abort = TRUE;
  else
    drop (messages, queue, link);
  return TRUE;
}

/* Drops the oldest of @kind of which nothing is sent. */
gboolean
gw_messages_drop_oldest (GwMessages *messages, GwMessageWireKind kind)
{
  for (GList *link = messages->waiting.head; link != NULL; link = link->next)
    if (((Outgoing *) link->data)->kind == kind)
      {
        drop (messages, &messages->waiting, link);
        return TRUE;
      }
  return FALSE;
}

guint
gw_messages_get_n_unbegun (GwMessages *messages, GwMessageWireKind kind, gsize *size)
{
  guint n = 0;

  *size = 0;
  for (GList *link = messages->waiting.head; link != NULL; link = link->next)
    {
      Outgoing *outgoing = link->data;

      if (outgoing->kind != kind)
        continue;
      n++;
      *size += g_bytes_get_size (outgoing->body);
    }
  return n;
}

/* Bytes of messages that are not wholly sent. */
gsize
gw_messages_get_queued (GwMessages *messages)
{
  return messages->queued;
}

/* Bytes that have come of what is not whole yet. */
gsize
gw_messages_get_arrived (GwMessages *messages)
{
  return messages->arrived;
}

/* In order, as far as the other side has to put them together. */
static void
begin_waiting (GwMessages *messages)
{
  Outgoing *next;

  while ((next = g_queue_peek_head (&messages->waiting)) != NULL
         && g_bytes_get_size (next->body) <= GW_MESSAGE_MAX - messages->begun_size
         && messages->begun.length < GW_MESSAGES_BEGUN_MAX)
    {
      messages->begun_size += g_bytes_get_size (next->body);
      g_queue_push_tail (&messages->begun, g_queue_pop_head (&messages->waiting));
    }
}

static GBytes *
fragment (GwMessages *messages, Outgoing *outgoing, gsize payload_max)
{
  gsize header = HEADER_SIZE + (outgoing->begun ? 0 : TOTAL_SIZE);
  gsize total;
  const guint8 *body = g_bytes_get_data (outgoing->body, &total);
  gsize part = MIN (total - outgoing->done, MIN (payload_max, GW_MESSAGE_FRAGMENT_MAX) - header);
  guint8 *payload;

  part = outgoing->abort ? 0 : MIN (part, messages->limit - messages->sent);
  payload = g_malloc0 (header + part);
  payload[0] = outgoing->kind;
  payload[1] = outgoing->abort ? GW_MESSAGE_WIRE_ABORT : outgoing->begun ? 0 : GW_MESSAGE_WIRE_FIRST;
  gw_le_put_u64 (payload + 4, outgoing->id);
  if (!outgoing->begun)
    gw_le_put_u32 (payload + HEADER_SIZE, total);
  if (part > 0)
    memcpy (payload + header, body + outgoing->done, part);
  outgoing->begun = TRUE;
  outgoing->done += part;
  messages->sent += part;
  return g_bytes_new_take (payload, header + part);
}

/* Whether it has something to send, within credit. */
static gboolean
may_go (GwMessages *messages, Outgoing *outgoing)
{
  return outgoing->abort || g_bytes_get_size (outgoing->body) == 0 || messages->sent < messages->limit;
}

/* Those that may not go keep their places: requests begin in the order of
 * their ids. */
static GList *
find_first (GwMessages *messages)
{
  GList *link = messages->begun.head;

  while (link != NULL && !may_go (messages, link->data))
    link = link->next;
  return link;
}

/**
 * gw_messages_next:
 * @frame: (out caller-allocates): without a number
 *
 * Returns: whether there is a fragment to be sent
 */
gboolean
gw_messages_next (GwMessages *messages, gsize payload_max, GwFrame *frame)
{
  Outgoing *outgoing;
  GList *link;

  begin_waiting (messages);
  link = find_first (messages);
  if (link == NULL)
    return FALSE;
  outgoing = link->data;
  *frame = (GwFrame){ .type = GW_FRAME_MESSAGE, .payload = fragment (messages, outgoing, payload_max) };
  if (outgoing->abort || outgoing->done == g_bytes_get_size (outgoing->body))
    drop (messages, &messages->begun, link);
  else
    {
      g_queue_unlink (&messages->begun, link);
      g_queue_push_tail_link (&messages->begun, link);
    }
  return TRUE;
}

/* --- In ------------------------------------------------------------------ */

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "messages: %s", what);
  return FALSE;
}

static GList *
find_partial (GwMessages *messages, GwMessageWireKind kind, guint64 id)
{
  for (GList *link = messages->partial.head; link != NULL; link = link->next)
    {
      Incoming *incoming = link->data;

      if (incoming->kind == kind && incoming->id == id)
        return link;
    }
  return NULL;
}

static GList *
begin_partial (GwMessages *messages, GwMessageWireKind kind, guint64 id, gsize untrusted_total, GError **error)
{
  Incoming *incoming;

  if (find_partial (messages, kind, id) != NULL || untrusted_total > GW_MESSAGE_MAX - messages->partial_size
      || messages->partial.length >= GW_MESSAGES_BEGUN_MAX)
    {
      refuse (error, "more has begun than may have");
      return NULL;
    }
  incoming = g_new0 (Incoming, 1);
  incoming->kind = kind;
  incoming->id = id;
  incoming->total = untrusted_total;
  incoming->body = g_byte_array_new ();
  messages->partial_size += untrusted_total;
  g_queue_push_tail (&messages->partial, incoming);
  return messages->partial.tail;
}

static void
end_partial (GwMessages *messages, GList *link, GBytes **body)
{
  Incoming *incoming = link->data;

  messages->partial_size -= incoming->total;
  messages->arrived -= incoming->body->len;
  if (body != NULL)
    {
      messages->untaken += incoming->total;
      *body = g_byte_array_free_to_bytes (g_steal_pointer (&incoming->body));
    }
  incoming_free (incoming);
  g_queue_delete_link (&messages->partial, link);
}

static gboolean
add_part (GwMessages *messages, GList *link, const guint8 *part, gsize length, GwMessageArrival *arrival,
          GError **error)
{
  Incoming *incoming = link->data;

  if (length > incoming->total - incoming->body->len)
    return refuse (error, "more of one than was announced");
  if (length > messages->granted - messages->received)
    return refuse (error, "more than their credit");
  if (length == 0 && incoming->total > 0)
    return refuse (error, "a fragment of nothing");
  messages->received += length;
  messages->arrived += length;
  g_byte_array_append (incoming->body, part, length);
  if (incoming->body->len == incoming->total)
    end_partial (messages, link, &arrival->body);
  return TRUE;
}

/**
 * gw_messages_receive:
 * @untrusted_payload: (nullable): of a MESSAGE frame
 * @arrival: (out caller-allocates): what came with it
 *
 * Returns: %FALSE with @error set if it breaks the protocol
 */
gboolean
gw_messages_receive (GwMessages *messages, GBytes *untrusted_payload, GwMessageArrival *arrival, GError **error)
{
  gsize length = 0;
  const guint8 *at = untrusted_payload != NULL ? g_bytes_get_data (untrusted_payload, &length) : NULL;
  gsize header = HEADER_SIZE;
  guint8 flags;
  GList *link;

  *arrival = (GwMessageArrival){ 0 };
  if (length < HEADER_SIZE || at[0] < GW_MESSAGE_WIRE_REQUEST || at[0] > GW_MESSAGE_WIRE_CANCEL
      || at[1] > GW_MESSAGE_WIRE_ABORT || gw_le_get_u16 (at + 2) != 0)
    return refuse (error, "a fragment with a bad header");
  arrival->kind = at[0];
  flags = at[1];
  arrival->id = gw_le_get_u64 (at + 4);
  arrival->begins = flags == GW_MESSAGE_WIRE_FIRST;
  arrival->aborted = flags == GW_MESSAGE_WIRE_ABORT;
  if (arrival->begins)
    header += TOTAL_SIZE;
  if (length < header || (arrival->aborted && length > header))
    return refuse (error, "a fragment of a wrong size");
  link = arrival->begins
             ? begin_partial (messages, arrival->kind, arrival->id, gw_le_get_u32 (at + HEADER_SIZE), error)
             : find_partial (messages, arrival->kind, arrival->id);
  if (link == NULL)
    return arrival->begins ? FALSE : refuse (error, "a fragment of nothing that has begun");
  if (arrival->aborted)
    {
      end_partial (messages, link, NULL);
      return TRUE;
    }
  return add_part (messages, link, at + header, length - header, arrival, error);
}

/* --- Credit -------------------------------------------------------------- */

gboolean
gw_messages_receive_credit (GwMessages *messages, GBytes *untrusted_payload, GError **error)
{
  if (untrusted_payload == NULL || g_bytes_get_size (untrusted_payload) != sizeof (guint64))
    return refuse (error, "CREDIT of a wrong size");
  messages->limit = MAX (messages->limit, gw_le_get_u64 (g_bytes_get_data (untrusted_payload, NULL)));
  return TRUE;
}

/* The owner has taken a message of @length bytes. */
void
gw_messages_consume (GwMessages *messages, gsize length)
{
  messages->untaken -= MIN (length, messages->untaken);
}

/**
 * gw_messages_next_credit:
 *
 * What is still partial is let in whole: only what waits for the owner stops
 * the other side.
 *
 * Returns: whether there is a CREDIT to be sent
 */
gboolean
gw_messages_next_credit (GwMessages *messages, GwFrame *frame)
{
  guint64 limit = messages->received + GW_MESSAGE_WINDOW;
  guint8 payload[sizeof limit];

  limit -= MIN (messages->untaken, limit);
  if (limit < messages->granted + GW_MESSAGE_WINDOW / 4)
    return FALSE;
  messages->granted = limit;
  gw_le_put_u64 (payload, limit);
  *frame = (GwFrame){ .type = GW_FRAME_CREDIT, .payload = g_bytes_new (payload, sizeof payload) };
  return TRUE;
}
