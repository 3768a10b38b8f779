/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where output and results of programs are kept: files in memory (/run), for
 * root's eyes only, of this boot only, and of one agent at a time. Knows no
 * process. */

#include "gw-program-store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-supervisor.h"

#define FILE_LOCK "lock"
#define FILE_BOOT "boot"
#define FILE_TOTAL "total"
#define FOLDER_NEW "new-"
#define FOLDER_JOB "job-"

/* Of one store, shared by the agent and all supervisors. */
typedef struct
{
  guint64 total; /* bytes of output */
  guint64 jobs;  /* that there have been */
} Counts;

static char *store_path;   /* NULL: programs run, and nothing of them is kept */
static gboolean is_private; /* of this process, and gone with it */
static int store_fd = -1;
static int lock_fd = -1;
static Counts *counts;
static guint next_new;

static gboolean
fail (GError **error, const char *what, const char *path)
{
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot %s %s: %s", what, path, g_strerror (errno));
  return FALSE;
}

/* --- Folders in it ------------------------------------------------------ */

/**
 * gw_program_store_enter:
 *
 * Returns: a descriptor of the folder @name, or -1
 */
int
gw_program_store_enter (const char *name)
{
  return store_fd < 0 ? -1 : openat (store_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/**
 * gw_program_store_new:
 * @name: (out) (transfer full): its name for now
 *
 * Makes a folder for a program that is to be started.
 *
 * Returns: its descriptor; or -1 if there is none, as without room: then the
 *   program's output cannot be kept
 */
int
gw_program_store_new (char **name)
{
  *name = NULL;
  for (guint tries = 0; store_fd >= 0 && tries < 100; tries++)
    {
      g_autofree char *fresh = g_strdup_printf (FOLDER_NEW "%u", next_new++);

      if (mkdirat (store_fd, fresh, 0700) == 0)
        {
          *name = g_steal_pointer (&fresh);
          return gw_program_store_enter (*name);
        }
      if (errno != EEXIST)
        break;
    }
  return -1;
}

/* Fails where @new_name is there, and not empty. */
gboolean
gw_program_store_rename (const char *name, const char *new_name)
{
  return renameat (store_fd, name, store_fd, new_name) == 0;
}

static guint64
size_of (int folder, const char *name)
{
  struct stat file;

  return fstatat (folder, name, &file, AT_SYMLINK_NOFOLLOW) == 0 ? file.st_size : 0;
}

static guint64
output_in (int folder)
{
  return size_of (folder, GW_FILE_OUTPUT) + size_of (folder, GW_FILE_ERRORS);
}

/* Takes @folder. */
static void
remove_files (int folder)
{
  DIR *dir = fdopendir (folder);
  struct dirent *entry;

  if (dir == NULL)
    {
      close (folder);
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    unlinkat (folder, entry->d_name, 0);
  closedir (dir);
}

/* Its output counts no more. */
void
gw_program_store_remove (const char *name)
{
  int folder = gw_program_store_enter (name);

  if (folder < 0)
    return;
  __atomic_fetch_sub (&counts->total, output_in (folder), __ATOMIC_RELAXED);
  remove_files (folder);
  unlinkat (store_fd, name, AT_REMOVEDIR);
}

static gboolean
is_of_kind (const char *name, GwStoreKind kind)
{
  if (kind == GW_STORE_JOBS)
    return g_str_has_prefix (name, FOLDER_JOB);
  return g_str_has_prefix (name, FOLDER_NEW) || g_ascii_isdigit (*name);
}

/**
 * gw_program_store_list:
 *
 * Returns: (transfer full) (element-type utf8): the names of all such folders
 *   in it
 */
GPtrArray *
gw_program_store_list (GwStoreKind kind)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = store_path != NULL ? g_dir_open (store_path, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_of_kind (name, kind))
      g_ptr_array_add (names, g_strdup (name));
  g_clear_pointer (&dir, g_dir_close);
  return names;
}

/* Returns: (transfer full): the name of a job's folder */
char *
gw_program_store_job_folder (guint64 number)
{
  return g_strdup_printf (FOLDER_JOB "%" G_GUINT64_FORMAT, number);
}

/**
 * gw_program_store_new_job:
 * @number: (out): the job's, which no other one of this boot has had
 *
 * Returns: a descriptor of its folder, or -1
 */
int
gw_program_store_new_job (guint64 *number)
{
  /* More than there are: the count may have been lost. */
  for (guint tries = 0; store_fd >= 0 && tries < 2 * (GW_JOBS_RUNNING_MAX + GW_JOBS_ENDED_MAX); tries++)
    {
      g_autofree char *name = NULL;

      *number = ++counts->jobs;
      name = gw_program_store_job_folder (*number);
      if (mkdirat (store_fd, name, 0700) == 0)
        return gw_program_store_enter (name);
      if (errno != EEXIST)
        break;
    }
  return -1;
}

/* Bytes of input in it. A supervisor removes what has been read to its end. */
guint64
gw_program_store_input (void)
{
  g_autoptr (GPtrArray) names = gw_program_store_list (GW_STORE_PROGRAMS);
  guint64 sum = 0;

  for (guint i = 0; i < names->len; i++)
    {
      int folder = gw_program_store_enter (names->pdata[i]);

      if (folder < 0)
        continue;
      sum += size_of (folder, GW_FILE_INPUT);
      close (folder);
    }
  return sum;
}

static void
remove_all (void)
{
  for (GwStoreKind kind = GW_STORE_PROGRAMS; kind <= GW_STORE_JOBS; kind++)
    {
      g_autoptr (GPtrArray) names = gw_program_store_list (kind);

      for (guint i = 0; i < names->len; i++)
        gw_program_store_remove (names->pdata[i]);
    }
}

/* --- The whole of it ---------------------------------------------------- */

/* Bytes of output in it, counted by all who add and remove. */
guint64 *
gw_program_store_total (void)
{
  static guint64 nothing;

  return counts != NULL ? &counts->total : &nothing;
}

static gboolean
map_counts (GError **error)
{
  int fd = openat (store_fd, FILE_TOTAL, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  void *page = MAP_FAILED;

  if (fd >= 0 && ftruncate (fd, sizeof *counts) == 0)
    page = mmap (NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED)
    fail (error, "use", FILE_TOTAL);
  else
    counts = page;
  if (fd >= 0)
    close (fd);
  return counts != NULL;
}

/* One agent's: another one would take its programs for its own. */
static gboolean
take_lock (GError **error)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  lock_fd = openat (store_fd, FILE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_fd < 0)
    return fail (error, "open the lock of", store_path);
  /* Of fcntl(2), which is not inherited by supervisors. */
  if (fcntl (lock_fd, F_SETLK, &whole) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "another agent keeps its programs in %s", store_path);
  return FALSE;
}

/* A supervisor that was killed has not given back what it was about to write. */
static void
count_anew (void)
{
  g_autoptr (GPtrArray) names = gw_program_store_list (GW_STORE_PROGRAMS);

  if (names->len == 0)
    counts->total = 0;
}

/* Where /run outlives a boot, its process ids do not. */
static void
forget_other_boots (void)
{
  g_autofree char *file = g_build_filename (store_path, FILE_BOOT, NULL);
  g_autofree char *then = NULL;
  g_autofree char *now = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &now, NULL, NULL))
    return;
  g_file_get_contents (file, &then, NULL, NULL);
  if (g_strcmp0 (now, then) == 0)
    return;
  remove_all ();
  g_file_set_contents (file, now, -1, NULL);
}

