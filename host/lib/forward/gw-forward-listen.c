/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a forward listens: on this host by sockets of its own, and in the guest by
 * a call that lasts as long. */

#include "gw-forward-private.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-reply.h"

/* In full, once it is known. */
static void
set_addresses (GwForward *self, guint16 port)
{
  if (self->listen_at->path == NULL)
    self->listen_at->port = port;
  g_free (self->listen);
  self->listen = gw_endpoint_to_string (self->listen_at);
  g_free (self->connect);
  self->connect = gw_endpoint_to_string (self->connect_to);
}

/* --- Here --------------------------------------------------------------- */

static gboolean
has_room (gpointer data)
{
  GwForward *self = data;

  return self->client->forwarded < GW_FORWARD_CONNECTIONS_MAX;
}

static void
accepted (int fd, const char *peer, gpointer data)
{
  GwForward *self = data;
  GwForwardConnection *connection = gw_forward_add_connection (self, peer);

  gw_forward_connection_take_socket (connection, fd);
  g_queue_push_tail (&self->waiting, connection);
  gw_forward_send_waiting (self);
}

/* Those who have connected here, if there is an agent to tell. */
void
gw_forward_send_waiting (GwForward *self)
{
  g_autoptr (GError) error = NULL;
  GwForwardConnection *connection;

  if (g_queue_is_empty (&self->waiting))
    return;
  if (self->client->state != GW_CLIENT_OPEN)
    gw_forward_open_client (self);
  else if (!gw_forward_is_ready (self, &error))
    gw_forward_refuse_waiting (self, error);
  else
    while ((connection = g_queue_pop_head (&self->waiting)) != NULL)
      gw_forward_connection_send (connection);
}

void
gw_forward_refuse_waiting (GwForward *self, const GError *error)
{
  GwForwardConnection *connection;

  while ((connection = g_queue_pop_head (&self->waiting)) != NULL)
    gw_forward_connection_end (connection, g_error_copy (error));
}

/* The thread's: what it looks at is the forward's, which waits for it. */
typedef struct
{
  const GwEndpoint *listen_at;
  guint mode;
} Order;

static void
listen_in_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  const Order *order = data;
  GError *error = NULL;
  GwListening *listening = gw_listening_open (order->listen_at, order->mode, &error);

  if (listening != NULL)
    g_task_return_pointer (task, listening, (GDestroyNotify) gw_listening_close);
  else
    g_task_return_error (task, error);
}

static void
on_listening (GObject *object, GAsyncResult *result, gpointer data)
{
  static const GwAcceptorEvents events = { has_room, accepted };
  g_autoptr (GwForward) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GwListening) listening = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->stopped)
    return;
  if (listening != NULL)
    self->acceptor = gw_acceptor_new (self->context, g_steal_pointer (&listening), &events, self, &error);
  if (self->acceptor != NULL)
    {
      set_addresses (self, gw_acceptor_get_port (self->acceptor));
      gw_forward_set_listening (self, TRUE);
    }
  gw_forward_started (self, g_steal_pointer (&error));
}

static void
on_tried (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GwForward) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_client_call_finish (GW_CLIENT (object), result, &error);
  g_autoptr (GTask) task = NULL;
  Order *order;

  if (self->stopped)
    return;
  if (value != NULL)
    g_set_error_literal (&error, GW_ERROR, GW_ERROR_PROTOCOL, "guestwire-forward-connect: no address was taken for one");
  /* It would do it, but not this. */
  if (!g_error_matches (error, GW_ERROR, GW_ERROR_GUEST))
    {
      gw_forward_started (self, g_steal_pointer (&error));
      return;
    }
  order = g_new (Order, 1);
  *order = (Order){ self->listen_at, self->mode };
  task = g_task_new (NULL, NULL, on_listening, g_object_ref (self));
  g_task_set_task_data (task, order, g_free);
  g_task_run_in_thread (task, listen_in_thread);
}

/* First sees whether the agent would connect anything: those who connect here
 * cannot be told why not. An empty address is none. */
