/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds virtio-serial ports through libudev, those that are there and those
 * that come. Listens to the kernel's own events, so it works the same where
 * no udevd runs. Opens no port. */

#include "gw-virtio-ports.h"

#include <errno.h>
#include <glib-unix.h>
#include <libudev.h>

struct _GwVirtioPorts
{
  GObject parent_instance;

  struct udev *udev;
  struct udev_monitor *monitor;
  guint monitor_source;
  GHashTable *ports; /* device node -> name */
};

enum
{
  APPEARED,
  VANISHED,
  SIGNALS,
};

static guint signals[SIGNALS];

G_DEFINE_TYPE (GwVirtioPorts, gw_virtio_ports, G_TYPE_OBJECT)

static void
add_port (GwVirtioPorts *ports, struct udev_device *device)
{
  const char *devnode = udev_device_get_devnode (device);
  const char *name = udev_device_get_sysattr_value (device, "name");

  /* The name comes after the add event, with a change event. */
  if (devnode == NULL || name == NULL || *name == '\0' || g_hash_table_contains (ports->ports, devnode))
    return;
  g_hash_table_insert (ports->ports, g_strdup (devnode), g_strdup (name));
  g_debug ("port %s is %s", name, devnode);
  g_signal_emit (ports, signals[APPEARED], 0, name, devnode);
}

static void
remove_port (GwVirtioPorts *ports, const char *node)
{
  g_autofree char *devnode = NULL;
  g_autofree char *name = NULL;

  if (node == NULL
      || !g_hash_table_steal_extended (ports->ports, node, (gpointer *) &devnode, (gpointer *) &name))
    return;
  g_debug ("port %s (%s) is gone", name, devnode);
  g_signal_emit (ports, signals[VANISHED], 0, name, devnode);
}

static gboolean
enumerate (GwVirtioPorts *ports)
{
  struct udev_enumerate *enumeration = udev_enumerate_new (ports->udev);
  struct udev_list_entry *entry;

  if (enumeration == NULL)
    return FALSE;
  udev_enumerate_add_match_subsystem (enumeration, "virtio-ports");
  udev_enumerate_scan_devices (enumeration);
  udev_list_entry_foreach (entry, udev_enumerate_get_list_entry (enumeration))
    {
      struct udev_device *device = udev_device_new_from_syspath (ports->udev, udev_list_entry_get_name (entry));

      if (device == NULL)
        continue;
      add_port (ports, device);
      udev_device_unref (device);
    }
  udev_enumerate_unref (enumeration);
  return TRUE;
}

/* The kernel had more to tell than we had room for. What went and what came
 * in its place cannot be told apart, so all went and came. */
static void
look_again (GwVirtioPorts *ports)
{
  g_autoptr (GList) nodes = g_hash_table_get_keys (ports->ports);

  for (GList *link = nodes; link != NULL; link = link->next)
    remove_port (ports, link->data);
  enumerate (ports);
}

static gboolean
on_monitor (int fd, GIOCondition condition, gpointer data)
{
  GwVirtioPorts *ports = data;
  struct udev_device *device;

  errno = 0;
  device = udev_monitor_receive_device (ports->monitor);
  if (device == NULL)
    {
      if (errno == ENOBUFS)
        look_again (ports);
      return G_SOURCE_CONTINUE;
    }
  if (g_strcmp0 (udev_device_get_action (device), "remove") == 0)
    remove_port (ports, udev_device_get_devnode (device));
  else
    add_port (ports, device);
  udev_device_unref (device);
  return G_SOURCE_CONTINUE;
}

/**
 * gw_virtio_ports_start:
 *
 * Emits "appeared" for each port that is there, and begins to watch.
 */
gboolean
gw_virtio_ports_start (GwVirtioPorts *ports, GError **error)
{
  ports->udev = udev_new ();
  if (ports->udev != NULL)
    ports->monitor = udev_monitor_new_from_netlink (ports->udev, "kernel");
  /* Watching begins before looking, so that nothing falls between. */
  if (ports->monitor == NULL
      || udev_monitor_filter_add_match_subsystem_devtype (ports->monitor, "virtio-ports", NULL) < 0
      || udev_monitor_enable_receiving (ports->monitor) < 0 || !enumerate (ports))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot watch devices: %s", g_strerror (errno));
      return FALSE;
    }
  ports->monitor_source = g_unix_fd_add (udev_monitor_get_fd (ports->monitor), G_IO_IN, on_monitor, ports);
  return TRUE;
}

/* Calls @func for each named port that is there. */
void
gw_virtio_ports_foreach (GwVirtioPorts *ports, void (*func) (const char *name, const char *devnode, gpointer data),
                         gpointer data)
{
  GHashTableIter iter;
  gpointer devnode, name;

  g_hash_table_iter_init (&iter, ports->ports);
  while (g_hash_table_iter_next (&iter, &devnode, &name))
    func (name, devnode, data);
}

static void
gw_virtio_ports_finalize (GObject *object)
{
  GwVirtioPorts *ports = GW_VIRTIO_PORTS (object);

  g_clear_handle_id (&ports->monitor_source, g_source_remove);
  g_clear_pointer (&ports->monitor, udev_monitor_unref);
  g_clear_pointer (&ports->udev, udev_unref);
  g_hash_table_unref (ports->ports);
  G_OBJECT_CLASS (gw_virtio_ports_parent_class)->finalize (object);
}

static void
gw_virtio_ports_class_init (GwVirtioPortsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_virtio_ports_finalize;
  signals[APPEARED] = g_signal_new ("appeared", GW_TYPE_VIRTIO_PORTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[VANISHED] = g_signal_new ("vanished", GW_TYPE_VIRTIO_PORTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
gw_virtio_ports_init (GwVirtioPorts *ports)
{
  ports->ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

GwVirtioPorts *
gw_virtio_ports_new (void)
{
  return g_object_new (GW_TYPE_VIRTIO_PORTS, NULL);
}
