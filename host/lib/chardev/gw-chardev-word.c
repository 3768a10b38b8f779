/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's end of a port in one word, as behind QEMU's -serial and -parallel
 * and in the serial= of xl.cfg (QEMU: qemu-options.hx, "-serial dev"). It
 * carries less than -chardev does. */

#include "gw-chardev-writer.h"

#include <string.h>

#include "gw-limits.h"

/* --- Sockets ------------------------------------------------------------ */

static void
append_listening (GString *text, const GwChardev *device, GwChardevWordStyle style)
{
  if (device->mode != GW_CHARDEV_MODE_BIND)
    return;
  if (style == GW_CHARDEV_WORD_LONG)
    g_string_append_printf (text, ",server=on,wait=%s", device->wait ? "on" : "off");
  else
    g_string_append (text, device->wait ? ",server" : ",server,nowait");
}

/* What takes a word apart at colons and commas takes these for its own. */
static gboolean
check_host (const GwChardev *device, const char *host, GError **error)
{
  if (host == NULL)
    return TRUE;
  if (strchr (host, ':') != NULL)
    return gw_chardev_writer_refuse (device, error, "'%s' cannot stand here: an IPv6 address needs a host's name, or -chardev", host);
  if (strlen (host) > GW_CHARDEV_WORD_HOST_MAX)
    return gw_chardev_writer_refuse (device, error, "a host's name has %d bytes here at most", GW_CHARDEV_WORD_HOST_MAX);
  return TRUE;
}

static const char *
or_nothing (const char *text)
{
  return text != NULL ? text : "";
}

static gboolean
append_tcp (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GString *text, GError **error)
{
  if (!check_host (device, device->host, error))
    return FALSE;
  if (device->tls == GW_CHARDEV_SWITCH_ON)
    return gw_chardev_writer_refuse (device, error, "there is no TLS here; only -chardev has it");
  g_string_append_printf (text, "%s:%s:%s", device->telnet ? "telnet" : "tcp", or_nothing (device->host), device->service);
  append_listening (text, device, style);
  if (device->nodelay)
    g_string_append (text, style == GW_CHARDEV_WORD_SHORT || self->version < GW_CHARDEV_VERSION (6, 0) ? ",nodelay" : ",nodelay=on");
  return TRUE;
}

static gboolean
append_udp (const GwChardev *device, GString *text, GError **error)
{
  if (!check_host (device, device->host, error) || !check_host (device, device->bind_host, error))
    return FALSE;
  g_string_append_printf (text, "udp:%s:%s", or_nothing (device->host), device->service);
  if (device->bind_host != NULL || device->bind_service != NULL)
    g_string_append_printf (text, "@%s:%s", or_nothing (device->bind_host), device->bind_service != NULL ? device->bind_service : "0");
  return TRUE;
}

/* Since 0.12 this is a list of keys, whose first may have no name. */
static gboolean
append_unix (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GString *text, GError **error)
{
  gboolean has_keys = self->version >= GW_CHARDEV_VERSION (0, 12);

  if (device->path == NULL)
    return gw_chardev_writer_refuse (device, error, "the socket has no path");
  if (strpbrk (device->path, has_keys ? "=" : ",") != NULL)
    return gw_chardev_writer_refuse (device, error, "a path with '%c' cannot stand here: '%s'", has_keys ? '=' : ',', device->path);
  g_string_append (text, "unix:");
  for (const char *at = device->path; *at != '\0'; at++)
    g_string_append_printf (text, "%s%c", *at == ',' ? "," : "", *at);
  append_listening (text, device, style);
  return TRUE;
}

/* --- The others --------------------------------------------------------- */

/* Taken for a device by how it begins. */
static gboolean
append_dev (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  gboolean is_parallel = device->device == GW_CHARDEV_DEVICE_PARALLEL;
  g_autofree char *path = gw_chardev_writer_path (self, device, error);

  if (path == NULL)
    return FALSE;
  if (!g_str_has_prefix (path, "COM") && !g_str_has_prefix (path, is_parallel ? "/dev/parport" : "/dev/"))
    return gw_chardev_writer_refuse (device, error, "a %s port of the host is %s here, not '%s'",
                                     gw_chardev_device_to_string (device->device), is_parallel ? "/dev/parport0" : "in /dev", path);
  if (!is_parallel && g_str_has_prefix (path, "/dev/parport"))
    return gw_chardev_writer_refuse (device, error, "'%s' would be taken for a parallel port here", path);
  g_string_append (text, path);
  return TRUE;
}

static gboolean
append_file (GwChardevWriter *self, const GwChardev *device, GString *text, GError **error)
{
  if (device->append == GW_CHARDEV_SWITCH_ON
      && !gw_chardev_writer_leave_out (self, device, error, "append='on' cannot be said here: the file is begun anew"))
    return FALSE;
  g_string_append_printf (text, "file:%s", device->path);
  return TRUE;
}

