/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket of one domain, for hypervisors that connect. Takes one connection
 * at a time and knows nothing of what is said on it. */

#include "gw-listener-private.h"

#include "gw-enum-types.h"
#include "gw-later.h"

/**
 * GwListener:
 *
 * A socket that a hypervisor connects to, such as QEMU's
 * `-chardev socket,path=PATH,reconnect=1`, or libvirt's
 * `<source mode='connect'>`: a unix socket, or a port of TCP.
 *
 * A #GwClient made with gw_client_new_for_listener() takes the connection. One
 * connection is served at a time; the next one waits, and takes its place when
 * it is gone, or when it is silent and an agent answers behind the next one. So
 * a machine may be migrated, or its hypervisor restarted, with the same listener.
 * The socket is there from gw_listener_listen() until gw_listener_close() or the
 * listener's end.
 *
 * A listener belongs to the thread of its client.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwListener, gw_listener, G_TYPE_OBJECT)

enum
{
  PROP_PATH = 1,
  PROP_ADDRESS,
  PROP_MODE,
  PROP_UID,
  PROP_GID,
  PROP_STATE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* --- The object --------------------------------------------------------- */

static void
shut (GwListener *self)
{
  gw_unix_socket_close (&self->socket);
  g_clear_pointer (&self->listening, gw_listening_close);
}

static void
gw_listener_finalize (GObject *object)
{
  GwListener *self = GW_LISTENER (object);

  shut (self);
  gw_later_clear (&self->telling);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->address);
  g_free (self->path);
  G_OBJECT_CLASS (gw_listener_parent_class)->finalize (object);
}

