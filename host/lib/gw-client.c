/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program's view of one agent: its states, opening and closing. How bytes
 * travel is gw-wire's business; calls are in gw-client-call.c, and the
 * blocking twins in gw-client-blocking.c. */

#include "gw-client-private.h"

#include "gw-enum-types.h"

/**
 * GwClient:
 *
 * Calls the commands of the agent in one guest.
 *
 * A client is opened, makes calls and is closed; it may be opened again. One
 * call is on the way at a time, and the others wait for their turn, in order.
 * A call ends exactly once. These errors say that it surely did not run:
 * %GW_ERROR_NOT_DELIVERED, %GW_ERROR_COMMAND_NOT_FOUND, %GW_ERROR_DENIED,
 * %GW_ERROR_BUSY. With %GW_ERROR_TIMED_OUT, %GW_ERROR_PEER_LOST and
 * %G_IO_ERROR_CANCELLED it may have run. An agent that is restarted in the
 * middle of a call forgets it, and no channel tells of that: the call then
 * ends when its time is up.
 *
 * ## Threads and main contexts
 *
 * A client belongs to one thread at a time: two threads must not use one at
 * the same moment, nor one thread while another runs the main context that
 * the client lives on. It lives on the thread-default main context of
 * gw_client_open_async() or gw_client_open(); calls make progress while that
 * context runs. Each callback is called from the thread-default main context
 * of its own call, never from inside of the function that was called.
 *
 * The blocking functions need no running main loop. While one of them waits,
 * the client lives on a private context, so that no other source of the
 * program is dispatched; calls made before go on, and their callbacks are
 * called later, from their own contexts.
 *
 * A #GCancellable may be cancelled from any thread.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwClient, gw_client, G_TYPE_OBJECT)

enum
{
  PROP_ADDRESS = 1,
  PROP_STATE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* --- State -------------------------------------------------------------- */

static void
clear_notifying (GwClient *self)
{
  if (self->notifying == NULL)
    return;
  g_source_destroy (self->notifying);
  g_clear_pointer (&self->notifying, g_source_unref);
}

static gboolean
on_notify (gpointer data)
{
  GwClient *self = data;

  clear_notifying (self);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
  return G_SOURCE_REMOVE;
}

static void
set_state (GwClient *self, GwClientState state)
{
  if (self->state == state)
    return;
  self->state = state;
  if (self->notifying != NULL)
    return;
  self->notifying = g_idle_source_new ();
  g_source_set_priority (self->notifying, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->notifying, on_notify, self, NULL);
  g_source_attach (self->notifying, self->home);
}

GMainContext *
gw_client_move_in (GwClient *self, GMainContext *context)
{
  GMainContext *home = gw_wire_get_context (self->wire);

  /* A closed one will live where it is opened. */
  home = home == NULL || self->state == GW_CLIENT_CLOSED ? g_main_context_ref_thread_default () : g_main_context_ref (home);
  gw_wire_attach (self->wire, context);
  return home;
}

/* Takes @home. */
void
gw_client_move_out (GwClient *self, GMainContext *home)
{
  gw_wire_attach (self->wire, home);
  g_clear_pointer (&self->home, g_main_context_unref);
  self->home = home;
  if (self->notifying != NULL)
    on_notify (self);
}

/* --- The wire's events -------------------------------------------------- */

static void
end_open (GwClient *self, GError *error)
{
  gw_pending_end (g_steal_pointer (&self->open), NULL, error);
}

static void
on_opened (gpointer user_data)
{
  GwClient *self = user_data;

  set_state (self, GW_CLIENT_OPEN);
  end_open (self, NULL);
}

static void
on_ended (guint64 call, JsonNode *value, GError *error, gpointer user_data)
{
  gw_client_end_call (user_data, call, value, error);
}

static void
on_closed (const GError *error, gpointer user_data)
{
  GwClient *self = user_data;

  set_state (self, GW_CLIENT_CLOSED);
  if (self->open != NULL)
    end_open (self, g_error_copy (error));
}

static const GwWireEvents wire_events = {
  .opened = on_opened,
  .ended = on_ended,
  .closed = on_closed,
};

/* --- Cancellation ------------------------------------------------------- */

static void
cancel_open (GwClient *self, const char *why)
{
  end_open (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, why));
  gw_wire_close (self->wire);
}

static void
on_open_cancelled (GwPending *pending, gpointer user_data)
{
  cancel_open (user_data, "cancelled before an agent answered");
}

/* --- Open and close ----------------------------------------------------- */

/**
 * gw_client_open_async:
 * @client: a #GwClient
 * @timeout_ms: how long to try, in milliseconds; %GW_TIMEOUT_DEFAULT for 30
 *   seconds, %GW_TIMEOUT_NONE for no limit
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when an agent has answered, or not
 * @user_data: for @callback
 *
 * Opens the channel and waits for an agent to answer. While there is no
 * socket, or nobody listens on it, or nobody answers, it goes on trying until
 * the time is up: the machine may be starting. What no waiting can mend, such
 * as a lack of permission, is an error at once.
 *
 * On an open client it succeeds at once.
 *
 * Since: 0.1
 */