static gboolean
append_kind (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GString *text, GError **error)
{
  switch (device->kind)
    {
    case GW_CHARDEV_KIND_NULL:
    case GW_CHARDEV_KIND_VC:
    case GW_CHARDEV_KIND_PTY:
    case GW_CHARDEV_KIND_STDIO:
      g_string_append (text, gw_chardev_kind_to_string (device->kind));
      return TRUE;
    case GW_CHARDEV_KIND_DEV:
      return append_dev (self, device, text, error);
    case GW_CHARDEV_KIND_FILE:
      return append_file (self, device, text, error);
    case GW_CHARDEV_KIND_PIPE:
      g_string_append_printf (text, "pipe:%s", device->path);
      return TRUE;
    case GW_CHARDEV_KIND_UNIX:
      return append_unix (self, device, style, text, error);
    case GW_CHARDEV_KIND_TCP:
      return append_tcp (self, device, style, text, error);
    case GW_CHARDEV_KIND_UDP:
      return append_udp (device, text, error);
    case GW_CHARDEV_KIND_NMDM:
      return gw_chardev_writer_refuse (device, error, "only bhyve has null modem devices");
    case GW_CHARDEV_KIND_SPICEVMC:
    case GW_CHARDEV_KIND_SPICEPORT:
    case GW_CHARDEV_KIND_QEMU_VDAGENT:
    case GW_CHARDEV_KIND_DBUS:
      break;
    }
  return gw_chardev_writer_refuse (device, error, "'%s' cannot be said here; only -chardev has it", gw_chardev_kind_to_string (device->kind));
}

static gboolean
leave_out_rest (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GError **error)
{
  if (device->log_path != NULL && !gw_chardev_writer_leave_out (self, device, error, "<log> cannot be said here"))
    return FALSE;
  if (device->address_type != NULL && !gw_chardev_writer_leave_out (self, device, error, "<address> cannot be said here"))
    return FALSE;
  return device->reconnect < 0 || style == GW_CHARDEV_WORD_LONG
         || gw_chardev_writer_leave_out (self, device, error, "<reconnect> cannot be said here");
}

static void
append_reconnect (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GString *text)
{
  if (device->reconnect < 0 || style == GW_CHARDEV_WORD_SHORT)
    return;
  if (self->version >= GW_CHARDEV_VERSION (9, 2))
    g_string_append_printf (text, ",reconnect-ms=%" G_GINT64_FORMAT, (gint64) device->reconnect * 1000);
  else
    g_string_append_printf (text, ",reconnect=%d", device->reconnect);
}

char *
gw_chardev_word (GwChardevWriter *self, const GwChardev *device, GwChardevWordStyle style, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean is_new = device->kind == GW_CHARDEV_KIND_UNIX || device->kind == GW_CHARDEV_KIND_TCP || device->kind == GW_CHARDEV_KIND_UDP;

  if (is_new && !gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (0, 9), "udp, tcp, telnet and unix need", error))
    return NULL;
  if (device->reconnect >= 0 && style == GW_CHARDEV_WORD_LONG
      && !gw_chardev_writer_needs (self, device, GW_CHARDEV_VERSION (2, 2), "<reconnect> needs", error))
    return NULL;
  if (!leave_out_rest (self, device, style, error) || !append_kind (self, device, style, text, error))
    return NULL;
  append_reconnect (self, device, style, text);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
put_word (GwChardevWriter *self, const GwChardev *device, guint most, GwChardevWordStyle style, GPtrArray *words, GError **error)
{
  guint port = (guint) device->target_port;
  char *word;

  if (port >= most)
    return gw_chardev_writer_refuse (device, error, "there are %u %s ports, 0 to %u, and this is port %u", most,
                                     gw_chardev_device_to_string (device->device), most - 1, port);
  word = gw_chardev_word (self, device, style, error);
  if (word == NULL)
    return FALSE;
  while (words->len <= port)
    g_ptr_array_add (words, NULL);
  words->pdata[port] = word;
  return TRUE;
}

/**
 * gw_chardev_words:
 * @kind: serial or parallel ports
 * @most: how many there may be
 *
 * Returns: (transfer full) (element-type utf8): a word a port, by its number,
 *   "none" where there is none; or %NULL with an error set
 */
GPtrArray *
gw_chardev_words (GwChardevWriter *self, GPtrArray *devices, GwChardevDevice kind, guint most, GwChardevWordStyle style,
                  GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device == kind && !put_word (self, device, most, style, words, error))
        return NULL;
    }
  for (guint i = 0; i < words->len; i++)
    if (words->pdata[i] == NULL)
      words->pdata[i] = g_strdup ("none");
  return g_steal_pointer (&words);
}
