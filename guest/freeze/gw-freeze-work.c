/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezes and thaws file systems, one after the other. Each may take as long as
 * its disk does, so this is for threads. What counts, what is passed over and
 * the texts of errors are as in qemu-ga (qga/commands-posix.c). */

#include "gw-freeze-work.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- The real ways -------------------------------------------------------------- */

/* A mount may be that of a single file, but to open a device does something. */
static gboolean
may_be_opened (const char *path)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return FALSE;
  errno = ESTALE;
  return S_ISDIR (status.st_mode) || S_ISREG (status.st_mode);
}

/* #GwFreezeWays.open */
int
gw_mount_open (const GwMount *mount)
{
  struct stat status;
  int fd = may_be_opened (mount->path) ? open (mount->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;

  if (fd < 0 || mount->nameless)
    return fd;
  if (fstat (fd, &status) == 0 && status.st_dev == gw_mount_get_device (mount))
    return fd;
  close (fd);
  errno = ESTALE;
  return -1;
}

static int
control (int fd, unsigned long request)
{
  return ioctl (fd, request, 0);
}

const GwFreezeWays gw_freeze_real_ways = { "/proc/self/mountinfo", gw_mount_open, control };

/* --- Freeze ----------------------------------------------------------------------- */

static void
frozen_free (gpointer data)
{
  GwFrozen *frozen = data;

  close (frozen->fd);
  g_free (frozen->path);
  g_free (frozen);
}

/* Returns: (transfer full): room for what will be frozen */
GPtrArray *
gw_frozen_new (void)
{
  return g_ptr_array_new_with_free_func (frozen_free);
}

static gboolean
fail (const char *what, const char *path, GError **error)
{
  int code = errno;
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "failed to %s %s: %s", what, shown, g_strerror (code));
  return FALSE;
}

/* Some file systems cannot be frozen, and some are already, by somebody else or
 * because another path leads to them: neither is an error, and neither counts. */
static gboolean
freeze (const GwFreezeWays *ways, const GwMount *mount, GHashTable *done, GPtrArray *frozen, GError **error)
{
  guint64 device = gw_mount_get_device (mount);
  GwFrozen *one;
  int fd;

  if (g_hash_table_contains (done, &device))
    return TRUE;
  fd = ways->open (mount);
  if (fd < 0)
    return errno == ESTALE || fail ("open", mount->path, error);
  if (ways->control (fd, FIFREEZE) < 0)
    {
      gboolean passed_over = errno == EOPNOTSUPP || errno == EBUSY || fail ("freeze", mount->path, error);

      close (fd);
      if (passed_over)
        g_hash_table_add (done, g_memdup2 (&device, sizeof device));
      return passed_over;
    }
  one = g_new0 (GwFrozen, 1);
  one->fd = fd;
  one->path = g_strdup (mount->path);
  g_ptr_array_add (frozen, one);
  g_hash_table_add (done, g_memdup2 (&device, sizeof device));
  return TRUE;
}

/* Returns: (transfer full): what a freeze fails with that was stopped */
GError *
gw_freeze_called_off (void)
{
  return g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "the freeze was called off by a thaw or a cancel");
}

static gboolean
is_wanted (char **only, const char *path)
{
  return only == NULL || g_strv_contains ((const char *const *) only, path);
}

/**
 * gw_freeze_work:
 * @only: (nullable): mount points; %NULL for all
 * @stopped: set by another thread when nobody wants it any more
 * @frozen: gets those that were frozen, also if it fails: they are to be thawed
 *
 * What was mounted last is frozen first, since it may lie in a file of what was
 * mounted before.
 */
gboolean
gw_freeze_work (const GwFreezeWays *ways, char **only, const gint *stopped, GPtrArray *frozen, GError **error)
{
  g_autoptr (GPtrArray) mounts = gw_mounts_load (ways->mountinfo, error);
  g_autoptr (GHashTable) done = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  if (mounts == NULL)
    return FALSE;
  for (guint i = mounts->len; i > 0; i--)
    {
      const GwMount *mount = mounts->pdata[i - 1];

      if (g_atomic_int_get (stopped))
        break;
      if (is_wanted (only, mount->path) && !freeze (ways, mount, done, frozen, error))
        return FALSE;
    }
  if (!g_atomic_int_get (stopped))
    return TRUE;
  g_propagate_error (error, gw_freeze_called_off ());
  return FALSE;
}

/* --- Thaw --------------------------------------------------------------------------- */

/* Whoever froze it twice has to thaw it twice. Whether it was frozen at all is
 * told only by this. */
static gboolean
thaw (const GwFreezeWays *ways, int fd)
{
  gboolean any = FALSE;

  while (ways->control (fd, FITHAW) == 0)
    any = TRUE;
  return any;
}

/**
 * gw_thaw_work:
 * @frozen: what gw_freeze_work() has frozen; empty if that was another agent
 * @error: (nullable): set if one of these stays frozen
 *
 * Thaws these, and whatever else is frozen.
 *
 * Returns: how many were thawed
 */
guint
gw_thaw_work (const GwFreezeWays *ways, GPtrArray *frozen, GError **error)
{
  g_autoptr (GPtrArray) mounts = NULL;
  GError *problem = NULL;
  guint count = 0;

  for (guint i = frozen->len; i > 0; i--)
    {
      const GwFrozen *one = frozen->pdata[i - 1];

      if (thaw (ways, one->fd))
        count++;
      else if (errno != EINVAL && problem == NULL)
        fail ("thaw", one->path, &problem);
    }
  g_ptr_array_set_size (frozen, 0);
  mounts = gw_mounts_load (ways->mountinfo, problem == NULL ? &problem : NULL);
  for (guint i = 0; mounts != NULL && i < mounts->len; i++)
    {
      int fd = ways->open (mounts->pdata[i]);

      if (fd < 0)
        continue;
      count += thaw (ways, fd);
      close (fd);
    }
  if (problem != NULL)
    g_propagate_error (error, problem);
  return count;
}