void
gw_client_open_async (GwClient *client, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (GW_IS_CLIENT (client));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  task = gw_pending_task_new (client, gw_client_open_async, cancellable, callback, user_data);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (client->state == GW_CLIENT_OPEN)
    g_task_return_pointer (task, NULL, NULL);
  else if (client->state == GW_CLIENT_OPENING)
    g_task_return_new_error (task, GW_ERROR, GW_ERROR_BUSY, "the client is being opened already");
  else
    {
      clear_notifying (client);
      g_clear_pointer (&client->home, g_main_context_unref);
      client->home = g_main_context_ref_thread_default ();
      gw_wire_attach (client->wire, client->home);
      client->open = gw_pending_new (task, 0, client->home, on_open_cancelled, client);
      gw_wire_open (client->wire, gw_client_timeout_to_us (timeout_ms));
      set_state (client, GW_CLIENT_OPENING);
    }
}

/**
 * gw_client_open_finish:
 * @client: a #GwClient
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the client is open; else %FALSE with one of these set:
 *   %GW_ERROR_CONNECT (the channel cannot be opened; the message says why),
 *   %GW_ERROR_NO_ANSWER (it is open, and no agent answers), %GW_ERROR_BUSY
 *   (another program holds the terminal, or this client is being opened
 *   already) or %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
gboolean
gw_client_open_finish (GwClient *client, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (g_task_is_valid (result, client), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  g_task_propagate_pointer (G_TASK (result), &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/**
 * gw_client_close:
 * @client: a #GwClient
 *
 * Closes the channel. A call that is on the way ends with
 * %GW_ERROR_PEER_LOST, those that wait end with %GW_ERROR_NOT_DELIVERED, and
 * an opening with %G_IO_ERROR_CANCELLED. Does nothing to a closed client.
 *
 * Since: 0.1
 */
void
gw_client_close (GwClient *client)
{
  g_return_if_fail (GW_IS_CLIENT (client));

  if (client->open != NULL)
    cancel_open (client, "closed before an agent answered");
  else
    gw_wire_close (client->wire);
}

/* --- The object --------------------------------------------------------- */

static void
gw_client_constructed (GObject *object)
{
  GwClient *self = GW_CLIENT (object);

  G_OBJECT_CLASS (gw_client_parent_class)->constructed (object);
  self->wire = gw_wire_new (self->address, &wire_events, self);
}

static void
gw_client_finalize (GObject *object)
{
  GwClient *self = GW_CLIENT (object);

  /* Tasks hold the client, so none is left. */
  g_assert (self->open == NULL && g_hash_table_size (self->calls) == 0);
  g_clear_pointer (&self->wire, gw_wire_free);
  clear_notifying (self);
  g_hash_table_unref (self->calls);
  g_clear_pointer (&self->home, g_main_context_unref);
  g_clear_object (&self->address);
  G_OBJECT_CLASS (gw_client_parent_class)->finalize (object);
}

static void
gw_client_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwClient *self = GW_CLIENT (object);

  switch (id)
    {
    case PROP_ADDRESS:
      g_value_set_object (value, self->address);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_client_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GwClient *self = GW_CLIENT (object);

  switch (id)
    {
    case PROP_ADDRESS:
      self->address = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_client_class_init (GwClientClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->constructed = gw_client_constructed;
  object_class->finalize = gw_client_finalize;
  object_class->get_property = gw_client_get_property;
  object_class->set_property = gw_client_set_property;

  /**
   * GwClient:address:
   *
   * Where the agent is.
   *
   * Since: 0.1
   */
  props[PROP_ADDRESS] = g_param_spec_object ("address", NULL, NULL, GW_TYPE_ADDRESS,
                                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * GwClient:state:
   *
   * What the client is at. Its notification comes from the main context that
   * the client lives on, or from a blocking function before that returns.
   *
   * Since: 0.1
   */
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, GW_TYPE_CLIENT_STATE, GW_CLIENT_CLOSED,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gw_client_init (GwClient *self)
{
  self->calls = g_hash_table_new (g_int64_hash, g_int64_equal);
}

/**
 * gw_client_new:
 * @address: where the agent is
 *
 * Returns: (transfer full): a new, closed #GwClient
 *
 * Since: 0.1
 */
GwClient *
gw_client_new (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return g_object_new (GW_TYPE_CLIENT, "address", address, NULL);
}

/**
 * gw_client_get_address:
 * @client: a #GwClient
 *
 * Returns: (transfer none): where the agent is
 *
 * Since: 0.1
 */
GwAddress *
gw_client_get_address (GwClient *client)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  return client->address;
}

/**
 * gw_client_get_state:
 * @client: a #GwClient
 *
 * Returns: what it is at
 *
 * Since: 0.1
 */
GwClientState
gw_client_get_state (GwClient *client)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), GW_CLIENT_CLOSED);
  return client->state;
}
