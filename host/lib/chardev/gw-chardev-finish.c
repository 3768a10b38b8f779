/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a machine's devices are among each other: which <console> is only the
 * first serial port again, which number a port gets, and which two are in each
 * other's way. */

#include "gw-chardev-read.h"

#include "gw-limits.h"

static gboolean
fail (const GwChardev *device, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const GwChardev *device, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "line %u: %s: %s", device->line, device->origin, text);
  return FALSE;
}

/* --- Consoles ----------------------------------------------------------- */

/* A paravirtualised guest of Xen has no serial ports. */
static const char *
default_console (const GwChardevTree *tree)
{
  gboolean is_xen = g_strcmp0 (tree->domain_type, "xen") == 0;

  return is_xen && tree->os_type != NULL && !g_str_equal (tree->os_type, "hvm") ? "xen" : "serial";
}

/* @form: what it was read in, or any */
static gboolean
has_serial (GPtrArray *devices, GwChardevForm form)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device == GW_CHARDEV_DEVICE_SERIAL && (form == GW_CHARDEV_FORM_ANY || device->form == form))
        return TRUE;
    }
  return FALSE;
}

static GwChardev *
next_console (GPtrArray *devices, guint *at)
{
  for (; *at < devices->len; (*at)++)
    {
      GwChardev *device = g_ptr_array_index (devices, *at);

      if (device->device == GW_CHARDEV_DEVICE_CONSOLE)
        return device;
    }
  return NULL;
}

/* The first console may be a serial port: libvirt shows the first one again as
 * such, and takes it for one if there is none. */
static gboolean
settle_consoles (const GwChardevTree *tree, GPtrArray *devices, GError **error)
{
  gboolean is_first = TRUE;
  GwChardev *console;

  for (guint i = 0; (console = next_console (devices, &i)) != NULL; is_first = FALSE)
    {
      if (console->target_type == NULL)
        console->target_type = g_strdup (default_console (tree));
      if (!g_str_equal (console->target_type, "serial"))
        i++;
      else if (!is_first)
        return fail (console, error, "only the first console can be a serial port; say <target type='virtio'/>, or <serial>");
      else if (has_serial (devices, GW_CHARDEV_FORM_LIBVIRT))
        g_ptr_array_remove_index (devices, i);
      else
        {
          console->device = GW_CHARDEV_DEVICE_SERIAL;
          console->target_port = -1;
          g_clear_pointer (&console->target_type, g_free);
        }
    }
  return TRUE;
}

/* --- Numbers ------------------------------------------------------------ */

/* By their order, whatever they say, as libvirt does. The first serial port is
 * console 0 there; Xen has its own consoles beside it. */
static void
number_consoles (GPtrArray *devices)
{
  int port = has_serial (devices, GW_CHARDEV_FORM_ANY) ? 1 : 0;
  int xen_port = 0;
  GwChardev *console;

  for (guint i = 0; (console = next_console (devices, &i)) != NULL; i++)
    console->target_port = g_str_equal (console->target_type, "xen") ? xen_port++ : port++;
}

/* Whose ports have numbers of their own: those of ISA, and of each other bus. */
static const char *
bus_of (const GwChardev *device)
{
  return device->target_type != NULL ? device->target_type : "isa-serial";
}

static gboolean
is_taken (GPtrArray *devices, const GwChardev *device, int port)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *other = g_ptr_array_index (devices, i);

      if (other->device == device->device && other->target_port == port && g_str_equal (bus_of (other), bus_of (device)))
        return TRUE;
    }
  return FALSE;
}

static int
behind_all (GPtrArray *devices, GwChardevDevice kind)
{
  int next = 0;

  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device == kind)
        next = MAX (next, device->target_port + 1);
    }
  return next;
}

static void
take_free_port (GPtrArray *devices, GwChardev *device, int count)
{
  for (int port = 0; port < count; port++)
    if (!is_taken (devices, device, port))
      {
        device->target_port = port;
        return;
      }
}

static void
number_isa_ports (GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    {
      GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device == GW_CHARDEV_DEVICE_SERIAL && device->target_port < 0 && g_strcmp0 (device->target_type, "isa-serial") == 0)
        take_free_port (devices, device, GW_CHARDEV_SERIAL_PORTS);
    }
}

/* libvirt 9.0 calls each one 0 that has no number, and lets QEMU count: so does this. */
static void
number_parallel_ports (GPtrArray *devices)
{
  gboolean is_first = TRUE;

  for (guint i = 0; i < devices->len; i++)
    {
      GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device != GW_CHARDEV_DEVICE_PARALLEL)
        continue;
      if (device->target_port < 0 || (device->target_port == 0 && !is_first))
        take_free_port (devices, device, GW_CHARDEV_PARALLEL_PORTS);
      is_first = is_first && device->target_port != 0;
    }
}

