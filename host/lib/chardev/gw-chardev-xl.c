/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes character devices as lines of xl.cfg (xl.cfg(5), "serial" and
 * "channel"). Xen's own console, number 0, needs none. */

#include "gw-chardev-writer.h"

#include <string.h>

#include "gw-limits.h"

/* xl has several serial ports, and channels, since then. */
#define XEN_LISTS GW_CHARDEV_VERSION (4, 5)

static gboolean
needs_lists (GwChardevWriter *self, const GwChardev *device, const char *what, GError **error)
{
  return self->version >= XEN_LISTS || gw_chardev_writer_refuse (device, error, "%s need Xen 4.5 or newer", what);
}

/* --- Channels ----------------------------------------------------------- */

/* xl cuts at commas, and at the first "="; quotes end its strings, and a backslash
 * changes what follows. */
static gboolean
check_value (const GwChardev *device, const char *value, GError **error)
{
  gsize length = strlen (value);

  if (strpbrk (value, ",=\"\\") != NULL)
    return gw_chardev_writer_refuse (device, error, "xl cannot carry ',', '=', '\"' and '\\', as in '%s'", value);
  if (length > 0 && (value[0] == ' ' || value[length - 1] == ' '))
    return gw_chardev_writer_refuse (device, error, "xl drops blanks at the ends of '%s'", value);
  return TRUE;
}

/* How Xen serves it. */
static char *
connection_of (const GwChardev *device, GError **error)
{
  if (device->kind == GW_CHARDEV_KIND_PTY)
    return g_strdup ("connection=pty");
  if (device->kind != GW_CHARDEV_KIND_UNIX)
    gw_chardev_writer_refuse (device, error, "a channel of Xen is a unix socket or a pty, and not %s", gw_chardev_kind_to_string (device->kind));
  else if (device->path == NULL)
    gw_chardev_writer_refuse (device, error, "the socket has no path: give it one with <source mode='bind' path='…'/>");
  else if (device->mode != GW_CHARDEV_MODE_BIND)
    gw_chardev_writer_refuse (device, error, "Xen listens on the socket of a channel: it has mode='bind'");
  else if (check_value (device, device->path, error))
    return g_strdup_printf ("connection=socket,path=%s", device->path);
  return NULL;
}

static gboolean
check_channel (GwChardevWriter *self, const GwChardev *device, GError **error)
{
  if (!g_str_equal (device->target_type, "xen"))
    return gw_chardev_writer_refuse (device, error, "Xen has no channel of type '%s': say <target type='xen' name='…'/>", device->target_type);
  if (device->target_name == NULL)
    return gw_chardev_writer_refuse (device, error, "a channel of Xen needs a name: <target type='xen' name='…'/>");
  if (!check_value (device, device->target_name, error) || !needs_lists (self, device, "channels", error))
    return FALSE;
  if (device->log_path != NULL && !gw_chardev_writer_leave_out (self, device, error, "xl.cfg has no place for <log>"))
    return FALSE;
  return device->address_type == NULL || gw_chardev_writer_leave_out (self, device, error, "xl.cfg has no place for <address>");
}

static gboolean
add_channel (GwChardevWriter *self, const GwChardev *device, GPtrArray *values, GError **error)
{
  g_autofree char *connection = NULL;

  if (!check_channel (self, device, error))
    return FALSE;
  connection = connection_of (device, error);
  if (connection == NULL)
    return FALSE;
  g_ptr_array_add (values, g_strdup_printf ("name=%s,%s", device->target_name, connection));
  return TRUE;
}

/* --- The rest ----------------------------------------------------------- */

static gboolean
check_console (GwChardevWriter *self, const GwChardev *device, GError **error)
{
  if (!g_str_equal (device->target_type, "xen"))
    return gw_chardev_writer_refuse (device, error, "Xen has no console of type '%s'", device->target_type);
  if (device->kind != GW_CHARDEV_KIND_PTY)
    return gw_chardev_writer_refuse (device, error, "xl gives a domain one console, which is a pty: say type='pty'");
  if (device->target_port > 0)
    return gw_chardev_writer_refuse (device, error,
                                     "xl gives a domain one console, and this is number %d: make it a "
                                     "<channel><target type='xen' name='…'/>",
                                     device->target_port);
  if (device->log_path != NULL && !gw_chardev_writer_leave_out (self, device, error, "xl.cfg has no place for <log>"))
    return FALSE;
  gw_chardev_writer_note (self, device, "Xen gives each domain this console by itself");
  return TRUE;
}

