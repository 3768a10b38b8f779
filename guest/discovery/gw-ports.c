/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all kinds of discovery have in common: a table of what is there, and
 * the telling of it. Finds nothing itself, and opens no port. */

#include "gw-ports.h"

typedef struct
{
  GHashTable *ports; /* device node -> name */
} GwPortsPrivate;

enum
{
  APPEARED,
  VANISHED,
  STIRRED,
  SIGNALS,
};

static guint signals[SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GwPorts, gw_ports, G_TYPE_OBJECT)

static GHashTable *
table_of (GwPorts *ports)
{
  GwPortsPrivate *private = gw_ports_get_instance_private (ports);

  return private->ports;
}

/* One that is there already stays what it is. */
void
gw_ports_add (GwPorts *ports, const char *name, const char *devnode)
{
  if (g_hash_table_contains (table_of (ports), devnode))
    return;
  g_hash_table_insert (table_of (ports), g_strdup (devnode), g_strdup (name));
  g_debug ("port %s is %s", name, devnode);
  g_signal_emit (ports, signals[APPEARED], 0, name, devnode);
}

void
gw_ports_remove (GwPorts *ports, const char *devnode)
{
  g_autofree char *node = NULL;
  g_autofree char *name = NULL;

  if (!g_hash_table_steal_extended (table_of (ports), devnode, (gpointer *) &node, (gpointer *) &name))
    return;
  g_debug ("port %s (%s) is gone", name, node);
  g_signal_emit (ports, signals[VANISHED], 0, name, node);
}

void
gw_ports_remove_all (GwPorts *ports)
{
  g_autoptr (GList) nodes = g_hash_table_get_keys (table_of (ports));

  for (GList *link = nodes; link != NULL; link = link->next)
    gw_ports_remove (ports, link->data);
}

void
gw_ports_stir (GwPorts *ports, const char *devnode)
{
  const char *name = g_hash_table_lookup (table_of (ports), devnode);

  if (name != NULL)
    g_signal_emit (ports, signals[STIRRED], 0, name, devnode);
}

/* Calls @func for each named port that is there. */
void
gw_ports_foreach (GwPorts *ports, GwPortsFunc func, gpointer data)
{
  GHashTableIter iter;
  gpointer devnode, name;

  g_hash_table_iter_init (&iter, table_of (ports));
  while (g_hash_table_iter_next (&iter, &devnode, &name))
    func (name, devnode, data);
}

/**
 * gw_ports_doubt:
 * @devnode: one that was announced, and is not there when it is opened
 *
 * Looks again; what was wrong vanishes, and appears where it is.
 */
void
gw_ports_doubt (GwPorts *ports, const char *devnode)
{
  GwPortsClass *class = GW_PORTS_GET_CLASS (ports);

  if (class->doubt != NULL)
    class->doubt (ports, devnode);
}

static void
gw_ports_finalize (GObject *object)
{
  g_hash_table_unref (table_of (GW_PORTS (object)));
  G_OBJECT_CLASS (gw_ports_parent_class)->finalize (object);
}

static guint
new_signal (const char *name)
{
  return g_signal_new (name, GW_TYPE_PORTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING,
                       G_TYPE_STRING);
}

static void
gw_ports_class_init (GwPortsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_ports_finalize;
  signals[APPEARED] = new_signal ("appeared");
  signals[VANISHED] = new_signal ("vanished");
  signals[STIRRED] = new_signal ("stirred");
}

static void
gw_ports_init (GwPorts *ports)
{
  GwPortsPrivate *private = gw_ports_get_instance_private (ports);

  private->ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
