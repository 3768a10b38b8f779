/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stands in for the kernel: says what is mounted by a file, and keeps what was
 * frozen in a table. Used by a thread of the agent and by the test. */

#include "fake-disks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <unistd.h>

typedef struct
{
  char *path;
  int open_code;
  int freeze_code;
  guint depth; /* how often it is frozen */
} Disk;

static GMutex mutex;
static GCond cond;
static GPtrArray *disks;
static GHashTable *opened; /* descriptor -> Disk */
static GString *log_text;
static GString *mountinfo;
static char *mountinfo_path;
static const char *held_path;
static gboolean held; /* a thread waits there */

static Disk *
find (const char *path)
{
  for (guint i = 0; i < disks->len; i++)
    if (g_str_equal (((Disk *) disks->pdata[i])->path, path))
      return disks->pdata[i];
  g_assert_not_reached ();
}

static int
fake_open (const GwMount *mount)
{
  Disk *disk;
  int fd = -1;

  g_mutex_lock (&mutex);
  disk = find (mount->path);
  errno = disk->open_code;
  if (errno == 0)
    {
      fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
      g_hash_table_replace (opened, GINT_TO_POINTER (fd), disk);
    }
  g_mutex_unlock (&mutex);
  return fd;
}

static void
wait_at (Disk *disk)
{
  while (g_strcmp0 (held_path, disk->path) == 0)
    {
      held = TRUE;
      g_cond_broadcast (&cond);
      g_cond_wait (&cond, &mutex);
    }
  held = FALSE;
}

static int
fake_freeze (Disk *disk)
{
  if (disk->freeze_code != 0 || disk->depth > 0)
    return disk->freeze_code != 0 ? disk->freeze_code : EBUSY;
  disk->depth++;
  g_string_append_printf (log_text, "+%s ", disk->path);
  return 0;
}

static int
fake_thaw (Disk *disk)
{
  if (disk->depth == 0)
    return EINVAL;
  disk->depth--;
  g_string_append_printf (log_text, "-%s ", disk->path);
  return 0;
}

static int
fake_control (int fd, unsigned long request)
{
  Disk *disk;
  int code;

  g_mutex_lock (&mutex);
  disk = g_hash_table_lookup (opened, GINT_TO_POINTER (fd));
  wait_at (disk);
  code = request == FIFREEZE ? fake_freeze (disk) : fake_thaw (disk);
  g_mutex_unlock (&mutex);
  errno = code;
  return code == 0 ? 0 : -1;
}

static GwFreezeWays ways = { NULL, fake_open, fake_control };

static void
disk_free (gpointer data)
{
  Disk *disk = data;

  g_free (disk->path);
  g_free (disk);
}

void
fake_disks_open (void)
{
  disks = g_ptr_array_new_with_free_func (disk_free);
  opened = g_hash_table_new (NULL, NULL);
  log_text = g_string_new (NULL);
  mountinfo = g_string_new ("1 0 0:19 / /proc rw - proc proc rw\n");
  close (g_file_open_tmp ("guestwire-XXXXXX", &mountinfo_path, NULL));
  ways.mountinfo = mountinfo_path;
  gw_freeze_replace_ways (&ways, 10);
}

void
fake_disks_close (void)
{
  unlink (mountinfo_path);
  g_free (mountinfo_path);
  g_string_free (mountinfo, TRUE);
  g_string_free (log_text, TRUE);
  g_hash_table_unref (opened);
  g_ptr_array_unref (disks);
}

/* How long a hook may run, in this test. */
void
fake_disks_limit_hook (guint seconds)
{
  gw_freeze_replace_ways (&ways, seconds);
}

/* The same device again is the same file system at another place. */
void
fake_disks_mount (const char *path, guint major, guint minor)
{
  Disk *disk = g_new0 (Disk, 1);

  disk->path = g_strdup (path);
  g_ptr_array_add (disks, disk);
  g_string_append_printf (mountinfo, "1 0 %u:%u / %s rw - ext4 /dev/x rw\n", major, minor, path);
  g_assert_true (g_file_set_contents (mountinfo_path, mountinfo->str, -1, NULL));
}

void
fake_disks_fail_open (const char *path, int code)
{
  find (path)->open_code = code;
}

void
fake_disks_fail_freeze (const char *path, int code)
{
  find (path)->freeze_code = code;
}

void
fake_disks_freeze_by_others (const char *path)
{
  find (path)->depth++;
}

/* Whoever freezes or thaws @path from now on waits. */
void
fake_disks_hold (const char *path)
{
  g_mutex_lock (&mutex);
  held_path = path;
  g_mutex_unlock (&mutex);
}

void
fake_disks_wait_held (void)
{
  g_mutex_lock (&mutex);
  while (!held)
    g_cond_wait (&cond, &mutex);
  g_mutex_unlock (&mutex);
}

void
fake_disks_let_go (void)
{
  g_mutex_lock (&mutex);
  held_path = NULL;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&mutex);
}

/* Returns: (transfer full): what happened since then: +PATH frozen, -PATH thawed */
char *
fake_disks_take_log (void)
{
  char *text;

  g_mutex_lock (&mutex);
  text = g_strdup (log_text->str);
  g_string_truncate (log_text, 0);
  g_mutex_unlock (&mutex);
  return text;
}

guint
fake_disks_count_frozen (void)
{
  guint count = 0;

  g_mutex_lock (&mutex);
  for (guint i = 0; i < disks->len; i++)
    count += ((Disk *) disks->pdata[i])->depth > 0;
  g_mutex_unlock (&mutex);
  return count;
}
