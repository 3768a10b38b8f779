/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-ports.h"

G_BEGIN_DECLS

/* The named virtio-serial ports of this guest. */
#define GW_TYPE_VIRTIO_PORTS (gw_virtio_ports_get_type ())
G_DECLARE_FINAL_TYPE (GwVirtioPorts, gw_virtio_ports, GW, VIRTIO_PORTS, GwPorts)

GwVirtioPorts *gw_virtio_ports_new (void);
gboolean gw_virtio_ports_start (GwVirtioPorts *ports, GError **error);

G_END_DECLS
