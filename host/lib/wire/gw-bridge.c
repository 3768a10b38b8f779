/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries bytes between the clients of a unix socket, one after another, and
 * whatever an address stands for. Understands no byte of it. */

#include "gw-bridge.h"

#include "gw-alarm.h"
#include "gw-connector.h"
#include "gw-ends.h"
#include "gw-listener-private.h"
#include "gw-listener-wait.h"
#include "gw-splice.h"

#define AGAIN_MS 500

/**
 * GwBridge:
 *
 * Offers what is at an address on a unix socket (or a port of TCP), so that a program that knows
 * unix sockets only can use any of them.
 *
 * Bytes go both ways as they are, at the pace of the slower side. One client is
 * served at a time, as QEMU does: the next one waits until it is gone. The
 * address is open while a client is there, so that the guest sees it come and
 * go as far as the channel tells. While the address cannot be opened yet, it
 * is tried again as long as the client waits. A client that ends its output is
 * done: what it has said is delivered if the address can be opened now, and
 * both sides are closed.
 *
 * A bridge works while the main context runs that was the calling thread's
 * default in gw_bridge_start(), and belongs to that thread.
 *
 * Since: 0.1
 */
struct _GwBridge
{
  GObject parent_instance;

  GwAddress *address;
  GwListener *far_listener; /* of an address that the hypervisor connects to, else NULL */
  GwListener *listener;
  GMainContext *context;   /* NULL while stopped */
  GwListenerWait *waiting; /* for a client */
  GwSplice *splice;        /* with the client, and later the address */
  GwConnector *connector;
  GSource *again;          /* opens the address once more, or takes a client */
};

G_DEFINE_TYPE (GwBridge, gw_bridge, G_TYPE_OBJECT)

enum
{
  PROP_ADDRESS = 1,
  PROP_LISTENER,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_OPENED,
  SIGNAL_CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void wait_for_client (GwBridge *self);

/* --- The end of one client ---------------------------------------------- */

static void
drop_client (GwBridge *self)
{
  g_clear_pointer (&self->connector, gw_connector_free);
  g_clear_pointer (&self->again, gw_alarm_free);
  g_clear_pointer (&self->splice, gw_splice_free);
  gw_listener_release (self->listener);
  if (self->far_listener != NULL)
    gw_listener_release (self->far_listener);
}

static void
end_client (GwBridge *self, const GError *error)
{
  drop_client (self);
  wait_for_client (self);
  /* The last thing: a handler may drop the bridge. */
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, error);
}

static void
on_splice_ended (const GError *error, gpointer user_data)
{
  end_client (user_data, error);
}

/* --- The address ---------------------------------------------------------- */

static void open_address (GwBridge *self);

static gboolean
on_again (gpointer data)
{
  GwBridge *self = data;

  g_clear_pointer (&self->again, gw_alarm_free);
  open_address (self);
  return G_SOURCE_REMOVE;
}

static void
on_connected (GwEnds *ends, gpointer user_data)
{
  g_autoptr (GwBridge) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->connector, gw_connector_free);
  g_signal_emit (self, signals[SIGNAL_OPENED], 0);
  if (self->splice == NULL)
    gw_ends_clear (ends); /* the handler has stopped it */
  else if (!gw_splice_join (self->splice, ends, &error))
    end_client (self, error);
}

static void
on_connect_failed (GError *error, gboolean may_pass, gpointer user_data)
{
  GwBridge *self = user_data;
  g_autoptr (GError) why = error;

  g_clear_pointer (&self->connector, gw_connector_free);
  if (!may_pass || gw_splice_near_has_ended (self->splice))
    {
      end_client (self, why);
      return;
    }
  self->again = gw_alarm_new (self->context, on_again, self);
  gw_alarm_set (self->again, g_get_monotonic_time () + AGAIN_MS * G_GINT64_CONSTANT (1000));
}

static const GwConnectorEvents connector_events = {
  .connected = on_connected,
  .failed = on_connect_failed,
};

static void
open_address (GwBridge *self)
{
  self->connector = gw_connector_new (self->address, self->far_listener, self->context, &connector_events, self);
}

/* --- Clients -------------------------------------------------------------- */

static gboolean
on_accept_again (gpointer data)
{
  GwBridge *self = data;

  g_clear_pointer (&self->again, gw_alarm_free);
  wait_for_client (self);
  return G_SOURCE_REMOVE;
}

/* Takes @failure. */
static void
on_client (int fd, GError *failure, gboolean may_pass G_GNUC_UNUSED, gpointer data)
{
  GwBridge *self = data;
  g_autoptr (GError) error = failure;

  g_clear_pointer (&self->waiting, gw_listener_wait_free);
  if (fd < 0)
    {
      /* A descriptor must get free first. */
      self->again = gw_alarm_new (self->context, on_accept_again, self);
      gw_alarm_set (self->again, g_get_monotonic_time () + AGAIN_MS * G_GINT64_CONSTANT (1000));
      return;
    }
  self->splice = gw_splice_new (fd, self->context, on_splice_ended, self, &error);
  if (self->splice == NULL)
    end_client (self, error);
  else
    open_address (self);
}

static void
wait_for_client (GwBridge *self)
{
  g_autoptr (GError) error = NULL;

  if (self->context == NULL || self->waiting != NULL)
    return;
  self->waiting = gw_listener_wait_new (self->listener, self->context, on_client, self, &error);
  if (self->waiting == NULL)
    g_warning ("no further client can be taken: %s", error->message);
}