static gboolean
check_serial (const GwChardev *device, const char *word, GError **error)
{
  return strpbrk (word, "\"\\") == NULL
         || gw_chardev_writer_refuse (device, error, "xl cannot carry '\"' and '\\', as in '%s'", word);
}

/* What there is no word for: it is checked, and channels go into @values. */
static gboolean
add_other (GwChardevWriter *self, const GwChardev *device, GPtrArray *values, GError **error)
{
  switch (device->device)
    {
    case GW_CHARDEV_DEVICE_SERIAL:
      return device->target_type == NULL || g_str_equal (device->target_type, "isa-serial")
             || gw_chardev_writer_refuse (device, error, "Xen has no serial port of type '%s': say <target type='isa-serial'/>", device->target_type);
    case GW_CHARDEV_DEVICE_PARALLEL:
      return gw_chardev_writer_refuse (device, error, "xl.cfg has no parallel ports");
    case GW_CHARDEV_DEVICE_CONSOLE:
      return check_console (self, device, error);
    case GW_CHARDEV_DEVICE_CHANNEL:
      return add_channel (self, device, values, error);
    }
  g_assert_not_reached ();
}

static gboolean
check_serials (GwChardevWriter *self, GPtrArray *devices, GPtrArray *words, GError **error)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device != GW_CHARDEV_DEVICE_SERIAL)
        continue;
      if (!check_serial (device, g_ptr_array_index (words, device->target_port), error))
        return FALSE;
      if (words->len > 1 && !needs_lists (self, device, "several serial ports", error))
        return FALSE;
    }
  return TRUE;
}

static void
append_list (GString *text, const char *key, GPtrArray *values)
{
  g_string_append_printf (text, "%s = [ ", key);
  for (guint i = 0; i < values->len; i++)
    g_string_append_printf (text, "%s\"%s\"", i > 0 ? ", " : "", (char *) g_ptr_array_index (values, i));
  g_string_append (text, " ]\n");
}

static char *
compose (GPtrArray *serials, GPtrArray *channels)
{
  GString *text = g_string_new (NULL);

  if (serials->len == 1)
    g_string_append_printf (text, "serial = \"%s\"\n", (char *) g_ptr_array_index (serials, 0));
  else if (serials->len > 1)
    append_list (text, "serial", serials);
  if (channels->len > 0)
    append_list (text, "channel", channels);
  return g_string_free (text, FALSE);
}

/**
 * gw_chardev_write_xl:
 * @devices: (element-type GwChardev): what gw_chardev_read_xml() has read
 * @version: (nullable): Xen's, as "4.17"; %NULL for the newest
 * @flags: %GW_CHARDEV_WRITE_LOSSY, or none
 * @notes: (out) (optional) (transfer full) (array zero-terminated=1): what there
 *   is to tell of what was written, a line each
 *
 * Writes devices as lines of xl.cfg: serial ports as `serial`, channels of Xen
 * as `channel`.
 *
 * Returns: (transfer full): the lines, or %NULL with an error set:
 *   %GW_ERROR_UNSUPPORTED for what Xen, or that version of it, cannot do;
 *   %GW_ERROR_LOSSY for what %GW_CHARDEV_WRITE_LOSSY would leave out
 *
 * Since: 0.1
 */
char *
gw_chardev_write_xl (GPtrArray *devices, const char *version, GwChardevWriteFlags flags, char ***notes, GError **error)
{
  g_auto (GwChardevWriter) writer = { 0 };
  g_autoptr (GPtrArray) serials = NULL;
  g_autoptr (GPtrArray) channels = NULL;
  guint xen;

  g_return_val_if_fail (devices != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!gw_chardev_writer_init (&writer, devices, version, flags, error) || !gw_chardev_check_stdio (devices, error))
    return NULL;
  channels = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < devices->len; i++)
    if (!add_other (&writer, g_ptr_array_index (devices, i), channels, error))
      return NULL;
  /* The word is for the QEMU that comes with it, whose version is another matter. */
  xen = writer.version;
  writer.version = G_MAXUINT;
  serials = gw_chardev_words (&writer, devices, GW_CHARDEV_DEVICE_SERIAL, GW_CHARDEV_SERIAL_PORTS, GW_CHARDEV_WORD_SHORT, error);
  writer.version = xen;
  if (serials == NULL || !check_serials (&writer, devices, serials, error))
    return NULL;
  if (notes != NULL)
    *notes = gw_chardev_writer_take_notes (&writer);
  return compose (serials, channels);
}
