/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the managers of this world put the sockets of channels, and what their
 * names tell. Opens no socket. */

#include "gw-domain-places.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-domain-private.h"
#include "gw-limits.h"

#define UUID_LENGTH 36

/* A directory. @parse fills in what the names tell, of a socket in it or in a
 * folder of it. */
typedef struct
{
  const char *path;
  const char *manager;
  const char *kind;
  gboolean (*parse) (GwDomainPlace *place, const char *root, const char *folder, const char *file);
} Place;

static void
place_free (gpointer data)
{
  GwDomainPlace *place = data;

  g_free (place->path);
  g_free (place->domain);
  g_free (place->uuid);
  g_free (place->id);
  g_free (place->channel);
  g_free (place);
}

/* --- Names -------------------------------------------------------------- */

/* "NAME" + @ending */
static gboolean
split_ending (const char *file, const char *ending, char **stem)
{
  if (!g_str_has_suffix (file, ending) || strlen (file) == strlen (ending))
    return FALSE;
  *stem = g_strndup (file, strlen (file) - strlen (ending));
  return TRUE;
}

/* "ID-NAME"; libvirt cuts long names here (virDomainDefGetShortName). */
static gboolean
split_id (GwDomainPlace *place, const char *text)
{
  gsize digits = strspn (text, "0123456789");

  if (digits == 0 || text[digits] != '-' || text[digits + 1] == '\0')
    return FALSE;
  place->id = g_strndup (text, digits);
  place->domain = g_strdup (text + digits + 1);
  place->is_cut = TRUE;
  return TRUE;
}

/* "NAME.CHANNEL", where both may hold dots: what a channel's name usually
 * begins with tells where it begins. */
static gboolean
split_channel (GwDomainPlace *place, const char *file)
{
  static const char *const beginnings[] = { ".org.qemu.guest_agent.", ".org.guestwire.", ".com.redhat.", ".org." };
  const char *dot = NULL;

  for (gsize i = 0; dot == NULL && i < G_N_ELEMENTS (beginnings); i++)
    dot = strstr (file, beginnings[i]);
  if (dot == NULL)
    dot = strchr (file, '.');
  if (dot == NULL || dot == file || dot[1] == '\0')
    return FALSE;
  place->domain = g_strndup (file, dot - file);
  place->channel = g_strdup (dot + 1);
  return TRUE;
}

static gboolean
parse_served (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  return folder == NULL && split_ending (file, ".sock", &place->domain);
}

/* ID-NAME/CHANNEL, from libvirt 9.7 on */
static gboolean
parse_libvirt (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  if (folder == NULL || !split_id (place, folder))
    return FALSE;
  place->channel = g_strdup (file);
  return TRUE;
}

/* domain-ID-NAME/CHANNEL to 9.6; before 1.3.3 domain-NAME/CHANNEL, NAME.CHANNEL */
static gboolean
parse_old_libvirt (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  const char *rest;

  if (folder == NULL)
    return split_channel (place, file);
  if (!g_str_has_prefix (folder, "domain-") || folder[strlen ("domain-")] == '\0')
    return FALSE;
  rest = folder + strlen ("domain-");
  if (!split_id (place, rest))
    place->domain = g_strdup (rest);
  place->channel = g_strdup (file);
  return TRUE;
}

/* DOMAIN-CHANNEL */
static gboolean
parse_libxl (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  const char *dash = strstr (file, "-org.");

  if (dash == NULL)
    dash = strrchr (file, '-');
  if (folder != NULL || dash == NULL || dash == file || dash[1] == '\0')
    return FALSE;
  place->domain = g_strndup (file, dash - file);
  place->channel = g_strdup (dash + 1);
  return TRUE;
}

/* NAME.agent of a system's machine, NAME.org.qemu.guest_agent.0 of others */
static gboolean
parse_cloudstack (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  if (folder != NULL)
    return FALSE;
  if (split_ending (file, ".agent", &place->domain))
    {
      place->channel = g_strconcat (place->domain, ".vport", NULL);
      return TRUE;
    }
  if (!split_ending (file, ".org.qemu.guest_agent.0", &place->domain))
    return FALSE;
  place->channel = g_strdup ("org.qemu.guest_agent.0");
  return TRUE;
}

