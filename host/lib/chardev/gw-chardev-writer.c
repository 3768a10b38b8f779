/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all writers of character devices share: for which release they write,
 * and how they tell what cannot be written. */

#include "gw-chardev-writer.h"

#include <string.h>

/* "7.2.22 (Debian…)", "9.2", "0.9.0". Numbers beyond the third mean nothing here. */
static gboolean
parse_version (const char *text, guint *version, GError **error)
{
  g_autofree char *number = g_strndup (text, strspn (text, "0123456789."));
  g_auto (GStrv) parts = g_strsplit (number, ".", -1);
  const char *rest = text + strlen (number);
  guint64 values[3] = { 0 };

  for (guint i = 0; parts[i] != NULL && i < G_N_ELEMENTS (values); i++)
    if (!g_ascii_string_to_unsigned (parts[i], 10, 0, 999, &values[i], NULL))
      values[0] = G_MAXUINT64;
  if (parts[0] == NULL || parts[1] == NULL || values[0] > 999 || (*rest != '\0' && strchr ("-+~ (", *rest) == NULL))
    {
      g_autofree char *shown = g_filename_display_name (text);

      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "'%s' is no version: one is as 7.2.0, or 9.2", shown);
      return FALSE;
    }
  *version = GW_CHARDEV_VERSION ((guint) values[0], (guint) values[1]) + (guint) values[2];
  return TRUE;
}

static char *
prefix (const GwChardev *device, const char *format, va_list args) G_GNUC_PRINTF (2, 0);

static char *
prefix (const GwChardev *device, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);

  return g_strdup_printf ("line %u: %s: %s", device->line, device->origin, text);
}

void
gw_chardev_writer_note (GwChardevWriter *self, const GwChardev *device, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->notes, prefix (device, format, args));
  va_end (args);
}

/**
 * gw_chardev_writer_leave_out:
 * @format: what has no place in what is written, and why
 *
 * Returns: whether it may be left out; else an error is set
 */
gboolean
gw_chardev_writer_leave_out (GwChardevWriter *self, const GwChardev *device, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = prefix (device, format, args);
  va_end (args);
  if ((self->flags & GW_CHARDEV_WRITE_LOSSY) == 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_LOSSY, "%s", text);
      return FALSE;
    }
  g_ptr_array_add (self->notes, g_strconcat (text, "; left out", NULL));
  return TRUE;
}

gboolean
gw_chardev_writer_refuse (const GwChardev *device, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = prefix (device, format, args);
  va_end (args);
  g_set_error (error, GW_ERROR, GW_ERROR_UNSUPPORTED, "%s", text);
  return FALSE;
}

/* Whether QEMU is as new as @version, which brought @what. */
gboolean
gw_chardev_writer_needs (GwChardevWriter *self, const GwChardev *device, guint version, const char *what, GError **error)
{
  if (self->version >= version)
    return TRUE;
  return gw_chardev_writer_refuse (device, error, "%s QEMU %u.%u or newer, and this is %u.%u.%u", what, version / 1000000,
                                   version / 1000 % 1000, self->version / 1000000, self->version / 1000 % 1000,
                                   self->version % 1000);
}

/* A port of the host on Windows. */
static char *
com_path (const GwChardev *device, GError **error)
{
  if (device->device == GW_CHARDEV_DEVICE_PARALLEL)
    gw_chardev_writer_refuse (device, error, "QEMU on Windows uses no parallel ports of the host");
  else if (device->host_port == 0)
    gw_chardev_writer_refuse (device, error, "the ports of Windows begin with COM1, and this is port 0");
  else if (device->host_port > 0)
    return g_strdup_printf ("COM%d", device->host_port);
  else if (device->path[0] == '/')
    gw_chardev_writer_refuse (device, error, "'%s' is no port of a host with Windows: name it as COM1", device->path);
  else
    return g_strdup (device->path);
  return NULL;
}

char *
gw_chardev_writer_path (GwChardevWriter *self, const GwChardev *device, GError **error)
{
  if (device->kind != GW_CHARDEV_KIND_DEV)
    return g_strdup (device->path);
  if ((self->flags & GW_CHARDEV_WRITE_WINDOWS) != 0)
    return com_path (device, error);
  if (device->path[0] == '/')
    return g_strdup (device->path);
  gw_chardev_writer_refuse (device, error,
                            "'%s' is a port of a host with Windows, which this is not written for: name it as /dev/ttyS0", device->path);
  return NULL;
}

/**
 * gw_chardev_writer_init:
 * @version: (nullable): %NULL for the newest
 *
 * Begins. What the readers did not know is left out, or an error.
 */
gboolean
gw_chardev_writer_init (GwChardevWriter *self, GPtrArray *devices, const char *version, GwChardevWriteFlags flags, GError **error)
{
  *self = (GwChardevWriter){ .flags = flags, .version = G_MAXUINT };
  self->notes = g_ptr_array_new_with_free_func (g_free);
  if (version != NULL && !parse_version (version, &self->version, error))
    return FALSE;
  for (guint i = 0; i < devices->len; i++)
    {
      GwChardev *device = g_ptr_array_index (devices, i);

      for (guint j = 0; j < device->unknown->len; j++)
        if (!gw_chardev_writer_leave_out (self, device, error, "%s is not known here", (char *) g_ptr_array_index (device->unknown, j)))
          return FALSE;
    }
  return TRUE;
}

void
gw_chardev_writer_clear (GwChardevWriter *self)
{
  g_clear_pointer (&self->notes, g_ptr_array_unref);
}

char **
gw_chardev_writer_take_notes (GwChardevWriter *self)
{
  g_ptr_array_add (self->notes, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&self->notes), FALSE);
}

/* QEMU has one standard input. */
gboolean
gw_chardev_check_stdio (GPtrArray *devices, GError **error)
{
  const GwChardev *first = NULL;

  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->kind != GW_CHARDEV_KIND_STDIO)
        continue;
      if (first != NULL)
        return gw_chardev_writer_refuse (device, error, "standard input is that of line %u already", first->line);
      first = device;
    }
  return TRUE;
}
