/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection that is forwarded: its two ends are found, and then tied to
 * each other by a relay. Much of this runs inside of the wire's events, and of
 * the relay's; so it stays until the forward's own context is back in its loop,
 * and a call of it has ended. */

#include "gw-forward-private.h"

#include <unistd.h>

#include "gw-dial.h"
#include "gw-later.h"
#include "gw-relay.h"

struct _GwForwardConnection
{
  GwForward *forward; /* a reference */
  guint64 id;
  char *peer;
  guint64 call;   /* to the guest: until that is connected; else 0 */
  int fd;         /* to the guest: until there is a relay; else -1 */
  GwDial *dial;   /* to the host: the same */
  GwPipe *pipe;
  GwRelay *relay;
  gboolean opened;
  gboolean fin;   /* the relay was told */
  gboolean over;
};

/* --- Its end ------------------------------------------------------------ */

static gboolean
on_over (gpointer data)
{
  GwForwardConnection *connection = data;
  g_autoptr (GwForward) forward = g_object_ref (connection->forward);

  g_hash_table_remove (forward->connections, connection);
  return G_SOURCE_REMOVE;
}

static void
free_later (GwForwardConnection *connection)
{
  gw_later_call (connection->forward->context, on_over, connection, NULL);
}

static void
tell_end (GwForwardConnection *connection, const GError *error)
{
  if (connection->opened)
    gw_forward_tell_closed (connection->forward, connection->id, gw_relay_get_sent (connection->relay),
                            gw_relay_get_received (connection->relay), error);
  else if (error != NULL)
    gw_forward_tell_failed (connection->forward, connection->id, connection->peer, error);
}

/**
 * gw_forward_connection_end:
 * @error: (transfer full) (nullable): what it ends of
 */
void
gw_forward_connection_end (GwForwardConnection *connection, GError *error)
{
  g_autoptr (GError) why = error;
  GwPipe *pipe = g_steal_pointer (&connection->pipe);

  if (connection->over)
    return;
  connection->over = TRUE;
  connection->forward->client->forwarded--;
  g_queue_remove (&connection->forward->waiting, connection);
  g_clear_pointer (&connection->dial, gw_dial_free);
  if (connection->fd >= 0)
    gw_relay_close_rudely (connection->fd);
  connection->fd = -1;
  if (pipe != NULL)
    {
      gw_pipe_listen (pipe, NULL, NULL);
      gw_pipe_reset (pipe, why != NULL ? why->message : "the host has stopped forwarding");
      gw_pipe_unref (pipe);
    }
  tell_end (connection, why);
  if (connection->call != 0)
    gw_client_cancel_call (connection->forward->client, connection->call);
  else
    free_later (connection);
}

/* --- The relay ---------------------------------------------------------- */

/* What has come goes to the socket, as that takes it. @all: also what it does
 * not take yet. */
static void
move_in (GwForwardConnection *connection, gboolean all)
{
  guint8 buffer[GW_FRAME_MAX];

  while (!connection->over && !connection->fin && (all || gw_relay_get_waiting (connection->relay) == 0))
    {
      gssize length = gw_pipe_read (connection->pipe, buffer, sizeof buffer, NULL);
      g_autoptr (GBytes) bytes = length > 0 ? g_bytes_new (buffer, length) : NULL;

      if (length < 0)
        return;
      connection->fin = length == 0;
      if (connection->fin)
        gw_relay_receive_fin (connection->relay);
      else
        gw_relay_receive (connection->relay, bytes);
    }
}

static void
on_pipe_changed (GwPipe *pipe, gpointer user_data)
{
  GwForwardConnection *connection = user_data;
  const char *why = gw_pipe_get_why_lost (pipe);

  if (connection->relay == NULL)
    {
      if (why != NULL)
        gw_forward_connection_end (connection, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, why));
      return;
    }
  move_in (connection, why != NULL);
  if (connection->over)
    return;
  if (why != NULL)
    gw_relay_receive_reset (connection->relay, why);
  else
    gw_relay_go_on (connection->relay);
}

static gsize
get_room (gpointer data)
{
  GwForwardConnection *connection = data;

  return connection->over ? 0 : gw_pipe_get_room (connection->pipe);
}

/* What a lost one does not take is nobody's. */
static void
write_bytes (GBytes *bytes, gpointer data)
{
  GwForwardConnection *connection = data;
  gsize length;
  const guint8 *content = g_bytes_get_data (bytes, &length);

  if (!connection->over)
    gw_pipe_write (connection->pipe, content, length, NULL);
}

static void
finish (gpointer data)
{
  GwForwardConnection *connection = data;

  if (!connection->over)
    gw_pipe_finish (connection->pipe);
}

static void
consumed (gsize length, gpointer data)
{
  GwForwardConnection *connection = data;

  if (!connection->over)
    move_in (connection, FALSE);
}