/* --- The object ----------------------------------------------------------- */

static void
on_listener_changed (GwListener *listener, GParamSpec *pspec, gpointer data)
{
  /* Its descriptor goes next. */
  if (gw_listener_get_state (listener) == GW_LISTENER_CLOSED)
    gw_bridge_stop (data);
}

static void
gw_bridge_constructed (GObject *object)
{
  GwBridge *self = GW_BRIDGE (object);

  G_OBJECT_CLASS (gw_bridge_parent_class)->constructed (object);
  if (gw_listener_listens_at (self->address))
    self->far_listener = gw_listener_new_for_address (self->address);
  g_signal_connect (self->listener, "notify::state", G_CALLBACK (on_listener_changed), self);
}

static void
gw_bridge_finalize (GObject *object)
{
  GwBridge *self = GW_BRIDGE (object);

  g_signal_handlers_disconnect_by_data (self->listener, self);
  gw_bridge_stop (self);
  g_object_unref (self->address);
  g_object_unref (self->listener);
  g_clear_object (&self->far_listener);
  G_OBJECT_CLASS (gw_bridge_parent_class)->finalize (object);
}

static void
gw_bridge_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwBridge *self = GW_BRIDGE (object);

  switch (id)
    {
    case PROP_ADDRESS:
      g_value_set_object (value, self->address);
      break;
    case PROP_LISTENER:
      g_value_set_object (value, self->listener);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_bridge_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GwBridge *self = GW_BRIDGE (object);

  switch (id)
    {
    case PROP_ADDRESS:
      self->address = g_value_dup_object (value);
      break;
    case PROP_LISTENER:
      self->listener = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_bridge_class_init (GwBridgeClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->constructed = gw_bridge_constructed;
  object_class->finalize = gw_bridge_finalize;
  object_class->get_property = gw_bridge_get_property;
  object_class->set_property = gw_bridge_set_property;

  /**
   * GwBridge:address:
   *
   * What is offered.
   *
   * Since: 0.1
   */
  props[PROP_ADDRESS] = g_param_spec_object ("address", NULL, NULL, GW_TYPE_ADDRESS,
                                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * GwBridge:listener:
   *
   * Where it is offered.
   *
   * Since: 0.1
   */
  props[PROP_LISTENER] = g_param_spec_object ("listener", NULL, NULL, GW_TYPE_LISTENER,
                                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * GwBridge::opened:
   * @bridge: a #GwBridge
   *
   * A client is there, and the address is open for it.
   *
   * Since: 0.1
   */
  signals[SIGNAL_OPENED] = g_signal_new ("opened", GW_TYPE_BRIDGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  /**
   * GwBridge::closed:
   * @bridge: a #GwBridge
   * @error: (nullable): why the address could not be opened, or was lost; %NULL
   *   if one of the two sides simply ended
   *
   * A client is gone, and the next one may come.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", GW_TYPE_BRIDGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                         G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
gw_bridge_init (GwBridge *self G_GNUC_UNUSED)
{
}

/**
 * gw_bridge_new:
 * @address: what to offer; where the hypervisor connects, it is listened to
 *   from the first client on
 * @listener: where to offer it
 *
 * Returns: (transfer full): a new #GwBridge, which does nothing yet
 *
 * Since: 0.1
 */
GwBridge *
gw_bridge_new (GwAddress *address, GwListener *listener)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  g_return_val_if_fail (GW_IS_LISTENER (listener), NULL);

  return g_object_new (GW_TYPE_BRIDGE, "address", address, "listener", listener, NULL);
}

/**
 * gw_bridge_start:
 * @bridge: a #GwBridge
 * @error: return location for a #GError
 *
 * Makes the listener's socket if need be, and takes clients from here on. On a
 * bridge that is started it does nothing.
 *
 * Returns: %TRUE, or %FALSE with an error as from gw_listener_listen()
 *
 * Since: 0.1
 */
gboolean
gw_bridge_start (GwBridge *bridge, GError **error)
{
  g_return_val_if_fail (GW_IS_BRIDGE (bridge), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (bridge->context != NULL)
    return TRUE;
  if (!gw_listener_listen (bridge->listener, error))
    return FALSE;
  bridge->context = g_main_context_ref_thread_default ();
  gw_listener_attach (bridge->listener, bridge->context);
  if (bridge->far_listener != NULL)
    gw_listener_attach (bridge->far_listener, bridge->context);
  wait_for_client (bridge);
  return TRUE;
}

/**
 * gw_bridge_stop:
 * @bridge: a #GwBridge
 *
 * Takes no further client, and leaves the one that is there. The listener's
 * socket stays.
 *
 * Since: 0.1
 */
void
gw_bridge_stop (GwBridge *bridge)
{
  g_return_if_fail (GW_IS_BRIDGE (bridge));

  g_clear_pointer (&bridge->waiting, gw_listener_wait_free);
  drop_client (bridge);
  if (bridge->context == NULL)
    return;
  if (bridge->far_listener != NULL)
    gw_listener_detach (bridge->far_listener, bridge->context);
  gw_listener_detach (bridge->listener, bridge->context);
  g_clear_pointer (&bridge->context, g_main_context_unref);
}
