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
  GwPorts parent_instance;

  struct udev *udev;
  struct udev_monitor *monitor;
  guint monitor_source;
};

G_DEFINE_TYPE (GwVirtioPorts, gw_virtio_ports, GW_TYPE_PORTS)

static void
add_port (GwVirtioPorts *ports, struct udev_device *device)
{
  const char *devnode = udev_device_get_devnode (device);
  const char *name = udev_device_get_sysattr_value (device, "name");

  /* The name comes after the add event, with a change event. */
  if (devnode != NULL && name != NULL && *name != '\0')
    gw_ports_add (GW_PORTS (ports), name, devnode);
}

static void
remove_port (GwVirtioPorts *ports, struct udev_device *device)
{
  const char *devnode = udev_device_get_devnode (device);

  if (devnode != NULL)
    gw_ports_remove (GW_PORTS (ports), devnode);
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
  gw_ports_remove_all (GW_PORTS (ports));
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
    remove_port (ports, device);
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

static void
gw_virtio_ports_finalize (GObject *object)
{
  GwVirtioPorts *ports = GW_VIRTIO_PORTS (object);

  g_clear_handle_id (&ports->monitor_source, g_source_remove);
  g_clear_pointer (&ports->monitor, udev_monitor_unref);
  g_clear_pointer (&ports->udev, udev_unref);
  G_OBJECT_CLASS (gw_virtio_ports_parent_class)->finalize (object);
}

static void
gw_virtio_ports_class_init (GwVirtioPortsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_virtio_ports_finalize;
}

static void
gw_virtio_ports_init (GwVirtioPorts *ports)
{
}

GwVirtioPorts *
gw_virtio_ports_new (void)
{
  return g_object_new (GW_TYPE_VIRTIO_PORTS, NULL);
}
