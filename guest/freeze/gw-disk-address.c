/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* On which disks a block device is, and where those are plugged in, as a host
 * has to know to tell them apart: by their paths in sysfs. */

#include "gw-disk-address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gw-limits.h"

typedef struct
{
  guint domain, bus, slot, function;
} Pci;

static char *
device_path (const char *sysfs, guint major, guint minor)
{
  g_autofree char *link = g_strdup_printf ("%s/dev/block/%u:%u", sysfs, major, minor);
  char *real = realpath (link, NULL);
  char *copy = g_strdup (real);

  free (real);
  return copy;
}

/**
 * gw_disk_name:
 * @sysfs: mostly /sys
 *
 * Returns: (transfer full): the kernel's name of the device
 */
char *
gw_disk_name (const char *sysfs, guint major, guint minor)
{
  g_autofree char *path = device_path (sysfs, major, minor);

  return path != NULL ? g_path_get_basename (path) : g_strdup_printf ("%u:%u", major, minor);
}

/* --- One disk ---------------------------------------------------------------- */

/* The last bridge or device on the way is what the host has plugged the disk's
 * controller into. */
static gboolean
find_pci (const char *path, Pci *pci)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  gboolean found = FALSE;

  for (char **part = parts; *part != NULL; part++)
    {
      Pci next;
      int length = 0;

      if (sscanf (*part, "%x:%x:%x.%x%n", &next.domain, &next.bus, &next.slot, &next.function, &length) == 4
          && (*part)[length] == '\0')
        {
          *pci = next;
          found = TRUE;
        }
    }
  return found;
}

/* HOST:BUS:TARGET:UNIT */
static gboolean
find_scsi (const char *path, guint *bus, guint *target, guint *unit)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  gboolean found = FALSE;

  for (char **part = parts; *part != NULL; part++)
    {
      guint host, numbers[3];
      int length = 0;

      if (sscanf (*part, "%u:%u:%u:%u%n", &host, &numbers[0], &numbers[1], &numbers[2], &length) != 4
          || (*part)[length] != '\0')
        continue;
      *bus = numbers[0];
      *target = numbers[1];
      *unit = numbers[2];
      found = TRUE;
    }
  return found;
}

static const char *
bus_type (const char *path, gboolean is_scsi)
{
  if (strstr (path, "/usb") != NULL)
    return "usb";
  if (strstr (path, "/nvme/") != NULL)
    return "nvme";
  if (strstr (path, "/ata") != NULL)
    return "sata";
  if (is_scsi)
    return "scsi";
  return strstr (path, "/virtio") != NULL ? "virtio" : "unknown";
}

/* GuestDiskAddress. What has no PCI address (a loop device) is told of by no
 * address, as in qemu-ga. */
static void
add_address (JsonArray *list, const char *path)
{
  JsonObject *address, *controller;
  guint bus = 0, target = 0, unit = 0;
  gboolean is_scsi = find_scsi (path, &bus, &target, &unit);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *node = g_strconcat ("/dev/", name, NULL);
  Pci pci;

  if (!find_pci (path, &pci))
    return;
  controller = json_object_new ();
  json_object_set_int_member (controller, "domain", pci.domain);
  json_object_set_int_member (controller, "bus", pci.bus);
  json_object_set_int_member (controller, "slot", pci.slot);
  json_object_set_int_member (controller, "function", pci.function);
  address = json_object_new ();
  json_object_set_object_member (address, "pci-controller", controller);
  json_object_set_string_member (address, "bus-type", bus_type (path, is_scsi));
  json_object_set_int_member (address, "bus", bus);
  json_object_set_int_member (address, "target", target);
  json_object_set_int_member (address, "unit", unit);
  json_object_set_string_member (address, "dev", node);
  json_array_add_object_element (list, address);
}

/* --- What is below ------------------------------------------------------------- */

static void add_device (JsonArray *list, const char *path, guint depth);

/* A mapped device or an array lies on others. */
static gboolean
add_lower (JsonArray *list, const char *path, guint depth)
{
  g_autofree char *folder = g_build_filename (path, "slaves", NULL);
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  gboolean any = FALSE;
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *link = g_build_filename (folder, name, NULL);
      char *real = realpath (link, NULL);

      if (real != NULL && json_array_get_length (list) < GW_FILE_SYSTEM_DISKS_MAX)
        add_device (list, real, depth + 1);
      free (real);
      any = TRUE;
    }
  return any;
}

/* A partition is a folder in that of its disk. */
static void
add_device (JsonArray *list, const char *path, guint depth)
{
  g_autofree char *mark = g_build_filename (path, "partition", NULL);
  g_autofree char *disk = g_file_test (mark, G_FILE_TEST_EXISTS) ? g_path_get_dirname (path) : g_strdup (path);

  if (depth < GW_BLOCK_LAYERS_MAX && !add_lower (list, disk, depth))
    add_address (list, disk);
}

/**
 * gw_disk_addresses:
 * @sysfs: mostly /sys
 *
 * Returns: (transfer full): the addresses of the disks that the device is on
 */
JsonArray *
gw_disk_addresses (const char *sysfs, guint major, guint minor)
{
  JsonArray *list = json_array_new ();
  g_autofree char *path = device_path (sysfs, major, minor);

  if (path != NULL)
    add_device (list, path, 0);
  return list;
}
