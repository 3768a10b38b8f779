/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the consoles that Xen has given to this guest: the kernel's events
 * tell which there are, the store how they are called, and gw-hvc which
 * terminal each one has. Listens to the kernel itself, so it works the same
 * where no udevd runs. Opens no port, unless one is doubted. */

#include "gw-xen-consoles.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <libudev.h>

#include "gw-limits.h"
#include "gw-xen-console.h"

struct _GwXenConsoles
{
  GwPorts parent_instance;

  GwXenstore *store; /* NULL where there is no Xen */
  struct udev *udev;
  struct udev_monitor *monitor;
  guint monitor_source;
  GPtrArray *consoles; /* of GwXenConsole* */
};

G_DEFINE_TYPE (GwXenConsoles, gw_xen_consoles, GW_TYPE_PORTS)

/* --- What is announced --------------------------------------------------- */

static char *
devnode_of (const GwXenConsole *console, guint64 taken)
{
  guint number = console->place.hvc;

  if (console->name == NULL || number == 0 || (taken & GW_HVC_BIT (number)) != 0)
    return NULL;
  return g_strdup_printf ("/dev/hvc%u", number);
}

static void
withdraw (GwXenConsoles *self, GwXenConsole *console)
{
  g_autofree char *devnode = g_steal_pointer (&console->devnode);

  g_clear_pointer (&console->announced, g_free);
  if (devnode != NULL)
    gw_ports_remove (GW_PORTS (self), devnode);
}

static void
withdraw_changed (GwXenConsoles *self, guint64 taken)
{
  for (guint i = 0; i < self->consoles->len; i++)
    {
      GwXenConsole *console = self->consoles->pdata[i];
      g_autofree char *devnode = devnode_of (console, taken);

      if (g_strcmp0 (devnode, console->devnode) != 0 || g_strcmp0 (console->name, console->announced) != 0)
        withdraw (self, console);
    }
}

static void
announce_new (GwXenConsoles *self, guint64 taken)
{
  for (guint i = 0; i < self->consoles->len; i++)
    {
      GwXenConsole *console = self->consoles->pdata[i];

      if (console->devnode != NULL)
        continue;
      console->devnode = devnode_of (console, taken);
      if (console->devnode == NULL)
        continue;
      console->announced = g_strdup (console->name);
      gw_ports_add (GW_PORTS (self), console->name, console->devnode);
    }
}

/* --- Which terminal is whose --------------------------------------------- */

/* Those that have a terminal. It is there by the time the event channel is in
 * the store. */
static GPtrArray *
get_places (GwXenConsoles *self)
{
  GPtrArray *places = g_ptr_array_new ();

  for (guint i = 0; i < self->consoles->len; i++)
    {
      GwXenConsole *console = self->consoles->pdata[i];

      if (!gw_xen_console_is_bound (console))
        console->place = (GwHvcPlace){ .port = GW_HVC_PORT_UNKNOWN, .made = console->place.made };
      else if (console->place.hvc != 0 || console->place.port != GW_HVC_PORT_UNKNOWN)
        g_ptr_array_add (places, &console->place);
    }
  return places;
}

/* Who comes first is seen only when all are known. */
static gboolean
all_are_known (GwXenConsoles *self)
{
  for (guint i = 0; i < self->consoles->len; i++)
    {
      const GwXenConsole *console = self->consoles->pdata[i];

      if (!console->known || (console->place.hvc == 0 && gw_xen_console_is_asking (console)))
        return FALSE;
    }
  return TRUE;
}

/* If not, it is called again: each one that is asked about is told of. */
static void
settle (GwXenConsoles *self, guint64 backed)
{
  guint64 taken = gw_hvc_consoles ();
  g_autoptr (GPtrArray) places = NULL;

  if (!all_are_known (self))
    return;
  places = get_places (self);
  gw_hvc_place (places, backed);
  withdraw_changed (self, taken);
  announce_new (self, taken);
}

static void
on_changed (GwXenConsole *console, gpointer data)
{
  g_autofree char *before = g_strdup (console->devnode);

  settle (data, GW_HVC_ALL);
  /* The driver writes to the store after it has hung the terminal up, as in a
   * guest that is restored. */
  if (before != NULL && g_strcmp0 (before, console->devnode) == 0)
    gw_ports_stir (data, before);
}

/* A terminal has nobody behind it: the driver has moved some of them, or we
 * were wrong. The latter cannot be said of those that do open. */
static void
doubt (GwPorts *ports, const char *devnode)
{
  GwXenConsoles *self = GW_XEN_CONSOLES (ports);
  guint64 backed = gw_hvc_probe ();
  g_autoptr (GPtrArray) places = get_places (self);
  gboolean moved = gw_hvc_replace (places, backed);

  for (guint i = 0; i < self->consoles->len && !moved; i++)
    {
      GwXenConsole *console = self->consoles->pdata[i];

      if ((backed & GW_HVC_BIT (console->place.hvc)) == 0)
        console->place.hvc = 0;
    }
  settle (self, backed);
}

/* --- Which consoles there are -------------------------------------------- */