static void
reset (const char *why, gpointer data)
{
  GwForwardConnection *connection = data;

  if (connection->over)
    return;
  gw_pipe_listen (connection->pipe, NULL, NULL);
  gw_pipe_reset (connection->pipe, why);
}

static void
ended (const GError *error, gpointer data)
{
  gw_forward_connection_end (data, error != NULL ? g_error_copy (error) : NULL);
}

static void
begin_relay (GwForwardConnection *connection, int fd)
{
  static const GwRelayEvents events = { get_room, write_bytes, finish, consumed, reset, ended };
  GwForward *forward = connection->forward;
  GError *error = NULL;

  connection->relay = gw_relay_new (forward->context, fd, &events, connection, &error);
  if (connection->relay == NULL)
    {
      gw_forward_connection_end (connection, error);
      return;
    }
  connection->opened = TRUE;
  gw_forward_tell_opened (forward, connection->id, connection->peer);
  /* It may have come with something. */
  on_pipe_changed (connection->pipe, connection);
}

/* --- To the guest ------------------------------------------------------- */

/**
 * gw_forward_connection_take_socket:
 * @fd: (transfer full): who has connected here
 */
void
gw_forward_connection_take_socket (GwForwardConnection *connection, int fd)
{
  connection->fd = fd;
}

static gboolean
on_pipe (GwPipe *pipe, JsonNode *untrusted_purpose, gpointer user_data)
{
  GwForwardConnection *connection = user_data;
  int fd = connection->fd;

  if (connection->over || connection->pipe != NULL)
    return FALSE;
  connection->pipe = gw_pipe_ref (pipe);
  gw_pipe_listen (pipe, on_pipe_changed, connection);
  connection->fd = -1;
  begin_relay (connection, fd);
  return TRUE;
}

static void
on_call_ended (JsonNode *value, GError *error, gpointer user_data)
{
  GwForwardConnection *connection = user_data;

  g_clear_pointer (&value, json_node_unref);
  connection->call = 0;
  if (connection->over)
    {
      g_clear_error (&error);
      free_later (connection);
    }
  else if (error != NULL)
    gw_forward_connection_end (connection, error);
  else if (!connection->opened)
    gw_forward_connection_end (connection, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL,
                                                                "the agent has opened no stream for the connection"));
}

/* Has the guest connect. The client is open, and speaks frames. */
void
gw_forward_connection_send (GwForwardConnection *connection)
{
  static const GwLiveCallEvents events = { .pipe = on_pipe, .ended = on_call_ended };
  g_autofree char *address = gw_endpoint_to_string (connection->forward->connect_to);
  g_autoptr (JsonNode) arguments = json_node_init_object (json_node_alloc (), NULL);
  JsonObject *object = json_object_new ();
  GError *error = NULL;
  guint64 call;

  json_object_set_string_member (object, "address", address);
  json_node_take_object (arguments, object);
  /* It may be over before its number is known. */
  connection->call = G_MAXUINT64;
  call = gw_client_begin_live_call (connection->forward->client, "guestwire-forward-connect", arguments, &events,
                                    connection, &error);
  if (connection->call != G_MAXUINT64)
    return;
  connection->call = call;
  if (call == 0)
    gw_forward_connection_end (connection, error);
}

/* --- To the host -------------------------------------------------------- */

static void
on_dialled (int fd, GError *error, gpointer data)
{
  GwForwardConnection *connection = data;

  g_clear_pointer (&connection->dial, gw_dial_free);
  if (fd < 0)
    gw_forward_connection_end (connection, error);
  else
    begin_relay (connection, fd);
}

/* @pipe: to who has connected in the guest */
void
gw_forward_connection_take_pipe (GwForwardConnection *connection, GwPipe *pipe)
{
  GwForward *forward = connection->forward;
  GError *error = NULL;

  connection->pipe = gw_pipe_ref (pipe);
  gw_pipe_listen (pipe, on_pipe_changed, connection);
  connection->dial = gw_dial_new (forward->context, forward->connect_to, on_dialled, connection, &error);
  if (connection->dial == NULL)
    gw_forward_connection_end (connection, error);
}

/* --- Its life ----------------------------------------------------------- */

GwForwardConnection *
gw_forward_connection_new (GwForward *forward, guint64 id, const char *peer)
{
  GwForwardConnection *connection = g_new0 (GwForwardConnection, 1);

  connection->forward = g_object_ref (forward);
  connection->id = id;
  connection->peer = g_strdup (peer);
  connection->fd = -1;
  forward->client->forwarded++;
  return connection;
}

/* Of one that is over. */
void
gw_forward_connection_free (GwForwardConnection *connection)
{
  g_clear_pointer (&connection->relay, gw_relay_free);
  g_free (connection->peer);
  g_object_unref (connection->forward);
  g_free (connection);
}
