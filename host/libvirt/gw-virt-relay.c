/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's side of the text voice, for an agent that only libvirt can
 * reach. A greeting is answered once the agent has answered libvirt, so that
 * a client may wait for an agent in the usual way. One call is on its way at a
 * time. Knows nothing of libvirt but its faults. */

#include "gw-virt-relay.h"

#include <glib-unix.h>

#include "gw-limits.h"
#include "gw-line.h"
#include "gw-virt-errand.h"
#include "gw-virt-request.h"
#include "port/gw-port.h"

/* An agent that is not there is asked for again: first soon, then less often,
 * as each time may keep other users of libvirt's agent waiting for 5 s. */
#define PING_AGAIN_FIRST_MS 100
#define PING_AGAIN_LAST_MS 1000

struct _GwVirtRelay
{
  GwPort *port;
  GwLine *line;
  char *domain;
  GwVirtCallFunc call;
  GwVirtEndFunc ended;
  gpointer data;
  GCancellable *gone; /* cancelled when the relay is freed: errands outlive it */

  GQueue syncs;        /* GwMessage*: wait for the agent */
  GwMessage *request;  /* is next, or on its way */
  gboolean busy;       /* an errand is on its way */
  gboolean taking_up;
  gboolean paused;
  gboolean asker_done; /* the client has sent its last byte */
  guint ping_again_ms;
  guint ping_again;    /* a timer */
  guint hang_up;       /* a watch */
};

static void take_up (GwVirtRelay *relay);

static void
say (GwVirtRelay *relay, GBytes *line)
{
  g_autoptr (GError) error = NULL;

  if (!gw_port_send (relay->port, line, &error))
    g_debug ("an answer is dropped: %s", error->message);
}

static void
say_error (GwVirtRelay *relay, const GError *error, JsonNode *id)
{
  g_autoptr (GBytes) line = gw_message_error (error, id);

  say (relay, line);
}

/* Takes @requests. */
static void
send_errand (GwVirtRelay *relay, GStrv requests, int timeout_s, gboolean silent, GAsyncReadyCallback done)
{
  relay->busy = TRUE;
  gw_virt_errand_send (gw_virt_errand_new (relay->call, relay->data, requests, timeout_s, silent), relay->gone, done,
                       relay);
}

/* Returns NULL when nobody asks for the answer any more. */
static const GwVirtErrand *
take_errand (GAsyncResult *result, gpointer user_data)
{
  const GwVirtErrand *errand = gw_virt_errand_finish (result);

  /* Otherwise the relay is freed. */
  if (errand != NULL)
    ((GwVirtRelay *) user_data)->busy = FALSE;
  return errand;
}

static void
refuse (GwVirtRelay *relay, const GwVirtFault *fault)
{
  g_auto (GwVirtRefusal) refusal = { 0 };
  g_autoptr (GBytes) line = NULL;

  gw_virt_fault_to_refusal (fault, relay->domain, &refusal);
  line = gw_virt_refusal_to_line (&refusal);
  say (relay, line);
  relay->ended (relay, relay->data);
}

/* --- Greetings ---------------------------------------------------------- */

static void
answer_syncs (GwVirtRelay *relay)
{
  GwMessage *sync;

  while ((sync = g_queue_pop_head (&relay->syncs)) != NULL)
    {
      g_autoptr (GBytes) line = gw_virt_request_answer_sync (sync);

      say (relay, line);
      gw_message_free (sync);
    }
}

static gboolean
on_ping_again (gpointer data)
{
  GwVirtRelay *relay = data;

  relay->ping_again = 0;
  take_up (relay);
  return G_SOURCE_REMOVE;
}

static void
ping_again_later (GwVirtRelay *relay)
{
  relay->ping_again = g_timeout_add (relay->ping_again_ms, on_ping_again, relay);
  relay->ping_again_ms = MIN (relay->ping_again_ms * 2, PING_AGAIN_LAST_MS);
}

