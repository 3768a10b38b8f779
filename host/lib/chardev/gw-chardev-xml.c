/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes character devices as libvirt's XML, in libvirt's own order of elements
 * and attributes: reading what was written gives the same devices again. */

#include "gw-chardev-writer.h"

static void
add (GString *text, const char *attribute, const char *value)
{
  g_autofree char *safe = value != NULL ? g_markup_escape_text (value, -1) : NULL;

  if (safe != NULL)
    g_string_append_printf (text, " %s='%s'", attribute, safe);
}

static void
add_number (GString *text, const char *attribute, int value)
{
  if (value >= 0)
    g_string_append_printf (text, " %s='%d'", attribute, value);
}

static void
add_switch (GString *text, const char *attribute, GwChardevSwitch value, const char *on, const char *off)
{
  if (value != GW_CHARDEV_SWITCH_UNSET)
    add (text, attribute, value == GW_CHARDEV_SWITCH_ON ? on : off);
}

/* --- <source> ----------------------------------------------------------- */

static void
write_end_of_source (GString *text, const GwChardev *device)
{
  if (device->reconnect < 0)
    g_string_append (text, "/>\n");
  else if (device->reconnect == 0)
    g_string_append (text, ">\n    <reconnect enabled='no'/>\n  </source>\n");
  else
    g_string_append_printf (text, ">\n    <reconnect enabled='yes' timeout='%d'/>\n  </source>\n", device->reconnect);
}

static void
write_socket (GString *text, const GwChardev *device)
{
  g_string_append (text, "  <source");
  add (text, "mode", device->mode == GW_CHARDEV_MODE_BIND ? "bind" : "connect");
  if (device->kind == GW_CHARDEV_KIND_UNIX)
    add (text, "path", device->path);
  else
    {
      /* What listens nowhere in particular listens everywhere; what connects there connects to itself. */
      const char *any = device->mode == GW_CHARDEV_MODE_BIND ? "" : "localhost";

      add (text, "host", device->host != NULL && *device->host != '\0' ? device->host : any);
      add (text, "service", device->service);
      add_switch (text, "tls", device->tls, "yes", "no");
    }
  write_end_of_source (text, device);
  if (device->kind == GW_CHARDEV_KIND_TCP)
    g_string_append_printf (text, "  <protocol type='%s'/>\n", device->telnet ? "telnet" : "raw");
}

static void
write_udp (GString *text, const GwChardev *device)
{
  if (device->bind_host != NULL || device->bind_service != NULL)
    {
      g_string_append (text, "  <source mode='bind'");
      add (text, "host", device->bind_host);
      add (text, "service", device->bind_service);
      g_string_append (text, "/>\n");
    }
  g_string_append (text, "  <source mode='connect'");
  add (text, "host", device->host);
  add (text, "service", device->service);
  g_string_append (text, "/>\n");
}

static void
write_vdagent (GString *text, const GwChardev *device)
{
  if (device->clipboard == GW_CHARDEV_SWITCH_UNSET && device->mouse == GW_CHARDEV_SWITCH_UNSET)
    return;
  g_string_append (text, "  <source>\n");
  if (device->clipboard != GW_CHARDEV_SWITCH_UNSET)
    g_string_append_printf (text, "    <clipboard copypaste='%s'/>\n", device->clipboard == GW_CHARDEV_SWITCH_ON ? "yes" : "no");
  if (device->mouse != GW_CHARDEV_SWITCH_UNSET)
    g_string_append_printf (text, "    <mouse mode='%s'/>\n", device->mouse == GW_CHARDEV_SWITCH_ON ? "client" : "server");
  g_string_append (text, "  </source>\n");
}

/* One element with what there is of these. */
static void
write_plain (GString *text, const GwChardev *device)
{
  g_string_append (text, "  <source");
  add (text, "path", device->path);
  add_switch (text, "append", device->append, "on", "off");
  add (text, "channel", device->source_channel);
  add (text, "master", device->master);
  add (text, "slave", device->slave);
  g_string_append (text, "/>\n");
}

static void
write_source (GString *text, const GwChardev *device)
{
  switch (device->kind)
    {
    case GW_CHARDEV_KIND_NULL:
    case GW_CHARDEV_KIND_VC:
    case GW_CHARDEV_KIND_STDIO:
    case GW_CHARDEV_KIND_SPICEVMC:
      return;
    case GW_CHARDEV_KIND_UNIX:
      /* libvirt makes up a path where there is none. */
      if (device->path == NULL)
        return;
      write_socket (text, device);
      return;
    case GW_CHARDEV_KIND_TCP:
      write_socket (text, device);
      return;
    case GW_CHARDEV_KIND_UDP:
      write_udp (text, device);
      return;
    case GW_CHARDEV_KIND_QEMU_VDAGENT:
      write_vdagent (text, device);
      return;
    case GW_CHARDEV_KIND_PTY:
      if (device->path == NULL)
        return;
      write_plain (text, device);
      return;
    case GW_CHARDEV_KIND_DEV:
    case GW_CHARDEV_KIND_FILE:
    case GW_CHARDEV_KIND_PIPE:
    case GW_CHARDEV_KIND_SPICEPORT:
    case GW_CHARDEV_KIND_DBUS:
    case GW_CHARDEV_KIND_NMDM:
      write_plain (text, device);
      return;
    }
}