/* Nobody else may have made it, or look into it. */
static gboolean
open_folder (const char *path, GError **error)
{
  struct stat folder;

  if (g_mkdir_with_parents (path, 0700) < 0)
    return fail (error, "make", path);
  store_fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (store_fd < 0 || fstat (store_fd, &folder) < 0)
    return fail (error, "open", path);
  if (folder.st_uid == geteuid () && (folder.st_mode & 077) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "%s is not a folder for this user only", path);
  return FALSE;
}

/**
 * gw_program_store_open:
 *
 * Uses the folder @path, with what an earlier agent left in it.
 *
 * Returns: %FALSE with %GW_ERROR_BUSY set if another agent uses it, or
 *   %GW_ERROR_FAILED; then nothing is kept of programs
 */
gboolean
gw_program_store_open (const char *path, GError **error)
{
  store_path = g_strdup (path);
  if (!open_folder (path, error) || !take_lock (error) || !map_counts (error))
    {
      gw_program_store_close ();
      return FALSE;
    }
  forget_other_boots ();
  count_anew ();
  return TRUE;
}

/**
 * gw_program_store_open_private:
 *
 * Uses a new folder that no later agent finds.
 */
gboolean
gw_program_store_open_private (GError **error)
{
  g_autofree char *path = g_dir_make_tmp ("guestwire-programs-XXXXXX", error);

  if (path == NULL || !gw_program_store_open (path, error))
    return FALSE;
  is_private = TRUE;
  return TRUE;
}

static void
remove_store (void)
{
  static const char *const own[] = { FILE_LOCK, FILE_BOOT, FILE_TOTAL };

  remove_all ();
  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    unlinkat (store_fd, own[i], 0);
  g_rmdir (store_path);
}

/* What is in it stays for the next agent, unless it is private. */
void
gw_program_store_close (void)
{
  if (is_private)
    remove_store ();
  is_private = FALSE;
  if (counts != NULL)
    munmap (counts, sizeof *counts);
  counts = NULL;
  if (lock_fd >= 0)
    close (lock_fd);
  if (store_fd >= 0)
    close (store_fd);
  lock_fd = store_fd = -1;
  g_clear_pointer (&store_path, g_free);
}
