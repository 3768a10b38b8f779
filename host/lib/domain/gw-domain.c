/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain of this host and its channels, as gw_domain_list() found them. They
 * never change. How they are found is gw-domain-list's business. */

#include "gw-domain-private.h"

/**
 * GwDomain:
 *
 * A virtual machine of this host, as it was when it was looked for.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwDomain, gw_domain, G_TYPE_OBJECT)

/**
 * GwDomainChannel:
 *
 * The host's end of one channel of a #GwDomain.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwDomainChannel, gw_domain_channel, G_TYPE_OBJECT)

/* --- Making them -------------------------------------------------------- */

static void
gw_domain_channel_finalize (GObject *object)
{
  GwDomainChannel *self = GW_DOMAIN_CHANNEL (object);

  g_free (self->name);
  g_clear_object (&self->address);
  g_clear_object (&self->reached);
  g_free (self->holder_name);
  G_OBJECT_CLASS (gw_domain_channel_parent_class)->finalize (object);
}

static void
gw_domain_channel_class_init (GwDomainChannelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_domain_channel_finalize;
}

static void
gw_domain_channel_init (GwDomainChannel *self)
{
  self->guest_open = -1;
}

static void
gw_domain_finalize (GObject *object)
{
  GwDomain *self = GW_DOMAIN (object);

  g_free (self->name);
  g_free (self->uuid);
  g_free (self->id);
  g_ptr_array_unref (self->channels);
  G_OBJECT_CLASS (gw_domain_parent_class)->finalize (object);
}

static void
gw_domain_class_init (GwDomainClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_domain_finalize;
}

static void
gw_domain_init (GwDomain *self)
{
  self->channels = g_ptr_array_new_with_free_func (g_object_unref);
}

/* @manager is static. */
GwDomain *
gw_domain_new (const char *manager, const char *name, const char *uuid, const char *id)
{
  GwDomain *self = g_object_new (GW_TYPE_DOMAIN, NULL);

  self->manager = manager;
  self->name = g_strdup (name);
  self->uuid = g_strdup (uuid);
  self->id = g_strdup (id);
  return self;
}

/* @kind is static; takes @address. */
GwDomainChannel *
gw_domain_add_channel (GwDomain *domain, const char *kind, const char *name, GwAddress *address)
{
  GwDomainChannel *channel = g_object_new (GW_TYPE_DOMAIN_CHANNEL, NULL);

  channel->kind = kind;
  channel->name = g_strdup (name);
  channel->address = address;
  g_ptr_array_add (domain->channels, channel);
  return channel;
}

/* The socket or terminal itself, or what comes next to it; may be NULL. */
GwAddress *
gw_domain_channel_get_reached (GwDomainChannel *channel)
{
  return channel->reached != NULL ? channel->reached : channel->address;
}

/* --- A channel ---------------------------------------------------------- */

/**
 * gw_domain_channel_get_name:
 * @channel: a #GwDomainChannel
 *
 * Returns: (transfer none) (nullable): the name that the guest sees, such as
 *   `org.guestwire.agent.0`; %NULL for a channel of the kind `served`
 *
 * Since: 0.1
 */
const char *
gw_domain_channel_get_name (GwDomainChannel *channel)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), NULL);
  return channel->name;
}

/**
 * gw_domain_channel_get_kind:
 * @channel: a #GwDomainChannel
 *
 * Returns: (transfer none): `virtio`, `xen`, `other`, or `served` for a socket
 *   on which guestwire itself offers a channel
 *
 * Since: 0.1
 */
const char *
gw_domain_channel_get_kind (GwDomainChannel *channel)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), NULL);
  return channel->kind;
}

/**
 * gw_domain_channel_get_address:
 * @channel: a #GwDomainChannel
 *
 * Returns: (transfer none) (nullable): how to reach it; %NULL while the domain
 *   is off, and for what Guestwire cannot open
 *
 * Since: 0.1
 */
GwAddress *
gw_domain_channel_get_address (GwDomainChannel *channel)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), NULL);
  return channel->address;
}

/**
 * gw_domain_channel_get_state:
 * @channel: a #GwDomainChannel
 *
 * Returns: what the host's end was at
 *
 * Since: 0.1
 */
