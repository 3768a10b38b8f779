/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to reach the host's end of a channel, as text that people type: what it
 * says is in gw-address-parse.c, and opening is gw-connect's business. */

#include "gw-address-private.h"

/**
 * GwAddress:
 *
 * How to reach the host's end of a channel. Never changes once made, so any
 * number of threads may share one.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwAddress, gw_address, G_TYPE_OBJECT)

static void
gw_address_finalize (GObject *object)
{
  GwAddress *self = GW_ADDRESS (object);

  g_free (self->path_copy);
  g_free (self->bind_host);
  g_free (self->domain_copy);
  g_free (self->uri);
  g_free (self->host);
  g_free (self->text);
  G_OBJECT_CLASS (gw_address_parent_class)->finalize (object);
}

static void
gw_address_class_init (GwAddressClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_address_finalize;
}

static void
gw_address_init (GwAddress *self G_GNUC_UNUSED)
{
}

/**
 * gw_address_new:
 * @text: (type filename): the address, in one of the forms of #GwAddressKind;
 *   paths are absolute
 * @error: return location for a #GError
 *
 * Understands an address. Whether anything is there shows when it is opened.
 * What a person types may also be a domain's name: see gw_domain_resolve().
 *
 * Returns: (transfer full): a new #GwAddress, or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS set, whose message says what forms there are
 *
 * Since: 0.1
 */
GwAddress *
gw_address_new (const char *text, GError **error)
{
  g_autoptr (GwAddress) self = NULL;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  self = g_object_new (GW_TYPE_ADDRESS, NULL);
  if (!gw_address_parse (self, text, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * gw_address_get_kind:
 * @address: a #GwAddress
 *
 * Returns: how the address is reached
 *
 * Since: 0.1
 */
GwAddressKind
gw_address_get_kind (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), GW_ADDRESS_UNIX);
  return address->kind;
}

/**
 * gw_address_get_path:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable) (type filename): the absolute path of
 *   the socket or terminal, or what those of a pair of pipes begin with; %NULL
 *   for kinds that have none
 *
 * Since: 0.1
 */
const char *
gw_address_get_path (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->path;
}

/**
 * gw_address_get_host:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): the host of a `tcp:`, `telnet:`, `udp:`,
 *   `tcp-listen:` or `telnet-listen:` address, a name or a number without
 *   brackets; %NULL for other kinds, and to listen at all addresses
 *
 * Since: 0.1
 */
const char *
gw_address_get_host (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->host;
}

/**
 * gw_address_get_cid:
 * @address: a #GwAddress
 *
 * Returns: the context id of a `vsock:` address; 0 for other kinds
 *
 * Since: 0.1
 */
guint32
gw_address_get_cid (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), 0);
  return address->cid;
}

/**
 * gw_address_get_port:
 * @address: a #GwAddress
 *
 * Returns: the port of an address that has a host, or of a `vsock:` address; 0
 *   for other kinds
 *
 * Since: 0.1
 */
guint32
gw_address_get_port (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), 0);
  return address->port;
}

/**
 * gw_address_get_bind_host:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): where this end of a `udp:` address is
 *   reached, a name or a number without brackets; %NULL for all addresses of
 *   this host, and for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_bind_host (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->bind_host;
}

/**
 * gw_address_get_bind_port:
 * @address: a #GwAddress
 *
 * Returns: the port that this end of a `udp:` address is reached at; 0 for
 *   other kinds
 *
 * Since: 0.1
 */
guint32
gw_address_get_bind_port (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), 0);
  return address->bind_port;
}

/**
 * gw_address_get_speed:
 * @address: a #GwAddress
 *
 * Returns: how fast the line of a `serial:` address is, in bits a second; 0 for
 *   other kinds
 *
 * Since: 0.1
 */
guint32
gw_address_get_speed (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), 0);
  return address->speed;
}

/**
 * gw_address_get_uri:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): libvirt's connection URI of a `libvirt:`
 *   address; %NULL where libvirt's default is meant, and for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_uri (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->uri;
}

/**
 * gw_address_get_domain:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): the name, UUID or id of the domain of a
 *   `libvirt:` or `xen:` address; %NULL for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_domain (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->domain;
}

/**
 * gw_address_get_channel:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): the name of the channel of a `xen:`
 *   address; %NULL for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_channel (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->channel;
}

/**
 * gw_address_to_string:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (type filename): the address as text, which
 *   gw_address_new() understands
 *
 * Since: 0.1
 */
const char *
gw_address_to_string (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->text;
}