/* As libvirt 9.0 counts: one that is said to be ISA's gets the first of ISA's ports
 * that is free, and then each other one that which follows the highest of all. */
static gboolean
number_ports (GPtrArray *devices, GwChardevDevice kind, GError **error)
{
  if (kind == GW_CHARDEV_DEVICE_SERIAL)
    number_isa_ports (devices);
  else
    number_parallel_ports (devices);
  for (guint i = 0; i < devices->len; i++)
    {
      GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device != kind || device->target_port >= 0)
        continue;
      device->target_port = behind_all (devices, kind);
      if (device->target_port > GW_CHARDEV_TARGET_PORT_MAX)
        return fail (device, error, "no port is left behind the last, %d: say which one it is, with <target port='…'/>",
                     GW_CHARDEV_TARGET_PORT_MAX);
    }
  return TRUE;
}

/* --- Twins -------------------------------------------------------------- */

/* Each of these returns: (nullable): what no two devices may share */

static char *
port_of (const GwChardev *device)
{
  gboolean is_parallel = device->device == GW_CHARDEV_DEVICE_PARALLEL;
  const char *bus = bus_of (device);

  if (!is_parallel && device->device != GW_CHARDEV_DEVICE_SERIAL)
    return NULL;
  return g_strdup_printf ("%s port %d", is_parallel ? "parallel" : g_str_equal (bus, "isa-serial") ? "serial" : bus, device->target_port);
}

static char *
virtio_place (const GwChardev *device)
{
  if (device->port < 0)
    return NULL;
  return g_strdup_printf ("port %d of virtio-serial%d.%d", device->port, device->controller, device->bus);
}

/* As SPICE's ports are called where nobody says otherwise. */
static char *
virtio_name (const GwChardev *device)
{
  gboolean is_spice = device->kind == GW_CHARDEV_KIND_SPICEVMC || device->kind == GW_CHARDEV_KIND_QEMU_VDAGENT;
  const char *name = device->target_name != NULL ? device->target_name : is_spice ? "com.redhat.spice.0" : NULL;

  if (name == NULL || device->device != GW_CHARDEV_DEVICE_CHANNEL || g_strcmp0 (device->target_type, "virtio") != 0)
    return NULL;
  return g_strdup_printf ("the name '%s'", name);
}

static char *
alias_of (const GwChardev *device)
{
  return device->alias != NULL ? g_strdup_printf ("the alias '%s'", device->alias) : NULL;
}

/* QEMU takes a path from the socket that has it already, without a word, and shares a
 * port of UDP. Port 0 is any. */
static char *
listening_place (const GwChardev *device)
{
  const char *host = device->kind == GW_CHARDEV_KIND_UDP ? device->bind_host : device->host;
  const char *service = device->kind == GW_CHARDEV_KIND_UDP ? device->bind_service : device->service;

  if (device->kind == GW_CHARDEV_KIND_UNIX && device->mode == GW_CHARDEV_MODE_BIND && device->path != NULL)
    return g_strdup_printf ("the socket '%s'", device->path);
  if (service == NULL || g_str_equal (service, "0"))
    return NULL;
  if (device->kind == GW_CHARDEV_KIND_UDP || (device->kind == GW_CHARDEV_KIND_TCP && device->mode == GW_CHARDEV_MODE_BIND))
    return g_strdup_printf ("%s port %s of '%s'", gw_chardev_kind_to_string (device->kind), service, host != NULL ? host : "");
  return NULL;
}

static gboolean
refuse_twins (GPtrArray *devices, char *(*describe) (const GwChardev *device), GError **error)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);
      g_autofree char *text = describe (device);
      gpointer other = text != NULL ? g_hash_table_lookup (lines, text) : NULL;

      if (other != NULL)
        return fail (device, error, "%s is that of line %u, too", text, GPOINTER_TO_UINT (other));
      if (text != NULL)
        g_hash_table_insert (lines, g_steal_pointer (&text), GUINT_TO_POINTER (device->line));
    }
  return TRUE;
}

gboolean
gw_chardev_finish (const GwChardevTree *tree, GPtrArray *devices, GError **error)
{
  if (!settle_consoles (tree, devices, error))
    return FALSE;
  number_consoles (devices);
  return number_ports (devices, GW_CHARDEV_DEVICE_SERIAL, error)
         && number_ports (devices, GW_CHARDEV_DEVICE_PARALLEL, error) && refuse_twins (devices, port_of, error)
         && refuse_twins (devices, virtio_place, error) && refuse_twins (devices, virtio_name, error)
         && refuse_twins (devices, alias_of, error) && refuse_twins (devices, listening_place, error);
}
