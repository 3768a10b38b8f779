/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks once at all of Xen's consoles: sysfs tells which there are, the store
 * how they are called, gw-hvc which terminal each one has. */

#include "gw-xen-map.h"

#include <string.h>
#include <sys/stat.h>

#include "gw-limits.h"
#include "gw-link-name.h"
#include "gw-xenstore-calls.h"

#define DEVICES "/sys/bus/xen/devices"

static void
row_free (gpointer data)
{
  GwXenMapRow *row = data;

  g_free (row->link);
  g_free (row);
}

static char *
read_key (GwXenstoreCalls *store, const char *node, const char *key)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", node, key);

  return gw_xenstore_calls_read (store, path, NULL);
}

/* Returns NULL for a console without a terminal. */
static GwXenMapRow *
look_at (GwXenstoreCalls *store, const char *device)
{
  g_autofree char *driver = g_build_filename (DEVICES, device, "driver", NULL);
  g_autofree char *node_file = g_build_filename (DEVICES, device, "nodename", NULL);
  g_autofree char *folder = g_build_filename (DEVICES, device, NULL);
  g_autofree char *node = NULL;
  g_autofree char *untrusted_name = NULL;
  g_autofree char *untrusted_port = NULL;
  struct stat status;
  guint64 port;
  GwXenMapRow *row;

  if (!g_file_test (driver, G_FILE_TEST_EXISTS) || stat (folder, &status) != 0
      || !g_file_get_contents (node_file, &node, NULL, NULL))
    return NULL;
  g_strchomp (node);
  untrusted_port = read_key (store, node, "port");
  if (untrusted_port == NULL || !g_ascii_string_to_unsigned (untrusted_port, 10, 0, G_MAXINT, &port, NULL))
    return NULL;
  untrusted_name = read_key (store, node, "name");
  row = g_new0 (GwXenMapRow, 1);
  row->place = (GwHvcPlace){ .port = (gint64) port, .made = status.st_ino };
  row->link = untrusted_name != NULL ? gw_link_name (untrusted_name) : NULL;
  return row;
}

static void
look_at_all (GPtrArray *map, GwXenstoreCalls *store, GDir *devices)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new ();
  const char *device;

  while ((device = g_dir_read_name (devices)) != NULL && map->len < GW_XEN_CONSOLES_MAX)
    {
      GwXenMapRow *row = g_str_has_prefix (device, "console-") ? look_at (store, device) : NULL;

      if (row == NULL)
        continue;
      g_ptr_array_add (map, row);
      g_ptr_array_add (places, &row->place);
    }
  gw_hvc_place (places, GW_HVC_ALL);
}

/**
 * gw_xen_map_new:
 *
 * Returns: (transfer full) (element-type GwXenMapRow): all consoles that have
 *   a terminal; nothing where there is no Xen
 */
GPtrArray *
gw_xen_map_new (void)
{
  GPtrArray *map = g_ptr_array_new_with_free_func (row_free);
  g_autoptr (GDir) devices = g_dir_open (DEVICES, 0, NULL);
  g_autoptr (GwXenstoreCalls) store = devices != NULL ? gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, NULL) : NULL;

  if (store != NULL)
    look_at_all (map, store, devices);
  return map;
}

/**
 * gw_xen_map_link:
 *
 * Returns: (nullable): what the terminal's link is to be called, or %NULL if
 *   it is to have none: because it has no name, or is the kernel's own
 */
const char *
gw_xen_map_link (GPtrArray *map, guint hvc)
{
  if (hvc == 0 || (gw_hvc_consoles () & GW_HVC_BIT (hvc)) != 0)
    return NULL;
  for (guint i = 0; i < map->len; i++)
    {
      const GwXenMapRow *row = map->pdata[i];

      if (row->place.hvc == hvc)
        return row->link;
    }
  return NULL;
}

/* Which terminals have a link of that name now, and which have one at all. */
static guint64
linked (const char *folder, GPtrArray *map, guint64 *right)
{
  g_autoptr (GDir) links = g_dir_open (folder, 0, NULL);
  guint64 any = 0;
  const char *name;

  *right = 0;
  while (links != NULL && (name = g_dir_read_name (links)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);
      const char *last = target != NULL ? strrchr (target, '/') : NULL;
      guint hvc = last != NULL ? gw_hvc_number (last + 1) : 0;

      if (hvc == 0)
        continue;
      any |= GW_HVC_BIT (hvc);
      if (g_strcmp0 (gw_xen_map_link (map, hvc), name) == 0)
        *right |= GW_HVC_BIT (hvc);
    }
  return any;
}

/**
 * gw_xen_map_announce:
 * @folder: where the links are
 *
 * Has the kernel send an event for each terminal whose link is missing, wrong,
 * or left over: udev then asks again what it is called.
 */
void
gw_xen_map_announce (GPtrArray *map, const char *folder)
{
  guint64 right;
  guint64 stale = linked (folder, map, &right);

  for (guint i = 0; i < map->len; i++)
    {
      guint hvc = ((const GwXenMapRow *) map->pdata[i])->place.hvc;

      if (gw_xen_map_link (map, hvc) != NULL)
        stale |= GW_HVC_BIT (hvc);
    }
  stale &= ~right;
  for (guint hvc = 1; hvc < 64; hvc++)
    if ((stale & GW_HVC_BIT (hvc)) != 0)
      gw_hvc_announce (hvc);
}
