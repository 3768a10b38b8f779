/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forwarded connections: the object. Its start and its end are in
 * gw-forward-run.c, how it listens in gw-forward-listen.c, what it tells in
 * gw-forward-news.c, and each connection is a gw-forward-connection. */

#include "gw-forward-private.h"

#include "gw-enum-types.h"

/**
 * GwForward:
 *
 * Forwards connections between sockets of this host and of a guest: who connects
 * where it listens is connected to somewhere on the other side, without any
 * network between. There may be many at once, each at the pace of its slower
 * end, and the end of one direction is passed on as such.
 *
 * An address is `unix:PATH`, with an absolute path, or `tcp:HOST:PORT`. A port
 * alone stands for one of `localhost`. To listen, `*` is all addresses of the
 * machine, and port 0 one that the machine chooses.
 *
 * It takes a client in frames (see #GwClient:wants-frames) and an agent that
 * allows `guest-exec`. When the agent is lost, connections end, and it listens
 * on: the client is opened again for the next connection; for a socket in the
 * guest, at once. So the client should be for this alone, or its user prepared
 * for that.
 *
 * From when it is started it lives until gw_forward_stop().
 *
 * It belongs to the thread that its #GwClient belongs to, and works while the
 * main context runs that was thread-default when it was started. Its signals
 * come from there.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwForward, gw_forward, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_DIRECTION,
  PROP_LISTEN,
  PROP_CONNECT,
  PROP_MODE,
  PROP_LISTENING,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* --- Connections -------------------------------------------------------- */

/* Returns: (transfer none): a new one */
GwForwardConnection *
gw_forward_add_connection (GwForward *self, const char *peer)
{
  GwForwardConnection *connection = gw_forward_connection_new (self, ++self->last_id, peer);

  g_hash_table_add (self->connections, connection);
  return connection;
}

/* --- What is asked for --------------------------------------------------- */

/**
 * gw_forward_set_mode:
 * @forward: a #GwForward that was not started yet
 * @mode: the permission bits of a unix socket that it listens on, such as 0666;
 *   without this they are 0600
 *
 * In the guest the socket's owner is the agent's user, root in most.
 *
 * Since: 0.1
 */
void
gw_forward_set_mode (GwForward *forward, guint mode)
{
  g_return_if_fail (GW_IS_FORWARD (forward));
  g_return_if_fail (mode <= 0777);
  g_return_if_fail (!forward->started);

  forward->mode = mode;
  g_object_notify_by_pspec (G_OBJECT (forward), props[PROP_MODE]);
}

/* --- What it is --------------------------------------------------------- */

/**
 * gw_forward_get_client:
 * @forward: a #GwForward
 *
 * Returns: (transfer none): what it goes through
 *
 * Since: 0.1
 */
GwClient *
gw_forward_get_client (GwForward *forward)
{
  g_return_val_if_fail (GW_IS_FORWARD (forward), NULL);
  return forward->client;
}

/**
 * gw_forward_get_direction:
 * @forward: a #GwForward
 *
 * Returns: which way its connections go
 *
 * Since: 0.1
 */
GwForwardDirection
gw_forward_get_direction (GwForward *forward)
{
  g_return_val_if_fail (GW_IS_FORWARD (forward), GW_FORWARD_TO_GUEST);
  return forward->direction;
}

/**
 * gw_forward_get_listen:
 * @forward: a #GwForward
 *
 * Returns: (transfer none): where it listens; from when it does, in full and
 *   with the port that was chosen
 *
 * Since: 0.1
 */
const char *
gw_forward_get_listen (GwForward *forward)
{
  g_return_val_if_fail (GW_IS_FORWARD (forward), NULL);
  return forward->listen;
}

/**
 * gw_forward_get_connect:
 * @forward: a #GwForward
 *
 * Returns: (transfer none): where its connections go; from when it listens, in
 *   full
 *
 * Since: 0.1
 */
const char *
gw_forward_get_connect (GwForward *forward)
{
  g_return_val_if_fail (GW_IS_FORWARD (forward), NULL);
  return forward->connect;
}

