/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a virtio-serial port by its name. An address may also be a device
 * node. */

#include "gw-channel-named.h"

static const GwNamedKind virtio = {
  .kind = &gw_channel_virtio,
  .port_kind = GW_PORT_VIRTIO,
};

static GwChannel *
virtio_open (const char *place, const GwFound *found, GError **error)
{
  return gw_named_open (&virtio, place, found->virtio);
}

const GwChannelKind gw_channel_virtio = {
  .prefix = "virtio",
  .form = "virtio:NAME",
  .open = virtio_open,
  .free = gw_named_free,
};