static guint
find (GwXenConsoles *self, const char *syspath)
{
  guint i = 0;

  while (i < self->consoles->len && !g_str_equal (((GwXenConsole *) self->consoles->pdata[i])->syspath, syspath))
    i++;
  return i;
}

static void
see_device (GwXenConsoles *self, struct udev_device *device)
{
  const char *syspath = udev_device_get_syspath (device);
  const char *node = udev_device_get_sysattr_value (device, "nodename");
  guint i = find (self, syspath);

  if (!g_str_has_prefix (udev_device_get_sysname (device), "console-"))
    return;
  if (i < self->consoles->len)
    gw_xen_console_look (self->consoles->pdata[i]);
  else if (self->consoles->len >= GW_XEN_CONSOLES_MAX)
    g_warning ("%s: more consoles than are looked at", syspath);
  else if (node != NULL)
    g_ptr_array_add (self->consoles, gw_xen_console_new (self->store, syspath, node, on_changed, self));
}

static void
lose_device (GwXenConsoles *self, const char *syspath)
{
  guint i = find (self, syspath);

  if (i == self->consoles->len)
    return;
  withdraw (self, self->consoles->pdata[i]);
  g_ptr_array_remove_index (self->consoles, i);
  settle (self, GW_HVC_ALL);
}

static gboolean
enumerate (GwXenConsoles *self)
{
  struct udev_enumerate *enumeration = udev_enumerate_new (self->udev);
  struct udev_list_entry *entry;

  if (enumeration == NULL)
    return FALSE;
  udev_enumerate_add_match_subsystem (enumeration, "xen");
  udev_enumerate_scan_devices (enumeration);
  udev_list_entry_foreach (entry, udev_enumerate_get_list_entry (enumeration))
    {
      struct udev_device *device = udev_device_new_from_syspath (self->udev, udev_list_entry_get_name (entry));

      if (device == NULL)
        continue;
      see_device (self, device);
      udev_device_unref (device);
    }
  udev_enumerate_unref (enumeration);
  return TRUE;
}

/* The kernel had more to tell than we had room for. */
static void
look_again (GwXenConsoles *self)
{
  while (self->consoles->len > 0)
    lose_device (self, ((GwXenConsole *) self->consoles->pdata[0])->syspath);
  enumerate (self);
}

static gboolean
on_monitor (int fd, GIOCondition condition, gpointer data)
{
  GwXenConsoles *self = data;
  struct udev_device *device;

  errno = 0;
  device = udev_monitor_receive_device (self->monitor);
  if (device == NULL)
    {
      if (errno == ENOBUFS)
        look_again (self);
      return G_SOURCE_CONTINUE;
    }
  if (g_strcmp0 (udev_device_get_action (device), "remove") == 0)
    lose_device (self, udev_device_get_syspath (device));
  else
    see_device (self, device);
  udev_device_unref (device);
  return G_SOURCE_CONTINUE;
}

/* --- The object ---------------------------------------------------------- */

/**
 * gw_xen_consoles_start:
 *
 * Begins to watch; "appeared" is emitted from the loop, also for what is
 * there. Where there is no Xen there is nothing, and that is no error.
 */
gboolean
gw_xen_consoles_start (GwXenConsoles *self, GError **error)
{
  g_autoptr (GError) failure = NULL;

  self->store = gw_xenstore_new (&failure);
  if (self->store == NULL)
    {
      if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  self->udev = udev_new ();
  if (self->udev != NULL)
    self->monitor = udev_monitor_new_from_netlink (self->udev, "kernel");
  /* Watching begins before looking, so that nothing falls between. */
  if (self->monitor == NULL || udev_monitor_filter_add_match_subsystem_devtype (self->monitor, "xen", NULL) < 0
      || udev_monitor_enable_receiving (self->monitor) < 0 || !enumerate (self))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot watch devices: %s", g_strerror (errno));
      return FALSE;
    }
  self->monitor_source = g_unix_fd_add (udev_monitor_get_fd (self->monitor), G_IO_IN, on_monitor, self);
  return TRUE;
}

static void
gw_xen_consoles_finalize (GObject *object)
{
  GwXenConsoles *self = GW_XEN_CONSOLES (object);

  g_clear_handle_id (&self->monitor_source, g_source_remove);
  g_clear_pointer (&self->monitor, udev_monitor_unref);
  g_clear_pointer (&self->udev, udev_unref);
  g_ptr_array_unref (self->consoles);
  g_clear_pointer (&self->store, gw_xenstore_free);
  G_OBJECT_CLASS (gw_xen_consoles_parent_class)->finalize (object);
}

static void
gw_xen_consoles_class_init (GwXenConsolesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_xen_consoles_finalize;
  GW_PORTS_CLASS (class)->doubt = doubt;
}

static void
gw_xen_consoles_init (GwXenConsoles *self)
{
  self->consoles = g_ptr_array_new_with_free_func ((GDestroyNotify) gw_xen_console_free);
}

GwXenConsoles *
gw_xen_consoles_new (void)
{
  return g_object_new (GW_TYPE_XEN_CONSOLES, NULL);
}