static void
gw_listener_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwListener *self = GW_LISTENER (object);

  switch (id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_ADDRESS:
      g_value_set_object (value, self->address);
      break;
    case PROP_MODE:
      g_value_set_uint (value, self->mode);
      break;
    case PROP_UID:
      g_value_set_int64 (value, self->uid);
      break;
    case PROP_GID:
      g_value_set_int64 (value, self->gid);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_listener_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GwListener *self = GW_LISTENER (object);

  switch (id)
    {
    case PROP_PATH:
      self->path = g_value_dup_string (value);
      break;
    case PROP_ADDRESS:
      self->address = g_value_dup_object (value);
      break;
    case PROP_MODE:
      self->mode = g_value_get_uint (value);
      break;
    case PROP_UID:
      self->uid = g_value_get_int64 (value);
      break;
    case PROP_GID:
      self->gid = g_value_get_int64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_listener_class_init (GwListenerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = gw_listener_finalize;
  object_class->get_property = gw_listener_get_property;
  object_class->set_property = gw_listener_set_property;

  /**
   * GwListener:path: (type filename)
   *
   * Where the socket is, if it is a unix socket.
   *
   * Since: 0.1
   */
  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL,
                                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * GwListener:address:
   *
   * Where it listens; %NULL for a unix socket.
   *
   * Since: 0.1
   */
  props[PROP_ADDRESS] = g_param_spec_object ("address", NULL, NULL, GW_TYPE_ADDRESS,
                                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * GwListener:mode:
   *
   * The permission bits of the socket's file. Counts at the next
   * gw_listener_listen().
   *
   * Since: 0.1
   */
  props[PROP_MODE] = g_param_spec_uint ("mode", NULL, NULL, 0, 0777, 0600, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * GwListener:uid:
   *
   * The user who owns the socket's file; -1 for who runs this program. Counts
   * at the next gw_listener_listen().
   *
   * Since: 0.1
   */
  props[PROP_UID] = g_param_spec_int64 ("uid", NULL, NULL, -1, G_MAXUINT32 - 1, -1,
                                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * GwListener:gid:
   *
   * The group of the socket's file; -1 for that of who runs this program.
   * Counts at the next gw_listener_listen().
   *
   * Since: 0.1
   */
  props[PROP_GID] = g_param_spec_int64 ("gid", NULL, NULL, -1, G_MAXUINT32 - 1, -1,
                                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  /**
   * GwListener:state:
   *
   * What it is at. Its notification comes from the main context that its client
   * lives on, while that runs or a blocking function of the client waits; from
   * gw_listener_listen() and gw_listener_close() it comes at once.
   *
   * Since: 0.1
   */
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, GW_TYPE_LISTENER_STATE, GW_LISTENER_CLOSED,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gw_listener_init (GwListener *self)
{
  self->mode = 0600;
  self->uid = self->gid = -1;
  self->socket = (GwUnixSocket) GW_UNIX_SOCKET_NONE;
}

/**
 * gw_listener_new:
 * @path: (type filename): where the socket shall be, an absolute path
 *
 * Returns: (transfer full): a new, closed #GwListener, whose socket will be
 *   for this process's user alone
 *
 * Since: 0.1
 */
GwListener *
gw_listener_new (const char *path)
{
  g_return_val_if_fail (path != NULL, NULL);
  return g_object_new (GW_TYPE_LISTENER, "path", path, NULL);
}

/**
 * gw_listener_listens_at:
 * @address: a #GwAddress
 *
 * Whether it is for hypervisors that connect.
 */
gboolean
gw_listener_listens_at (GwAddress *address)
{
  GwAddressKind kind = gw_address_get_kind (address);

  return kind == GW_ADDRESS_UNIX_LISTEN || kind == GW_ADDRESS_TCP_LISTEN || kind == GW_ADDRESS_TELNET_LISTEN;
}

/**
 * gw_listener_new_for_address:
 * @address: where the hypervisor connects to: of the `unix-listen:`,
 *   `tcp-listen:` or `telnet-listen:` kind
 *
 * Who may connect to a port of TCP is a matter of the network: a host in the
 * address keeps others than those who reach that out, as 127.0.0.1 does those of
 * other hosts.
 *
 * Returns: (transfer full): a new, closed #GwListener
 *
 * Since: 0.1
 */
GwListener *
gw_listener_new_for_address (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  g_return_val_if_fail (gw_listener_listens_at (address), NULL);

  if (gw_address_get_kind (address) == GW_ADDRESS_UNIX_LISTEN)
    return gw_listener_new (gw_address_get_path (address));
  return g_object_new (GW_TYPE_LISTENER, "address", address, NULL);
}

/**
 * gw_listener_get_address:
 * @listener: a #GwListener
 *
 * Returns: (transfer none) (nullable): where it listens, if that is no unix
 *   socket
 *
 * Since: 0.1
 */
GwAddress *
gw_listener_get_address (GwListener *listener)
{
  g_return_val_if_fail (GW_IS_LISTENER (listener), NULL);
  return listener->address;
}

/**
 * gw_listener_get_path:
 * @listener: a #GwListener
 *
 * Returns: (transfer none) (nullable) (type filename): where the socket is, if it
 *   is a unix socket
 *
 * Since: 0.1
 */
const char *
gw_listener_get_path (GwListener *listener)
{
  g_return_val_if_fail (GW_IS_LISTENER (listener), NULL);
  return listener->path;
}

/**
 * gw_listener_get_state:
 * @listener: a #GwListener
 *
 * Returns: what it is at
 *
 * Since: 0.1
 */
GwListenerState
gw_listener_get_state (GwListener *listener)
{
  g_return_val_if_fail (GW_IS_LISTENER (listener), GW_LISTENER_CLOSED);
  return listener->state;
}

/**
 * gw_listener_set_owner:
 * @listener: a #GwListener
 * @uid: the user to own the socket's file; -1 for who runs this program
 * @gid: its group; -1 for that of who runs this program
 *
 * The hypervisor's user has to be let in: `libvirt-qemu` on Debian, `qemu` on
 * Fedora. Counts at the next gw_listener_listen().
 *
 * Since: 0.1
 */
void
gw_listener_set_owner (GwListener *listener, gint64 uid, gint64 gid)
{
  g_return_if_fail (GW_IS_LISTENER (listener));
  g_object_set (listener, "uid", uid, "gid", gid, NULL);
}

/**
 * gw_listener_set_mode:
 * @listener: a #GwListener
 * @mode: permission bits, such as 0660
 *
 * Counts at the next gw_listener_listen(). Whoever may write to the socket may
 * pretend to be the guest.
 *
 * Since: 0.1
 */
void
gw_listener_set_mode (GwListener *listener, guint mode)
{
  g_return_if_fail (GW_IS_LISTENER (listener));
  g_return_if_fail (mode <= 0777);
  g_object_set (listener, "mode", mode, NULL);
}

/**
 * gw_listener_open_socket:
 *
 * As gw_listener_listen(), for those who serve the listener: what they are in the
 * middle of is told later.
 */
gboolean
gw_listener_open_socket (GwListener *listener, GError **error)
{
  if (listener->state != GW_LISTENER_CLOSED)
    return TRUE;
  if (listener->address != NULL)
    {
      GwListening *listening = gw_listener_open (listener->address, error);

      if (listening != NULL)
        gw_listener_adopt (listener, listening);
      return listening != NULL;
    }
  if (!g_path_is_absolute (listener->path))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "a socket needs an absolute path, not '%s'", listener->path);
      return FALSE;
    }
  if (!gw_unix_socket_listen (&listener->socket, listener->path, listener->mode, listener->uid, listener->gid, error))
    return FALSE;
  gw_listener_set_state (listener, GW_LISTENER_LISTENING);
  return TRUE;
}

/**
 * gw_listener_listen:
 * @listener: a #GwListener
 * @error: return location for a #GError
 *
 * Makes the socket. A socket file that nobody listens on is replaced; one that
 * is in use, and any other file, never. On a listener that has its socket it
 * does nothing. The name of a host is looked up, which blocks; a client that is
 * opened does so in another thread.
 *
 * Returns: %TRUE, or %FALSE with %GW_ERROR_INVALID_ADDRESS (the path is no
 *   absolute one, or too long for a socket), %GW_ERROR_BUSY (another program
 *   listens there, or it is no socket) or %GW_ERROR_CONNECT (no permission, no
 *   such folder) set
 *
 * Since: 0.1
 */
gboolean
gw_listener_listen (GwListener *listener, GError **error)
{
  g_return_val_if_fail (GW_IS_LISTENER (listener), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!gw_listener_open_socket (listener, error))
    return FALSE;
  if (listener->telling != NULL)
    gw_listener_tell_state (listener);
  return TRUE;
}

/**
 * gw_listener_close:
 * @listener: a #GwListener
 *
 * Removes the socket. A connection that a client has taken goes on.
 *
 * Since: 0.1
 */
void
gw_listener_close (GwListener *listener)
{
  g_return_if_fail (GW_IS_LISTENER (listener));

  if (listener->state == GW_LISTENER_CLOSED)
    return;
  g_object_ref (listener);
  listener->state = GW_LISTENER_CLOSED;
  /* At once: who waits on the descriptor stops before it is closed. */
  gw_listener_tell_state (listener);
  shut (listener);
  g_object_unref (listener);
}