GwDomainChannelState
gw_domain_channel_get_state (GwDomainChannel *channel)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), GW_DOMAIN_CHANNEL_UNKNOWN);
  return channel->state;
}

/**
 * gw_domain_channel_get_holder_pid:
 * @channel: a #GwDomainChannel
 *
 * Returns: the process that holds it; 0 if nobody does, or if this user may
 *   not know
 *
 * Since: 0.1
 */
GPid
gw_domain_channel_get_holder_pid (GwDomainChannel *channel)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), 0);
  return channel->holder_pid;
}

/**
 * gw_domain_channel_get_holder_name:
 * @channel: a #GwDomainChannel
 *
 * Returns: (transfer none) (nullable) (type filename): the name of that
 *   process's program, cut at 15 bytes; %NULL where there is none or it is not
 *   known
 *
 * Since: 0.1
 */
const char *
gw_domain_channel_get_holder_name (GwDomainChannel *channel)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), NULL);
  return channel->holder_name;
}

/**
 * gw_domain_channel_get_guest_open:
 * @channel: a #GwDomainChannel
 * @is_open: (out) (optional): whether a program in the guest had it open
 *
 * Returns: whether that is known
 *
 * Since: 0.1
 */
gboolean
gw_domain_channel_get_guest_open (GwDomainChannel *channel, gboolean *is_open)
{
  g_return_val_if_fail (GW_IS_DOMAIN_CHANNEL (channel), FALSE);
  if (is_open != NULL)
    *is_open = channel->guest_open == TRUE;
  return channel->guest_open >= 0;
}

/* --- A domain ----------------------------------------------------------- */

/**
 * gw_domain_get_name:
 * @domain: a #GwDomain
 *
 * Returns: (transfer none) (type filename): its name, or what of it is known
 *
 * Since: 0.1
 */
const char *
gw_domain_get_name (GwDomain *domain)
{
  g_return_val_if_fail (GW_IS_DOMAIN (domain), NULL);
  return domain->name;
}

/**
 * gw_domain_get_uuid:
 * @domain: a #GwDomain
 *
 * Returns: (transfer none) (nullable): its UUID, if it is known
 *
 * Since: 0.1
 */
const char *
gw_domain_get_uuid (GwDomain *domain)
{
  g_return_val_if_fail (GW_IS_DOMAIN (domain), NULL);
  return domain->uuid;
}

/**
 * gw_domain_get_id:
 * @domain: a #GwDomain
 *
 * Returns: (transfer none) (nullable): its manager's number for it, if it has
 *   one: libvirt gives one while it runs
 *
 * Since: 0.1
 */
const char *
gw_domain_get_id (GwDomain *domain)
{
  g_return_val_if_fail (GW_IS_DOMAIN (domain), NULL);
  return domain->id;
}

/**
 * gw_domain_get_manager:
 * @domain: a #GwDomain
 *
 * Returns: (transfer none): who runs it: `libvirt`, `xen`, `proxmox`, `cloudstack`,
 *   `vdsm`, or `guestwire` where only a socket of guestwire's is known. More
 *   may come.
 *
 * Since: 0.1
 */
const char *
gw_domain_get_manager (GwDomain *domain)
{
  g_return_val_if_fail (GW_IS_DOMAIN (domain), NULL);
  return domain->manager;
}

/**
 * gw_domain_get_state:
 * @domain: a #GwDomain
 *
 * Returns: what it was at
 *
 * Since: 0.1
 */
GwDomainState
gw_domain_get_state (GwDomain *domain)
{
  g_return_val_if_fail (GW_IS_DOMAIN (domain), GW_DOMAIN_UNKNOWN);
  return domain->state;
}

/**
 * gw_domain_get_channels:
 * @domain: a #GwDomain
 *
 * Returns: (transfer none) (element-type GwDomainChannel): its channels
 *
 * Since: 0.1
 */
GPtrArray *
gw_domain_get_channels (GwDomain *domain)
{
  g_return_val_if_fail (GW_IS_DOMAIN (domain), NULL);
  return domain->channels;
}
