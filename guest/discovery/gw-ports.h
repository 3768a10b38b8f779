/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The named ports of this guest that one kind of discovery has found.
 *
 * Signals, each with the port's name and its device node:
 *   "appeared", "vanished"
 *   "stirred": something about it has changed that may have hung it up */
#define GW_TYPE_PORTS (gw_ports_get_type ())
G_DECLARE_DERIVABLE_TYPE (GwPorts, gw_ports, GW, PORTS, GObject)

struct _GwPortsClass
{
  GObjectClass parent_class;

  /* The device node of a port does not open. Optional. */
  void (*doubt) (GwPorts *ports, const char *devnode);
};

typedef void (*GwPortsFunc) (const char *name, const char *devnode, gpointer data);

void gw_ports_foreach (GwPorts *ports, GwPortsFunc func, gpointer data);
void gw_ports_doubt (GwPorts *ports, const char *devnode);

/* For those who find them. */
void gw_ports_add (GwPorts *ports, const char *name, const char *devnode);
void gw_ports_remove (GwPorts *ports, const char *devnode);
void gw_ports_remove_all (GwPorts *ports);
void gw_ports_stir (GwPorts *ports, const char *devnode);

G_END_DECLS
