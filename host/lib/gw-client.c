/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program's view of one agent, and its state. How bytes travel is gw-wire's
 * business; opening is in gw-client-open.c, calls are in gw-client-call.c, what
 * the agent tells unasked is in gw-client-event.c, and the blocking twins are
 * in gw-client-blocking.c. */

#include "gw-client-private.h"

#include "gw-enum-types.h"
#include "gw-later.h"
#include "gw-listener-private.h"

/**
 * GwClient:
 *
 * Calls the commands of the agent in one guest.
 *
 * A client is opened, makes calls and is closed; it may be opened again.
 * A call ends exactly once. These errors say that it surely did not run:
 * %GW_ERROR_NOT_DELIVERED, %GW_ERROR_COMMAND_NOT_FOUND, %GW_ERROR_DENIED,
 * %GW_ERROR_BUSY. With %GW_ERROR_TIMED_OUT, %GW_ERROR_PEER_LOST,
 * %GW_ERROR_PEER_RESTARTED and %G_IO_ERROR_CANCELLED it may have run.
 *
 * ## Text and frames
 *
 * Every agent speaks text, as QEMU's own does. There one call is on the way at
 * a time, and the others wait for their turn, in order. An agent that is
 * restarted in the middle of a call forgets it, and no channel tells of that:
 * the call then ends when its time is up.
 *
 * A client that #GwClient:wants-frames asks the agent, when it is opened, for
 * frames, which Guestwire's agent has; where there are none it speaks text. In
 * frames any number of calls are on the way at once, programs have live pipes
 * (see gw_process_start_async()), a restarted agent is noticed, and a channel
 * that is lost is opened again for 15 seconds, in which all that is on the way
 * goes on, with nothing lost.
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
  PROP_LISTENER,
  PROP_STATE,
  PROP_WANTS_FRAMES,
  PROP_FRAMED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_EVENT,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- State -------------------------------------------------------------- */

static gboolean
on_notify (gpointer data)
{
  GwClient *self = data;

  gw_later_clear (&self->notifying);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FRAMED]);
  return G_SOURCE_REMOVE;
}

