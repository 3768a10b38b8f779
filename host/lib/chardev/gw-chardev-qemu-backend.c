/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind QEMU's -chardev: the host's end of a device, as keys and
 * values (QEMU: qemu-options.hx). Knows no device of a guest. */

#include "gw-chardev-writer.h"

#define RECONNECT_MS GW_CHARDEV_VERSION (9, 2)

/* A comma ends a value, and two of them are one in it. */
void
gw_chardev_append_value (GString *text, const char *key, const char *value)
{
  g_string_append_printf (text, ",%s=", key);
  for (; value != NULL && *value != '\0'; value++)
    g_string_append_printf (text, "%s%c", *value == ',' ? "," : "", *value);
}

static void
append_switch (GString *text, const char *key, GwChardevSwitch value)
{
  if (value != GW_CHARDEV_SWITCH_UNSET)
    gw_chardev_append_value (text, key, value == GW_CHARDEV_SWITCH_ON ? "on" : "off");
}

/* --- Sockets ------------------------------------------------------------ */

static gboolean
append_reconnect (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  if (device->reconnect < 0)
    return TRUE;
  if (!gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (2, 2), "<reconnect> needs", error))
    return FALSE;
  if (self->version >= RECONNECT_MS)
    g_string_append_printf (text, ",reconnect-ms=%" G_GINT64_FORMAT, (gint64) device->reconnect * 1000);
  else
    g_string_append_printf (text, ",reconnect=%d", device->reconnect);
  return TRUE;
}

static void
append_listening (GString *text, const GwChardev *device)
{
  if (device->mode == GW_CHARDEV_MODE_BIND)
    g_string_append_printf (text, ",server=on,wait=%s", device->wait ? "on" : "off");
}

static gboolean
append_unix (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  if (device->path == NULL)
    return gw_chardev_writer_refuse (device, error,
                                     "the socket has no path: libvirt makes one up as it starts the machine; give it one with "
                                     "<source mode='bind' path='…'/>, or take the XML of the running machine");
  gw_chardev_append_value (text, "path", device->path);
  append_listening (text, device);
  return append_reconnect (self, device, text, error);
}

static gboolean
append_tcp (GwChardevWriter *self, const GwChardev *device, const char *id, GString *text, GError **error)
{
  gboolean connects_nowhere = device->mode == GW_CHARDEV_MODE_CONNECT && (device->host == NULL || *device->host == '\0');

  gw_chardev_append_value (text, "host", connects_nowhere ? "localhost" : device->host);
  gw_chardev_append_value (text, "port", device->service);
  if (device->telnet)
    g_string_append (text, ",telnet=on");
  append_listening (text, device);
  if (device->nodelay)
    g_string_append (text, self->version >= GW_CHARDEV_VERSION (6, 0) ? ",nodelay=on" : ",delay=off");
  if (!append_reconnect (self, device, text, error))
    return FALSE;
  if (device->tls != GW_CHARDEV_SWITCH_ON)
    return TRUE;
  g_string_append_printf (text, ",tls-creds=obj%s_tls0", id);
  return gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (2, 6), "TLS needs", error);
}

static void
append_udp (GString *text, const GwChardev *device)
{
  gw_chardev_append_value (text, "host", device->host);
  gw_chardev_append_value (text, "port", device->service);
  gw_chardev_append_value (text, "localaddr", device->bind_host);
  gw_chardev_append_value (text, "localport", device->bind_service != NULL ? device->bind_service : "0");
}

/* --- The others --------------------------------------------------------- */

static gboolean
append_file (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  gw_chardev_append_value (text, "path", device->path);
  append_switch (text, "append", device->append);
  return device->append == GW_CHARDEV_SWITCH_UNSET
         || gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (2, 6), "append= needs", error);
}

static gboolean
append_path (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  g_autofree char *path = gw_chardev_writer_path (self, device, error);

  if (path == NULL)
    return FALSE;
  gw_chardev_append_value (text, "path", path);
  return TRUE;
}

static gboolean
append_channel (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  gboolean is_dbus = device->kind == GW_CHARDEV_KIND_DBUS;

  gw_chardev_append_value (text, "name", device->source_channel);
  return gw_chardev_writer_needs (self, device, is_dbus ? GW_CHARDEV_VERSION (7, 0) : GW_CHARDEV_VERSION (1, 5), "it needs", error);
}

static gboolean
append_vdagent (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  g_string_append (text, ",name=vdagent");
  append_switch (text, "clipboard", device->clipboard);
  append_switch (text, "mouse", device->mouse);
  return gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (6, 1), "it needs", error);
}

static const char *
backend_name (GwChardevWriter *self, const GwChardev *device)
{
  gboolean is_parallel = device->device == GW_CHARDEV_DEVICE_PARALLEL;

  if (device->kind == GW_CHARDEV_KIND_UNIX || device->kind == GW_CHARDEV_KIND_TCP)
    return "socket";
  if (device->kind != GW_CHARDEV_KIND_DEV)
    return gw_chardev_kind_to_string (device->kind);
  /* Their names until then, which today's QEMU refuses. */
  if (self->version < GW_CHARDEV_VERSION (1, 5))
    return is_parallel ? "parport" : "tty";
  return is_parallel ? "parallel" : "serial";
}

static gboolean
append_kind (GwChardevWriter *self, const GwChardev *device, const char *id, GString *text, GError **error)
{
  switch (device->kind)
    {
    case GW_CHARDEV_KIND_NULL:
    case GW_CHARDEV_KIND_VC:
    case GW_CHARDEV_KIND_PTY:
    case GW_CHARDEV_KIND_STDIO:
      return TRUE;
    case GW_CHARDEV_KIND_DEV:
    case GW_CHARDEV_KIND_PIPE:
      return append_path (self, device, text, error);
    case GW_CHARDEV_KIND_FILE:
      return append_file (self, device, text, error);
    case GW_CHARDEV_KIND_UNIX:
      return append_unix (self, device, text, error);
    case GW_CHARDEV_KIND_TCP:
      return append_tcp (self, device, id, text, error);
    case GW_CHARDEV_KIND_UDP:
      append_udp (text, device);
      return TRUE;
    case GW_CHARDEV_KIND_SPICEVMC:
      g_string_append (text, ",name=vdagent");
      return gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (0, 15), "it needs", error);
    case GW_CHARDEV_KIND_SPICEPORT:
    case GW_CHARDEV_KIND_DBUS:
      return append_channel (self, device, text, error);
    case GW_CHARDEV_KIND_QEMU_VDAGENT:
      return append_vdagent (self, device, text, error);
    case GW_CHARDEV_KIND_NMDM:
      return gw_chardev_writer_refuse (device, error, "only bhyve has null modem devices");
    }
  g_assert_not_reached ();
}

/**
 * gw_chardev_qemu_backend:
 * @id: what it is called
 *
 * Returns: (transfer full): what stands behind -chardev, or %NULL with an error set
 */
char *
gw_chardev_qemu_backend (GwChardevWriter *self, const GwChardev *device, const char *id, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%s,id=%s", backend_name (self, device), id);
  if (!append_kind (self, device, id, text, error))
    return NULL;
  if (device->log_path == NULL)
    return g_string_free (g_steal_pointer (&text), FALSE);
  gw_chardev_append_value (text, "logfile", device->log_path);
  append_switch (text, "logappend", device->log_append);
  if (!gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (2, 6), "<log> needs", error))
    return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}
