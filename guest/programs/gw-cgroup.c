/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives each program a cgroup of its own, where the service manager leaves the
 * agent's to it (Delegate=): an operator sees what belongs to what, the OOM
 * killer can take one without the others, and what a program leaves running
 * is not the agent's. Elsewhere (cgroup v1, containers, no systemd) it does
 * nothing. */

#include "gw-cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "gw-fork-safe.h"

#define PREFIX "exec-"
#define NAME_SIZE (sizeof PREFIX + 16)

/* systemd's marks: who finds one may make cgroups below (CGROUP_DELEGATION). */
static const char *const marks[] = { "trusted.delegate", "user.delegate" };

static gboolean
is_delegated (int fd)
{
  struct statfs kind;
  char value[2];

  if (fstatfs (fd, &kind) < 0 || (guint32) kind.f_type != CGROUP2_SUPER_MAGIC)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (fgetxattr (fd, marks[i], value, sizeof value) == 1 && value[0] == '1')
      return TRUE;
  return FALSE;
}

/* Where this process is in the one hierarchy of version 2: "0::/PATH". */
static char *
own_path (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "0::/"))
      return g_strdup (lines[i] + strlen ("0::/"));
  return NULL;
}

/**
 * gw_cgroup_open:
 *
 * Returns: a descriptor of the agent's cgroup, if programs may have theirs
 *   below it; else -1
 */
int
gw_cgroup_open (void)
{
  static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
  g_autofree char *path = own_path ();

  for (guint i = 0; path != NULL && i < G_N_ELEMENTS (mounts); i++)
    {
      g_autofree char *folder = g_build_filename (mounts[i], path, NULL);
      int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

      if (fd >= 0 && is_delegated (fd))
        return fd;
      if (fd >= 0)
        close (fd);
    }
  return -1;
}

/**
 * gw_cgroup_tidy:
 *
 * Removes what programs left here that have ended, and all that they had
 * started. The kernel refuses to remove the others.
 */
void
gw_cgroup_tidy (int cgroup)
{
  int copy = openat (cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = copy >= 0 ? fdopendir (copy) : NULL;
  struct dirent *entry;

  if (folder == NULL)
    {
      if (copy >= 0)
        close (copy);
      return;
    }
  while ((entry = readdir (folder)) != NULL)
    if (g_str_has_prefix (entry->d_name, PREFIX))
      unlinkat (cgroup, entry->d_name, AT_REMOVEDIR);
  closedir (folder);
}

/* Its supervisor's process id: the program has none before it is in there. */
static void
put_name (char *name)
{
  gsize length = strlen (PREFIX);

  memcpy (name, PREFIX, length);
  length += gw_fork_safe_put_number (name + length, getpid ());
  name[length] = '\0';
}

/* Before Linux 5.7: moving a process makes it wait for all processors. */
static pid_t
fork_and_move (int folder)
{
  pid_t child = fork ();
  int procs;

  if (child != 0)
    return child;
  procs = openat (folder, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (procs >= 0)
    gw_fork_safe_write (procs, "0", 1);
  gw_fork_safe_close (&procs);
  return 0;
}

/**
 * gw_cgroup_fork:
 * @cgroup: what gw_cgroup_open() returned
 *
 * As fork(2), but the child has a cgroup of its own below @cgroup, or where
 * that cannot be, the caller's. To be called once in a process, which has one
 * thread.
 */
pid_t
gw_cgroup_fork (int cgroup)
{
  struct clone_args arguments = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
  char name[NAME_SIZE];
  int folder = -1;
  pid_t child;

  put_name (name);
  if (cgroup >= 0 && (mkdirat (cgroup, name, 0755) == 0 || errno == EEXIST))
    folder = openat (cgroup, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return fork ();
  arguments.cgroup = folder;
  child = syscall (SYS_clone3, &arguments, sizeof arguments);
  if (child < 0)
    child = fork_and_move (folder);
  if (child != 0)
    close (folder);
  return child;
}

/* Removes the one that gw_cgroup_fork() made in this process, if nothing is
 * left in it. */
void
gw_cgroup_remove (int cgroup)
{
  char name[NAME_SIZE];

  put_name (name);
  unlinkat (cgroup, name, AT_REMOVEDIR);
}
