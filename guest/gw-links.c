/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sees to it that each named port has its link. Where udevd runs it makes
 * them, and only has to be told of consoles whose name comes late or whose
 * terminal changes, since the kernel tells nobody. Where it does not, they are
 * made here, and removed again. */

#include "gw-links.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "discovery/gw-hvc.h"
#include "discovery/gw-link-name.h"

struct _GwLinks
{
  GwPorts *ports;
  char *folder;
  gboolean udevd_runs;
  GHashTable *made; /* of paths, to be removed */
};

/* As udev's own library has it. */
gboolean
gw_links_udevd_runs (void)
{
  return g_file_test ("/run/udev/control", G_FILE_TEST_EXISTS);
}

static char *
link_path (GwLinks *links, const char *untrusted_name)
{
  g_autofree char *name = gw_link_name (untrusted_name);

  return name != NULL ? g_build_filename (links->folder, name, NULL) : NULL;
}

/* Where @devnode is, seen from @folder: both are in /dev. */
static char *
target_of (const char *devnode)
{
  return g_strdup_printf ("../%s", g_str_has_prefix (devnode, "/dev/") ? devnode + 5 : devnode);
}

static gboolean
leads_to (const char *path, const char *devnode)
{
  g_autofree char *target = target_of (devnode);
  g_autofree char *found = g_file_read_link (path, NULL);

  return g_strcmp0 (found, target) == 0;
}

/* Another's file is left alone; another's link is taken over, since it is of
 * the same name. */
static gboolean
make_link (const char *folder, const char *path, const char *devnode)
{
  g_autofree char *target = target_of (devnode);
  struct stat status;

  if (g_mkdir (folder, 0755) != 0 && errno != EEXIST)
    return FALSE;
  if (lstat (path, &status) == 0 && S_ISLNK (status.st_mode))
    g_unlink (path);
  return symlink (target, path) == 0;
}

static void
make (GwLinks *links, const char *name, const char *path, const char *devnode)
{
  if (make_link (links->folder, path, devnode))
    g_hash_table_add (links->made, g_strdup (path));
  else
    g_warning ("port %s: cannot make %s: %s", name, path, g_strerror (errno));
}

static void
make_missing (const char *name, const char *devnode, gpointer data)
{
  GwLinks *links = data;
  g_autofree char *path = link_path (links, name);

  if (path != NULL && !g_hash_table_contains (links->made, path))
    make (links, name, path, devnode);
}

static void
on_appeared (GwPorts *ports, const char *name, const char *devnode, GwLinks *links)
{
  g_autofree char *path = link_path (links, name);

  if (path == NULL)
    return;
  if (!links->udevd_runs)
    make (links, name, path, devnode);
  else if (gw_hvc_number (devnode) != 0 && !leads_to (path, devnode))
    gw_hvc_announce (gw_hvc_number (devnode));
}

static void
on_vanished (GwPorts *ports, const char *name, const char *devnode, GwLinks *links)
{
  g_autofree char *path = link_path (links, name);

  if (path == NULL || !leads_to (path, devnode))
    return;
  if (links->udevd_runs && gw_hvc_number (devnode) != 0)
    gw_hvc_announce (gw_hvc_number (devnode));
  if (!g_hash_table_remove (links->made, path))
    return;
  g_unlink (path);
  /* There may be a second one of that name. */
  gw_ports_foreach (ports, make_missing, links);
}

/**
 * gw_links_new:
 * @folder: where links are, %GW_LINK_FOLDER
 *
 * Returns: (transfer full): sees to the links of what @ports announces from
 *   here on
 */
GwLinks *
gw_links_new (GwPorts *ports, const char *folder, gboolean udevd_runs)
{
  GwLinks *links = g_new0 (GwLinks, 1);

  links->ports = g_object_ref (ports);
  links->folder = g_strdup (folder);
  links->udevd_runs = udevd_runs;
  links->made = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_signal_connect (ports, "appeared", G_CALLBACK (on_appeared), links);
  g_signal_connect (ports, "vanished", G_CALLBACK (on_vanished), links);
  return links;
}

/* The links stay, as the ports do: others use them. */
void
gw_links_free (GwLinks *links)
{
  g_signal_handlers_disconnect_by_data (links->ports, links);
  g_hash_table_unref (links->made);
  g_object_unref (links->ports);
  g_free (links->folder);
  g_free (links);
}