static void
on_pinged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GwVirtRelay *relay = user_data;
  const GwVirtErrand *errand = take_errand (result, relay);
  g_autoptr (GError) error = NULL;

  if (errand == NULL)
    return;
  /* An agent that is told not to answer pings has answered. */
  error = errand->reply == NULL ? gw_virt_fault_to_agent_error (&errand->fault, "guest-ping") : NULL;
  if (errand->reply != NULL || error != NULL)
    {
      relay->ping_again_ms = PING_AGAIN_FIRST_MS;
      answer_syncs (relay);
    }
  else if (gw_virt_fault_is_silence (&errand->fault))
    ping_again_later (relay);
  else
    {
      refuse (relay, &errand->fault);
      return;
    }
  take_up (relay);
}

/* --- Calls -------------------------------------------------------------- */

/* What the client hears of a call that did not go well. FALSE when the channel
 * is of no use any more. */
static gboolean
answer_fault (GwVirtRelay *relay, const GwVirtErrand *errand)
{
  const GwMessage *request = relay->request;
  g_autoptr (GError) error = gw_virt_fault_to_agent_error (&errand->fault, errand->pinged ? request->name : "guest-ping");

  if (error == NULL)
    error = gw_virt_fault_to_size_error (&errand->fault, request->name);
  if (error != NULL)
    {
      say_error (relay, error, request->id);
      return TRUE;
    }
  /* It was there, took the command, and is down or asleep now: as it should. */
  return errand->silent && errand->pinged
         && (gw_virt_fault_is_silence (&errand->fault) || gw_virt_fault_is_gone (&errand->fault));
}

static void
on_called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GwVirtRelay *relay = user_data;
  const GwVirtErrand *errand = take_errand (result, relay);

  if (errand == NULL)
    return;
  if (errand->reply != NULL)
    {
      g_autoptr (GBytes) line = gw_virt_request_pass_reply (relay->request, errand->reply);

      say (relay, line);
    }
  else if (!answer_fault (relay, errand))
    {
      refuse (relay, &errand->fault);
      return;
    }
  g_clear_pointer (&relay->request, gw_message_free);
  take_up (relay);
}

static void
call (GwVirtRelay *relay)
{
  g_autoptr (GError) error = NULL;
  GStrv texts = gw_virt_request_to_texts (relay->request, &error);
  gboolean silent;

  if (texts == NULL)
    {
      say_error (relay, error, relay->request->id);
      g_clear_pointer (&relay->request, gw_message_free);
      return;
    }
  silent = gw_virt_request_is_silent (relay->request);
  send_errand (relay, texts, silent ? GW_LIBVIRT_SILENT_S : GW_LIBVIRT_CALL_S, silent, on_called);
}

/* --- Taking up ---------------------------------------------------------- */

/* Takes @message. */
static void
take_up_request (GwVirtRelay *relay, GwMessage *message)
{
  if (message->text == NULL && gw_virt_request_is_sync (message))
    g_queue_push_tail (&relay->syncs, message);
  else
    relay->request = message;
}

static void
take_up_object (GwVirtRelay *relay, GBytes *object)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = gw_message_parse (object, &error);

  if (message != NULL && message->kind == GW_MESSAGE_REQUEST)
    take_up_request (relay, g_steal_pointer (&message));
  else if (message == NULL && !g_error_matches (error, GW_ERROR, GW_ERROR_PROTOCOL))
    say_error (relay, error, NULL);
}

static void
take_up_next (GwVirtRelay *relay)
{
  g_autoptr (GBytes) object = NULL;
  g_autoptr (GError) junk = NULL;

  switch (gw_line_next (relay->line, &object, &junk))
    {
    case GW_LINE_OBJECT:
      take_up_object (relay, object);
      break;
    case GW_LINE_JUNK:
      say_error (relay, junk, NULL);
      break;
    case GW_LINE_RESET:
      /* Who greets anew waits for no earlier greeting. */
      gw_port_drop_unbegun (relay->port);
      g_queue_clear_full (&relay->syncs, (GDestroyNotify) gw_message_free);
      break;
    case GW_LINE_NONE:
    default:
      break;
    }
}

static gboolean
may_take_up (GwVirtRelay *relay)
{
  return relay->request == NULL && g_queue_get_length (&relay->syncs) < GW_LIBVIRT_SYNCS_MAX
         && gw_port_get_queued (relay->port) <= GW_PORT_QUEUE_HIGH;
}