/**
 * gw_forward_get_listening:
 * @forward: a #GwForward
 *
 * Returns: whether it listens; where the guest does, not while its agent is lost
 *
 * Since: 0.1
 */
gboolean
gw_forward_get_listening (GwForward *forward)
{
  g_return_val_if_fail (GW_IS_FORWARD (forward), FALSE);
  return forward->listening;
}

/**
 * gw_forward_get_n_connections:
 * @forward: a #GwForward
 *
 * Returns: how many connections it has, with those that are being made
 *
 * Since: 0.1
 */
guint
gw_forward_get_n_connections (GwForward *forward)
{
  g_return_val_if_fail (GW_IS_FORWARD (forward), 0);
  return g_hash_table_size (forward->connections);
}

/* --- The object --------------------------------------------------------- */

static void
gw_forward_finalize (GObject *object)
{
  GwForward *self = GW_FORWARD (object);

  /* Each holds a reference. */
  g_assert (g_hash_table_size (self->connections) == 0);
  g_hash_table_unref (self->connections);
  gw_forward_drop_news (self);
  g_clear_pointer (&self->listen_at, gw_endpoint_free);
  g_clear_pointer (&self->connect_to, gw_endpoint_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->listen);
  g_free (self->connect);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (gw_forward_parent_class)->finalize (object);
}

static void
gw_forward_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwForward *self = GW_FORWARD (object);

  switch (id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_DIRECTION:
      g_value_set_enum (value, self->direction);
      break;
    case PROP_LISTEN:
      g_value_set_string (value, self->listen);
      break;
    case PROP_CONNECT:
      g_value_set_string (value, self->connect);
      break;
    case PROP_MODE:
      g_value_set_uint (value, self->mode);
      break;
    case PROP_LISTENING:
      g_value_set_boolean (value, self->listening);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_forward_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GwForward *self = GW_FORWARD (object);

  switch (id)
    {
    case PROP_CLIENT:
      self->client = g_value_dup_object (value);
      break;
    case PROP_DIRECTION:
      self->direction = g_value_get_enum (value);
      break;
    case PROP_LISTEN:
      self->listen = g_value_dup_string (value);
      break;
    case PROP_CONNECT:
      self->connect = g_value_dup_string (value);
      break;
    case PROP_MODE:
      gw_forward_set_mode (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* Each property is told of by its function. */
static void
gw_forward_class_init (GwForwardClass *class)
{
  const GParamFlags once = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = gw_forward_finalize;
  object_class->get_property = gw_forward_get_property;
  object_class->set_property = gw_forward_set_property;

  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, GW_TYPE_CLIENT, once);
  props[PROP_DIRECTION]
      = g_param_spec_enum ("direction", NULL, NULL, GW_TYPE_FORWARD_DIRECTION, GW_FORWARD_TO_GUEST, once);
  props[PROP_LISTEN] = g_param_spec_string ("listen", NULL, NULL, NULL, once);
  props[PROP_CONNECT] = g_param_spec_string ("connect", NULL, NULL, NULL, once);
  props[PROP_MODE] = g_param_spec_uint ("mode", NULL, NULL, 0, 0777, 0600,
                                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  props[PROP_LISTENING]
      = g_param_spec_boolean ("listening", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gw_forward_add_signals ();
}

static void
gw_forward_init (GwForward *self)
{
  self->connections = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) gw_forward_connection_free, NULL);
  self->mode = 0600;
  g_queue_init (&self->waiting);
  g_queue_init (&self->news);
}

/**
 * gw_forward_new:
 * @client: what it goes through
 * @direction: which way
 * @listen: where to listen: on this host, or in the guest
 * @connect: where to connect to, on the other side
 *
 * Returns: (transfer full): a new #GwForward, which was not started
 *
 * Since: 0.1
 */
GwForward *
gw_forward_new (GwClient *client, GwForwardDirection direction, const char *listen, const char *connect)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (listen != NULL, NULL);
  g_return_val_if_fail (connect != NULL, NULL);

  return g_object_new (GW_TYPE_FORWARD, "client", client, "direction", direction, "listen", listen, "connect", connect,
                       NULL);
}