void
gw_client_set_state (GwClient *self, GwClientState state)
{
  if (self->state == state)
    return;
  self->state = state;
  if (self->notifying == NULL)
    gw_later_set (&self->notifying, self->home, 0, on_notify, self);
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

/* Lives on the calling thread's default main context from here on. */
void
gw_client_settle (GwClient *self)
{
  gw_later_clear (&self->notifying);
  g_clear_pointer (&self->home, g_main_context_unref);
  self->home = g_main_context_ref_thread_default ();
  gw_wire_attach (self->wire, self->home);
}

/* Where it lives now. */
GMainContext *
gw_client_get_context (GwClient *self)
{
  return gw_wire_get_context (self->wire);
}

void
gw_client_emit_event (GwClient *self, const char *name, JsonNode *data)
{
  g_signal_emit (self, signals[SIGNAL_EVENT], 0, name, data);
}

/* --- The object --------------------------------------------------------- */

static void
gw_client_constructed (GObject *object)
{
  GwClient *self = GW_CLIENT (object);

  G_OBJECT_CLASS (gw_client_parent_class)->constructed (object);
  if (self->listener == NULL && gw_listener_listens_at (self->address))
    self->listener = gw_listener_new_for_address (self->address);
  static const GwWireEvents wire_events = {
    .opened = gw_client_on_opened,
    .ended = gw_client_on_ended,
    .told = gw_client_on_told,
    .closed = gw_client_on_closed,
  };

  self->wire = gw_wire_new (self->address, self->listener, &wire_events, self);
}

static void
gw_client_finalize (GObject *object)
{
  GwClient *self = GW_CLIENT (object);

  /* Tasks hold the client, so none is left. */
  g_assert (self->open == NULL && g_hash_table_size (self->calls) == 0 && g_hash_table_size (self->live_calls) == 0);
  g_clear_pointer (&self->wire, gw_wire_free);
  gw_later_clear (&self->notifying);
  g_hash_table_unref (self->live_calls);
  g_hash_table_unref (self->calls);
  g_clear_pointer (&self->home, g_main_context_unref);
  g_clear_object (&self->listener);
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
    case PROP_LISTENER:
      g_value_set_object (value, self->listener);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_WANTS_FRAMES:
      g_value_set_boolean (value, self->wants_frames);
      break;
    case PROP_FRAMED:
      g_value_set_boolean (value, gw_client_get_framed (self));
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
    case PROP_LISTENER:
      self->listener = g_value_dup_object (value);
      break;
    case PROP_WANTS_FRAMES:
      gw_client_set_wants_frames (self, g_value_get_boolean (value));
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
   * GwClient:listener:
   *
   * The socket that the hypervisor connects to, %NULL unless the address is of
   * such a kind; it listens from the first opening on.
   *
   * Since: 0.1
   */
  props[PROP_LISTENER] = g_param_spec_object ("listener", NULL, NULL, GW_TYPE_LISTENER,
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
  /**
   * GwClient:wants-frames:
   *
   * Whether to ask the agent for frames.
   *
   * Since: 0.1
   */
  props[PROP_WANTS_FRAMES] = g_param_spec_boolean ("wants-frames", NULL, NULL, FALSE,
                                                   G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  /**
   * GwClient:framed:
   *
   * Whether frames are spoken. Told of together with #GwClient:state.
   *
   * Since: 0.1
   */
  props[PROP_FRAMED]
      = g_param_spec_boolean ("framed", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * GwClient::event:
   * @client: a #GwClient
   * @name: the event's name
   * @data: (nullable): what the agent says of it
   *
   * The agent sent something that nobody asked for. Both parts come from the
   * guest and are within bounds, and that is all that has been checked. Emitted
   * from the main context that the client lives on; while a blocking function
   * waits, events wait too. What comes faster than a program takes it is
   * dropped.
   *
   * Since: 0.1
   */
  signals[SIGNAL_EVENT] = g_signal_new ("event", GW_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                        G_TYPE_STRING, JSON_TYPE_NODE);
}

static void
gw_client_init (GwClient *self)
{
  self->calls = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->live_calls = g_hash_table_new (g_int64_hash, g_int64_equal);
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
 * gw_client_new_for_listener:
 * @listener: the socket that the hypervisor connects to
 *
 * For hypervisors that connect. Where nothing is special about a unix socket's
 * owner and mode, gw_client_new() with the listener's address does as well.
 *
 * Returns: (transfer full): a new, closed #GwClient; or %NULL if the
 *   listener's path cannot be one of a socket
 *
 * Since: 0.1
 */
GwClient *
gw_client_new_for_listener (GwListener *listener)
{
  g_autoptr (GwAddress) address = NULL;
  g_autofree char *text = NULL;

  g_return_val_if_fail (GW_IS_LISTENER (listener), NULL);

  if (gw_listener_get_address (listener) != NULL)
    return g_object_new (GW_TYPE_CLIENT, "address", gw_listener_get_address (listener), "listener", listener, NULL);
  text = g_strconcat ("unix-listen:", gw_listener_get_path (listener), NULL);
  address = gw_address_new (text, NULL);
  g_return_val_if_fail (address != NULL, NULL);
  return g_object_new (GW_TYPE_CLIENT, "address", address, "listener", listener, NULL);
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

/**
 * gw_client_set_wants_frames:
 * @client: a #GwClient
 * @wants_frames: whether to ask the agent for frames, from when the client is
 *   opened next
 *
 * Since: 0.1
 */
void
gw_client_set_wants_frames (GwClient *client, gboolean wants_frames)
{
  g_return_if_fail (GW_IS_CLIENT (client));

  wants_frames = !!wants_frames;
  if (client->wants_frames == wants_frames)
    return;
  client->wants_frames = wants_frames;
  gw_wire_set_wants_frames (client->wire, wants_frames);
  g_object_notify_by_pspec (G_OBJECT (client), props[PROP_WANTS_FRAMES]);
}

/**
 * gw_client_get_framed:
 * @client: a #GwClient
 *
 * Returns: whether the client is open and frames are spoken
 *
 * Since: 0.1
 */
gboolean
gw_client_get_framed (GwClient *client)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), FALSE);
  return gw_wire_is_framed (client->wire);
}