/* --- The rest ----------------------------------------------------------- */

static void
write_target (GString *text, const GwChardev *device)
{
  if (device->target_type == NULL && device->target_port < 0 && device->target_name == NULL && device->target_model == NULL)
    return;
  g_string_append (text, "  <target");
  add (text, "type", device->target_type);
  add (text, "address", device->target_host);
  add (text, "name", device->target_name);
  add_number (text, "port", device->target_port);
  if (device->target_model == NULL)
    {
      g_string_append (text, "/>\n");
      return;
    }
  g_string_append (text, ">\n    <model");
  add (text, "name", device->target_model);
  g_string_append (text, "/>\n  </target>\n");
}

static void
write_address (GString *text, const GwChardev *device)
{
  if (device->address_type == NULL)
    return;
  g_string_append (text, "  <address");
  add (text, "type", device->address_type);
  add_number (text, "controller", device->controller);
  add_number (text, "bus", device->bus);
  add_number (text, "port", device->port);
  for (guint i = 0; i < device->address->len; i++)
    {
      const GwChardevAttribute *attribute = g_ptr_array_index (device->address, i);

      add (text, attribute->name, attribute->value);
    }
  g_string_append (text, "/>\n");
}

static gboolean
check (GwChardevWriter *writer, const GwChardev *device, GError **error)
{
  g_autofree char *path = NULL;

  /* libvirt runs QEMU on no host with Windows. */
  if (device->kind == GW_CHARDEV_KIND_DEV)
    {
      path = gw_chardev_writer_path (writer, device, error);
      if (path == NULL)
        return FALSE;
    }
  if (device->wait
      && !gw_chardev_writer_leave_out (writer, device, error,
                                       "without <nowait/> the guest waits for somebody to connect, and with libvirt it "
                                       "never does"))
    return FALSE;
  return !device->nodelay
         || gw_chardev_writer_leave_out (writer, device, error, "libvirt's XML has no place for <nodelay/>");
}

static void
write_device (GString *text, const GwChardev *device)
{
  const char *name = gw_chardev_device_to_string (device->device);
  GString *inner = g_string_new (NULL);

  write_source (inner, device);
  if (device->log_path != NULL)
    {
      g_string_append (inner, "  <log");
      add (inner, "file", device->log_path);
      add_switch (inner, "append", device->log_append, "on", "off");
      g_string_append (inner, "/>\n");
    }
  write_target (inner, device);
  if (device->alias != NULL)
    {
      g_string_append (inner, "  <alias");
      add (inner, "name", device->alias);
      g_string_append (inner, "/>\n");
    }
  write_address (inner, device);
  g_string_append_printf (text, "<%s type='%s'", name, gw_chardev_kind_to_string (device->kind));
  if (inner->len > 0)
    g_string_append_printf (text, ">\n%s</%s>\n", inner->str, name);
  else
    g_string_append (text, "/>\n");
  g_string_free (inner, TRUE);
}

/**
 * gw_chardev_write_xml:
 * @devices: (element-type GwChardev): what gw_chardev_read_xml() has read
 * @flags: %GW_CHARDEV_WRITE_LOSSY, or none
 * @notes: (out) (optional) (transfer full) (array zero-terminated=1): what there
 *   is to tell of what was written, a line each
 *
 * Writes devices as libvirt has them today, one element after the other, for a
 * domain's `<devices>`. What libvirt has no place for, as `<nodelay/>` of the
 * RFC's form, is an error.
 *
 * Returns: (transfer full): the XML, or %NULL with an error set:
 *   %GW_ERROR_LOSSY for what %GW_CHARDEV_WRITE_LOSSY would leave out
 *
 * Since: 0.1
 */
char *
gw_chardev_write_xml (GPtrArray *devices, GwChardevWriteFlags flags, char ***notes, GError **error)
{
  g_auto (GwChardevWriter) writer = { 0 };
  g_autoptr (GString) text = NULL;

  g_return_val_if_fail (devices != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!gw_chardev_writer_init (&writer, devices, NULL, flags, error))
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (!check (&writer, device, error))
        return NULL;
      write_device (text, device);
    }
  if (notes != NULL)
    *notes = gw_chardev_writer_take_notes (&writer);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