/* UUID.CHANNEL */
static gboolean
parse_vdsm (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  if (folder != NULL || strlen (file) < UUID_LENGTH + 2 || file[UUID_LENGTH] != '.')
    return FALSE;
  place->uuid = g_strndup (file, UUID_LENGTH);
  if (!g_uuid_string_is_valid (place->uuid))
    return FALSE;
  place->domain = g_strdup (place->uuid);
  place->channel = g_strdup (file + UUID_LENGTH + 1);
  return TRUE;
}

/* "name: web1" ahead of the first "[section]" */
static char *
read_proxmox_name (const char *root, const char *id)
{
  g_autofree char *path = g_strdup_printf ("%s/etc/pve/qemu-server/%s.conf", root, id);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '['; line++)
    if (g_str_has_prefix (*line, "name:"))
      return g_strdup (g_strstrip (*line + strlen ("name:")));
  return NULL;
}

/* ID.qga */
static gboolean
parse_proxmox (GwDomainPlace *place, const char *root, const char *folder, const char *file)
{
  if (folder != NULL || !split_ending (file, ".qga", &place->id)
      || place->id[strspn (place->id, "0123456789")] != '\0')
    return FALSE;
  place->domain = read_proxmox_name (root, place->id);
  if (place->domain == NULL)
    place->domain = g_strdup (place->id);
  place->channel = g_strdup ("org.qemu.guest_agent.0");
  return TRUE;
}

static const Place places[] = {
  { "/run/guestwire", "guestwire", GW_DOMAIN_SERVED, parse_served },
  { "/run/libvirt/qemu/channel", GW_DOMAIN_LIBVIRT, "virtio", parse_libvirt },
  { "/var/lib/libvirt/qemu/channel/target", GW_DOMAIN_LIBVIRT, "virtio", parse_old_libvirt },
  { "/var/lib/libvirt/libxl/channel/target", GW_DOMAIN_LIBVIRT, "xen", parse_libxl },
  { "/var/lib/libvirt/qemu", "cloudstack", "virtio", parse_cloudstack },
  { "/var/lib/libvirt/qemu/channels", "vdsm", "virtio", parse_vdsm },
  { "/run/qemu-server", "proxmox", "virtio", parse_proxmox },
};

/* --- Directories -------------------------------------------------------- */

static void
see_socket (GPtrArray *found, const char *root, const Place *kind, const char *directory, const char *folder,
            const char *file)
{
  GwDomainPlace *place = g_new0 (GwDomainPlace, 1);

  place->manager = kind->manager;
  place->kind = kind->kind;
  if (kind->parse (place, root, folder, file))
    {
      place->path = g_build_filename (directory, file, NULL);
      g_ptr_array_add (found, place);
    }
  else
    place_free (place);
}

/* @folder: what of it is below the place's own directory; NULL for nothing */
static void
look_into (GPtrArray *found, const char *root, const Place *kind, const char *directory, const char *folder)
{
  DIR *dir = opendir (directory);
  struct dirent *entry;
  guint seen = 0;

  while (dir != NULL && seen < GW_DOMAIN_PLACES_MAX && (entry = readdir (dir)) != NULL)
    {
      struct stat status;

      if (entry->d_name[0] == '.' || fstatat (dirfd (dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      seen++;
      if (S_ISSOCK (status.st_mode))
        see_socket (found, root, kind, directory, folder, entry->d_name);
      else if (S_ISDIR (status.st_mode) && folder == NULL)
        {
          g_autofree char *below = g_build_filename (directory, entry->d_name, NULL);

          look_into (found, root, kind, below, entry->d_name);
        }
    }
  if (dir != NULL)
    closedir (dir);
}

/**
 * gw_domain_places_find:
 * @root: what stands before all paths; "" for nothing
 *
 * Returns: (transfer full) (element-type GwDomainPlace): what was found; what
 *   this user may not read is left out
 */
GPtrArray *
gw_domain_places_find (const char *root)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (place_free);

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *directory = g_strconcat (root, places[i].path, NULL);

      look_into (found, root, &places[i], directory, NULL);
    }
  return found;
}