/* As long as requests wait here, no more are read. */
static void
set_paused (GwVirtRelay *relay, gboolean paused)
{
  if (relay->paused && !paused)
    gw_line_heard (relay->line, g_get_monotonic_time ());
  relay->paused = paused;
  gw_port_set_reading (relay->port, !paused);
}

static void
send_what_is_next (GwVirtRelay *relay)
{
  static const char *const ping[] = { GW_VIRT_PING, NULL };

  if (relay->busy || relay->ping_again != 0)
    return;
  if (!g_queue_is_empty (&relay->syncs))
    send_errand (relay, g_strdupv ((char **) ping), GW_LIBVIRT_PING_S, FALSE, on_pinged);
  else if (relay->request != NULL)
    call (relay);
}

static void
take_up (GwVirtRelay *relay)
{
  if (relay->taking_up)
    return;
  relay->taking_up = TRUE;
  do
    {
      while (may_take_up (relay) && gw_line_has_next (relay->line))
        take_up_next (relay);
      send_what_is_next (relay);
    }
  while (may_take_up (relay) && gw_line_has_next (relay->line));
  relay->taking_up = FALSE;
  set_paused (relay, gw_line_has_next (relay->line));
  if (relay->asker_done && !relay->paused && !relay->busy && relay->ping_again == 0 && relay->request == NULL
      && g_queue_is_empty (&relay->syncs) && gw_port_get_queued (relay->port) == 0)
    relay->ended (relay, relay->data);
}

/* --- The port ----------------------------------------------------------- */

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  GwVirtRelay *relay = user_data;

  gw_line_receive (relay->line, data, length, g_get_monotonic_time ());
  take_up (relay);
}

static void
on_drained (GwPort *port, gpointer user_data)
{
  take_up (user_data);
}

/* A client may say all that it has to say, and then only listen. */
static void
on_socket_end (GwPort *port, gboolean present, gpointer user_data)
{
  GwVirtRelay *relay = user_data;

  relay->asker_done = TRUE;
  take_up (relay);
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  GwVirtRelay *relay = user_data;

  relay->ended (relay, relay->data);
}

/* The port does not look while it does not read. */
static gboolean
on_hang_up (int fd, GIOCondition condition, gpointer user_data)
{
  GwVirtRelay *relay = user_data;

  relay->hang_up = 0;
  relay->ended (relay, relay->data);
  return G_SOURCE_REMOVE;
}

static const GwPortEvents port_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_socket_end,
  .lost = on_lost,
};

/**
 * gw_virt_relay_new:
 * @fd: a non-blocking stream socket, owned by the relay from here on, even
 *   when this fails
 * @domain: for texts
 * @ended: called when the relay is of no use any more; may free it
 *
 * Returns: (transfer full): a new relay, or %NULL with @error set
 */
GwVirtRelay *
gw_virt_relay_new (int fd, const char *domain, GwVirtCallFunc call_func, GwVirtEndFunc ended, gpointer data,
                   GError **error)
{
  g_autoptr (GwVirtRelay) relay = g_new0 (GwVirtRelay, 1);

  relay->domain = g_strdup (domain);
  relay->call = call_func;
  relay->ended = ended;
  relay->data = data;
  relay->gone = g_cancellable_new ();
  relay->line = gw_line_new (GW_LINE_MAX);
  relay->ping_again_ms = PING_AGAIN_FIRST_MS;
  g_queue_init (&relay->syncs);
  relay->port = gw_port_new (fd, GW_PORT_SOCKET, &port_events, relay);
  if (!gw_port_attach (relay->port, NULL, error))
    return NULL;
  relay->hang_up = g_unix_fd_add (fd, G_IO_HUP, on_hang_up, relay);
  return g_steal_pointer (&relay);
}

/* A call that is on its way goes on in its thread, and nobody hears of it. */
void
gw_virt_relay_free (GwVirtRelay *relay)
{
  g_cancellable_cancel (relay->gone);
  g_object_unref (relay->gone);
  g_clear_handle_id (&relay->ping_again, g_source_remove);
  g_clear_handle_id (&relay->hang_up, g_source_remove);
  gw_port_free (relay->port);
  gw_line_free (relay->line);
  g_queue_clear_full (&relay->syncs, (GDestroyNotify) gw_message_free);
  g_clear_pointer (&relay->request, gw_message_free);
  g_free (relay->domain);
  g_free (relay);
}
