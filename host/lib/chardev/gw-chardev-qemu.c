/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes character devices as arguments of QEMU: -chardev and -device, or -serial
 * and -parallel as before 0.12. */

#include "gw-chardev-writer.h"

#include "gw-limits.h"

static gboolean
add_options (GPtrArray *words, const char *option, GPtrArray *values)
{
  for (guint i = 0; i < values->len; i++)
    {
      g_ptr_array_add (words, g_strdup (option));
      g_ptr_array_add (words, g_strdup (g_ptr_array_index (values, i)));
    }
  return TRUE;
}

/* What -serial and -parallel can give a guest. */
static gboolean
check_old (const GwChardev *device, GError **error)
{
  const char *type = device->target_type;

  if (device->device == GW_CHARDEV_DEVICE_CONSOLE || device->device == GW_CHARDEV_DEVICE_CHANNEL)
    return gw_chardev_writer_refuse (device, error, "-serial and -parallel have no consoles and channels; QEMU 0.12 and newer has -device");
  if (type != NULL && !g_str_equal (type, "isa-serial") && !g_str_equal (type, "system-serial"))
    return gw_chardev_writer_refuse (device, error, "-serial gives the guest no '%s'; -device does", type);
  return TRUE;
}

gboolean
gw_chardev_qemu_old (GwChardevWriter *self, GPtrArray *devices, GPtrArray *words, GError **error)
{
  GwChardevWordStyle style = self->version >= GW_CHARDEV_VERSION (0, 12) ? GW_CHARDEV_WORD_LONG : GW_CHARDEV_WORD_SHORT;
  g_autoptr (GPtrArray) serial = NULL;
  g_autoptr (GPtrArray) parallel = NULL;

  for (guint i = 0; i < devices->len; i++)
    if (!check_old (g_ptr_array_index (devices, i), error))
      return FALSE;
  serial = gw_chardev_words (self, devices, GW_CHARDEV_DEVICE_SERIAL, GW_CHARDEV_SERIAL_PORTS, style, error);
  if (serial == NULL)
    return FALSE;
  parallel = gw_chardev_words (self, devices, GW_CHARDEV_DEVICE_PARALLEL, GW_CHARDEV_PARALLEL_PORTS, style, error);
  return parallel != NULL && add_options (words, "-serial", serial) && add_options (words, "-parallel", parallel);
}

/* A machine that has ports itself and ISA's besides would have two of the same number in one place. */
static gboolean
check_buses (GPtrArray *devices, GError **error)
{
  const GwChardev *isa = NULL;
  const GwChardev *system = NULL;

  for (guint i = 0; i < devices->len; i++)
    {
      const GwChardev *device = g_ptr_array_index (devices, i);

      if (device->device != GW_CHARDEV_DEVICE_SERIAL)
        continue;
      if (g_strcmp0 (device->target_type, "system-serial") == 0)
        system = device;
      else if (device->target_type == NULL || g_str_equal (device->target_type, "isa-serial"))
        isa = device;
      if (system != NULL && isa != NULL)
        return gw_chardev_writer_refuse (device, error,
                                         "a machine has ports of type system-serial or isa-serial, not both, and line %u has the other: "
                                         "say the same <target type='…'/> in both",
                                         device == isa ? system->line : isa->line);
    }
  return TRUE;
}

/**
 * gw_chardev_write_qemu:
 * @devices: (element-type GwChardev): what gw_chardev_read_xml() has read
 * @version: (nullable): QEMU's, as "7.2.0"; %NULL for the newest
 * @flags: how to write
 * @notes: (out) (optional) (transfer full) (array zero-terminated=1): what there
 *   is to tell of what was written, a line each
 *
 * Writes devices as arguments of QEMU. Ports and controllers of virtio-serial
 * are chosen where they are not told. Before 0.12 there are -serial and -parallel
 * only, as with %GW_CHARDEV_WRITE_OLD_STYLE.
 *
 * Returns: (transfer full) (array zero-terminated=1): the arguments, or %NULL
 *   with an error set: %GW_ERROR_UNSUPPORTED for what QEMU, or that version of
 *   it, cannot do; %GW_ERROR_LOSSY for what %GW_CHARDEV_WRITE_LOSSY would leave
 *   out
 *
 * Since: 0.1
 */
char **
gw_chardev_write_qemu (GPtrArray *devices, const char *version, GwChardevWriteFlags flags, char ***notes, GError **error)
{
  g_auto (GwChardevWriter) writer = { 0 };
  g_autoptr (GPtrArray) words = NULL;
  gboolean is_old, is_fine;

  g_return_val_if_fail (devices != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!gw_chardev_writer_init (&writer, devices, version, flags, error) || !gw_chardev_check_stdio (devices, error)
      || !check_buses (devices, error))
    return NULL;
  words = g_ptr_array_new_with_free_func (g_free);
  is_old = (flags & GW_CHARDEV_WRITE_OLD_STYLE) != 0 || writer.version < GW_CHARDEV_VERSION (0, 12);
  is_fine = is_old ? gw_chardev_qemu_old (&writer, devices, words, error) : gw_chardev_qemu_new (&writer, devices, words, error);
  if (!is_fine)
    return NULL;
  if (notes != NULL)
    *notes = gw_chardev_writer_take_notes (&writer);
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}
