/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as devices: what is read in one form can be read again as it was
 * written, and is written in the same way then. */

#include "fuzz.h"
#include "gw-chardev.h"
#include "gw-limits.h"

static void
check_again (const char *xml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = gw_chardev_read_xml (xml, -1, GW_CHARDEV_FORM_LIBVIRT, &error);
  g_autofree char *again = devices != NULL ? gw_chardev_write_xml (devices, GW_CHARDEV_WRITE_LOSSY, NULL, NULL) : NULL;

  if (*xml == '\0')
    return;
  if (again == NULL)
    fuzz_fail ("%s", error != NULL ? error->message : "what was read is not written again");
  if (!g_str_equal (xml, again))
    fuzz_fail ("what was written is written in another way");
}

/* A port of the host on Windows, where no libvirt runs. */
static gboolean
is_of_windows (GwChardev *device)
{
  return gw_chardev_get_kind (device) == GW_CHARDEV_KIND_DEV && gw_chardev_get_path (device)[0] != '/';
}

static gboolean
has_any_of_windows (GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    if (is_of_windows (g_ptr_array_index (devices, i)))
      return TRUE;
  return FALSE;
}

static void
write_all (GPtrArray *devices, GwChardevWriteFlags flags)
{
  g_autofree char *xml = gw_chardev_write_xml (devices, flags | GW_CHARDEV_WRITE_LOSSY, NULL, NULL);
  G_GNUC_UNUSED g_auto (GStrv) new = gw_chardev_write_qemu (devices, NULL, flags, NULL, NULL);
  G_GNUC_UNUSED g_auto (GStrv) old = gw_chardev_write_qemu (devices, "0.9.1", flags, NULL, NULL);
  G_GNUC_UNUSED g_autofree char *xl = gw_chardev_write_xl (devices, NULL, flags, NULL, NULL);

  if (xml != NULL)
    check_again (xml);
  else if (!has_any_of_windows (devices))
    fuzz_fail ("libvirt's form has a place for each device");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  for (GwChardevForm form = GW_CHARDEV_FORM_ANY; form <= GW_CHARDEV_FORM_LIBVIRT; form++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) devices = gw_chardev_read_xml ((const char *) data, (gssize) length, form, &error);

      if (devices == NULL)
        {
          if (error == NULL || error->domain != GW_ERROR)
            fuzz_fail ("an error without a reason");
          continue;
        }
      if (devices->len > GW_CHARDEVS_MAX)
        fuzz_fail ("more devices than there may be");
      write_all (devices, GW_CHARDEV_WRITE_LOSSY);
    }
  return 0;
}