void
gw_forward_listen_here (GwForward *self)
{
  g_autoptr (JsonNode) arguments = gw_json_parse ("{\"address\":\"\"}", -1, NULL);

  gw_client_call_async (self->client, "guestwire-forward-connect", arguments, GW_TIMEOUT_DEFAULT, NULL, on_tried,
                        g_object_ref (self));
}

/* --- There -------------------------------------------------------------- */

static gboolean
is_named (JsonNode *untrusted_purpose, const char *name)
{
  JsonNode *member = json_object_get_member (json_node_get_object (untrusted_purpose), "name");

  return member != NULL && json_node_get_value_type (member) == G_TYPE_STRING
         && g_str_equal (json_node_get_string (member), name);
}

/* Numbers and signs of an address are all that an honest one has. */
static char *
read_peer (JsonNode *untrusted_purpose)
{
  JsonNode *member = json_object_get_member (json_node_get_object (untrusted_purpose), "peer");
  const char *text
      = member != NULL && json_node_get_value_type (member) == G_TYPE_STRING ? json_node_get_string (member) : "";

  return g_strdup (strspn (text, "0123456789abcdef.:[]") == strlen (text) ? text : "");
}

static gboolean
on_pipe (GwPipe *pipe, JsonNode *untrusted_purpose, gpointer user_data)
{
  GwForward *self = user_data;
  g_autofree char *peer = NULL;
  gint64 port = 0;

  if (self->stopped)
    return FALSE;
  if (is_named (untrusted_purpose, "listening"))
    {
      gw_pipe_finish (pipe);
      if (gw_reply_find_int (untrusted_purpose, "port", &port) && port > 0 && port <= G_MAXUINT16)
        set_addresses (self, port);
      else
        set_addresses (self, self->listen_at->port);
      self->again_ms = 0;
      gw_forward_set_listening (self, TRUE);
      gw_forward_started (self, NULL);
      return TRUE;
    }
  if (!is_named (untrusted_purpose, "connection") || self->client->forwarded >= GW_STREAMS_MAX)
    return FALSE;
  peer = read_peer (untrusted_purpose);
  gw_forward_connection_take_pipe (gw_forward_add_connection (self, peer), pipe);
  return TRUE;
}

/* Takes @error, and returns it with what it means here: to listen may be asked
 * for again. */
static GError *
explain_end (GError *error)
{
  const char *why = NULL;

  if (error == NULL)
    return g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "the agent listens no more");
  if (g_error_matches (error, GW_ERROR, GW_ERROR_PEER_LOST))
    why = "the agent is lost";
  else if (g_error_matches (error, GW_ERROR, GW_ERROR_PEER_RESTARTED))
    why = "the agent was restarted";
  if (why == NULL)
    return error;
  g_free (error->message);
  error->message = g_strdup (why);
  return error;
}

static void
on_ended (JsonNode *value, GError *failure, gpointer user_data)
{
  GwForward *self = user_data;
  g_autoptr (GError) error = explain_end (failure);

  g_clear_pointer (&value, json_node_unref);
  self->call = 0;
  gw_forward_set_listening (self, FALSE);
  if (self->starting != NULL)
    gw_forward_started (self, g_steal_pointer (&error));
  else if (!self->stopped)
    {
      gw_forward_tell_lost (self, error);
      gw_forward_try_again (self);
    }
  gw_forward_unref_later (self);
}

/* The client is open, and speaks frames. */
void
gw_forward_listen_there (GwForward *self)
{
  static const GwLiveCallEvents events = { .pipe = on_pipe, .ended = on_ended };
  g_autofree char *address = gw_endpoint_to_string (self->listen_at);
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  GError *error = NULL;
  guint64 call;

  json_object_set_string_member (object, "address", address);
  json_object_set_int_member (object, "mode", self->mode);
  json_node_take_object (arguments, object);
  g_object_ref (self);
  /* It may be over before its number is known. */
  self->call = G_MAXUINT64;
  call = gw_client_begin_live_call (self->client, "guestwire-forward-listen", arguments, &events, self, &error);
  if (self->call != G_MAXUINT64)
    return;
  self->call = call;
  if (call == 0)
    on_ended (NULL, error, self);
}
