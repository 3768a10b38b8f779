/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* The named virtio-serial ports of this guest.
 *
 * Signals, each with the port's name and its device node:
 *   "appeared", "vanished" */
#define GW_TYPE_VIRTIO_PORTS (gw_virtio_ports_get_type ())
G_DECLARE_FINAL_TYPE (GwVirtioPorts, gw_virtio_ports, GW, VIRTIO_PORTS, GObject)

GwVirtioPorts *gw_virtio_ports_new (void);
gboolean gw_virtio_ports_start (GwVirtioPorts *ports, GError **error);
void gw_virtio_ports_foreach (GwVirtioPorts *ports, void (*func) (const char *name, const char *devnode, gpointer data),
                              gpointer data);

G_END_DECLS
