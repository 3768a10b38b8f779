/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Goes through /proc once (proc(5)). Another user's processes are seen by root
 * only. Knows no socket but by its inode. */

#include "gw-fd-owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

struct _GwFdOwners
{
  GHashTable *links; /* what /proc/PID/fd/N says -> GPtrArray of GwFdOwner */
  gboolean saw_all;
};

static void
owner_free (gpointer data)
{
  g_free (((GwFdOwner *) data)->name);
  g_free (data);
}

GwFdOwners *
gw_fd_owners_new (void)
{
  GwFdOwners *owners = g_new0 (GwFdOwners, 1);

  owners->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  return owners;
}

void
gw_fd_owners_free (GwFdOwners *owners)
{
  g_hash_table_unref (owners->links);
  g_free (owners);
}

static char *
link_of_socket (guint32 inode)
{
  return g_strdup_printf ("socket:[%u]", inode);
}

/* Takes @link. */
static void
want (GwFdOwners *owners, char *link)
{
  if (g_hash_table_contains (owners->links, link))
    g_free (link);
  else
    g_hash_table_insert (owners->links, link, g_ptr_array_new_with_free_func (owner_free));
}

void
gw_fd_owners_want_socket (GwFdOwners *owners, guint32 inode)
{
  want (owners, link_of_socket (inode));
}

/**
 * gw_fd_owners_want_file:
 * @path: as the kernel spells it, without symbolic links
 */
void
gw_fd_owners_want_file (GwFdOwners *owners, const char *path)
{
  want (owners, g_strdup (path));
}

/* --- Looking ------------------------------------------------------------ */

static char *
read_name (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "comm", NULL);
  char *name = NULL;

  if (!g_file_get_contents (path, &name, NULL, NULL))
    return g_strdup ("?");
  return g_strchomp (name);
}

static void
found (GPtrArray *of_link, const char *pid)
{
  GwFdOwner *owner;
  GPid number = (GPid) g_ascii_strtoll (pid, NULL, 10);

  /* It may have more than one descriptor. */
  if (of_link->len > 0 && ((GwFdOwner *) g_ptr_array_index (of_link, of_link->len - 1))->pid == number)
    return;
  owner = g_new0 (GwFdOwner, 1);
  owner->pid = number;
  owner->name = read_name (pid);
  g_ptr_array_add (of_link, owner);
}

static void
look_at_process (GwFdOwners *owners, const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "fd", NULL);
  DIR *dir = opendir (path);
  struct dirent *entry;

  if (dir == NULL)
    {
      if (errno == EACCES || errno == EPERM)
        owners->saw_all = FALSE;
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    {
      char link[PATH_MAX];
      gssize length = readlinkat (dirfd (dir), entry->d_name, link, sizeof link - 1);
      GPtrArray *of_link;

      if (length < 0)
        continue;
      link[length] = '\0';
      of_link = g_hash_table_lookup (owners->links, link);
      if (of_link != NULL)
        found (of_link, pid);
    }
  closedir (dir);
}

/* Takes some milliseconds for each hundred processes. */
void
gw_fd_owners_look (GwFdOwners *owners)
{
  DIR *dir;
  struct dirent *entry;

  owners->saw_all = TRUE;
  if (g_hash_table_size (owners->links) == 0)
    return;
  dir = opendir ("/proc");
  if (dir == NULL)
    {
      owners->saw_all = FALSE;
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]))
      look_at_process (owners, entry->d_name);
  closedir (dir);
}

/* --- Questions ---------------------------------------------------------- */

/* Whether all processes could be looked at. */
gboolean
gw_fd_owners_saw_all (const GwFdOwners *owners)
{
  return owners->saw_all;
}

static const GwFdOwner *
find (const GwFdOwners *owners, const char *link, GPid besides)
{
  GPtrArray *of_link = g_hash_table_lookup (owners->links, link);

  for (guint i = 0; of_link != NULL && i < of_link->len; i++)
    {
      const GwFdOwner *owner = g_ptr_array_index (of_link, i);

      if (owner->pid != besides)
        return owner;
    }
  return NULL;
}

/**
 * gw_fd_owners_find_socket:
 * @besides: a process that does not count; 0 for none
 *
 * Returns: (nullable): a process that has it open
 */
const GwFdOwner *
gw_fd_owners_find_socket (const GwFdOwners *owners, guint32 inode, GPid besides)
{
  g_autofree char *link = link_of_socket (inode);

  return find (owners, link, besides);
}

const GwFdOwner *
gw_fd_owners_find_file (const GwFdOwners *owners, const char *path, GPid besides)
{
  return find (owners, path, besides);
}
