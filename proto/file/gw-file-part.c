/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file beside. Its name only follows from that of the file: so what an
 * interruption leaves is found again, and is never more than one. */

#include "gw-file-part.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-digest.h"
#include "gw-file-error.h"
#include "gw-limits.h"

/* Somebody else may make and remove it at the same time. */
#define OPEN_TRIES 10

/* A transfer whose host is lost ends in its thread, and may take so long. */
#define LOCK_TRIES 100
#define LOCK_TRY_US (20 * 1000)

typedef enum
{
  HAD,
  GONE,   /* it is another one by now */
  LOCKED,
  FAILED,
} Outcome;

/* Returns: (transfer full): what @name is called until it is whole */
char *
gw_file_part_name (const char *name)
{
  g_autoptr (GwDigest) digest = gw_digest_new (GW_DIGEST_XXH64);
  g_autofree char *text = NULL;

  gw_digest_add (digest, name, strlen (name));
  text = gw_digest_dup_text (digest);
  return g_strconcat (".guestwire-", text, NULL);
}

/* In a folder that anybody may write to, what is there could be another's, who
 * would have the file then. */
static gboolean
is_ours (int fd)
{
  struct stat status;

  return fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && status.st_uid == geteuid () && status.st_nlink == 1
         && (status.st_mode & 077) == 0;
}

/* Whether that name is this file's, now that it is locked. */
static gboolean
is_named (int fd, int folder, const char *part)
{
  struct stat here, there;

  return fstat (fd, &here) == 0 && fstatat (folder, part, &there, AT_SYMLINK_NOFOLLOW) == 0
         && here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* Only with its lock is it known whose it is: another transfer gives what it has
 * written the traits of the file to be before it gives it the name.
 *
 * @made: just now, by us. Some file systems have owners and modes of their own */
static Outcome
have (int fd, int folder, const char *part, const char *path, gboolean made, GError **error)
{
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno == EWOULDBLOCK)
        return LOCKED;
      gw_file_fail (error, errno, "lock what is beside", path);
      return FAILED;
    }
  if (!is_named (fd, folder, part))
    return GONE;
  if (made || is_ours (fd))
    return HAD;
  if (unlinkat (folder, part, 0) == 0)
    return GONE;
  gw_file_refuse (error, G_FILE_ERROR_EXIST, part, "is in the way, and somebody else's: remove it");
  return FAILED;
}

/* @fd: set if it was had */
static Outcome
try_part (int folder, const char *part, const char *path, int *fd, GError **error)
{
  int opened = openat (folder, part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean made = opened >= 0;
  Outcome outcome;

  if (opened < 0 && errno == EEXIST)
    opened = openat (folder, part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  /* A link is nobody's part. */
  if (opened < 0 && errno == ELOOP && unlinkat (folder, part, 0) == 0)
    return GONE;
  if (opened < 0 && errno == ENOENT && faccessat (folder, ".", F_OK, 0) == 0)
    return GONE;
  if (opened < 0)
    {
      gw_file_fail (error, errno, "write beside", path);
      return FAILED;
    }
  outcome = have (opened, folder, part, path, made, error);
  if (outcome == HAD)
    *fd = opened;
  else
    close (opened);
  return outcome;
}

/**
 * gw_file_part_open:
 * @part: of gw_file_part_name()
 * @path: of the file that is to be, for messages
 * @stopped: not 0 once nobody wants it any more
 *
 * Makes it, or takes the one that is there: locked, and nobody else's to read.
 *
 * Returns: a descriptor, or -1
 */
int
gw_file_part_open (int folder, const char *part, const char *path, const int *stopped, GError **error)
{
  guint gone = 0, locked = 0;
  int fd = -1;

  for (;;)
    switch (try_part (folder, part, path, &fd, error))
      {
      case HAD:
        return fd;
      case FAILED:
        return -1;
      case GONE:
        if (++gone < OPEN_TRIES)
          break;
        gw_file_refuse (error, G_FILE_ERROR_AGAIN, path, "is written and removed by somebody else at the same time");
        return -1;
      case LOCKED:
        if (gw_file_is_stopped (stopped, error))
          return -1;
        if (++locked < LOCK_TRIES)
          {
            g_usleep (LOCK_TRY_US);
            break;
          }
        gw_file_refuse (error, G_FILE_ERROR_AGAIN, path,
                        "is being written by another transfer; one whose host is lost ends within a minute");
        return -1;
      }
}
