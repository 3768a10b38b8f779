/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent as a daemon of its own accord, for systems whose service manager
 * wants that, and the file that says which process it is. */

#include "gw-daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_fd = -1; /* the parent waits at its other end */
static char *pid_path;

/* --- The parent --------------------------------------------------------- */

/* Ends as the child did, or well once the child is ready. */
static void
wait_for_child (pid_t child, int fd)
{
  char byte;
  gssize length;
  int status;

  do
    length = read (fd, &byte, 1);
  while (length < 0 && errno == EINTR);
  if (length == 1)
    _exit (EXIT_SUCCESS);
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      _exit (EXIT_FAILURE);
  _exit (WIFEXITED (status) && WEXITSTATUS (status) != 0 ? WEXITSTATUS (status) : EXIT_FAILURE);
}

/**
 * gw_daemon_begin:
 *
 * Goes on in a child, in a session of its own. The parent exits only when the
 * child is ready or has failed, with its status. To be called before there
 * are threads, locks and descriptors.
 */
gboolean
gw_daemon_begin (GError **error)
{
  int fds[2];
  pid_t child;

  if (pipe2 (fds, O_CLOEXEC) < 0 || (child = fork ()) < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot go to the background: %s", g_strerror (errno));
      return FALSE;
    }
  if (child > 0)
    {
      close (fds[1]);
      wait_for_child (child, fds[0]);
    }
  close (fds[0]);
  ready_fd = fds[1];
  setsid ();
  if (chdir ("/") < 0)
    g_debug ("chdir: %s", g_strerror (errno));
  return TRUE;
}

/* Tells the parent, and leaves the terminal. Harmless when there is none. */
void
gw_daemon_ready (void)
{
  int null;

  if (ready_fd < 0)
    return;
  null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
    dup2 (null, fd);
  if (null > STDERR_FILENO)
    close (null);
  if (write (ready_fd, "", 1) < 0)
    g_debug ("the parent is gone: %s", g_strerror (errno));
  close (ready_fd);
  ready_fd = -1;
}

/* --- The file ----------------------------------------------------------- */

static gboolean
lock (int fd, const char *path, GError **error)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int code;

  /* A lock of fcntl(2): what the agent forks does not hold it. */
  if (fcntl (fd, F_SETLK, &whole) == 0)
    return TRUE;
  code = errno;
  if ((code == EAGAIN || code == EACCES) && fcntl (fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK)
    g_set_error (error, GW_ERROR, GW_ERROR_BUSY,
                 "another agent is running: process %d holds %s; end that one, or name another file with --pidfile",
                 (int) whole.l_pid, path);
  else
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot lock %s: %s", path, g_strerror (code));
  return FALSE;
}

/* Whether @path still is the file that was locked: the agent that ended just
 * now has removed it. */
static gboolean
is_current (int fd, const char *path)
{
  struct stat ours, there;

  return fstat (fd, &ours) == 0 && stat (path, &there) == 0 && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static gboolean
write_pid (int fd, const char *path, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%d\n", (int) getpid ());

  if (ftruncate (fd, 0) == 0 && pwrite (fd, text, strlen (text), 0) == (gssize) strlen (text))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot write %s: %s", path, g_strerror (errno));
  return FALSE;
}

/**
 * gw_pid_file_take:
 *
 * Locks @path and writes this process's id into it. The lock is held until the
 * process ends, however it ends.
 *
 * Returns: %FALSE with %GW_ERROR_BUSY set if another agent holds it, or
 *   %GW_ERROR_FAILED
 */
gboolean
gw_pid_file_take (const char *path, GError **error)
{
  int fd;

  for (;;)
    {
      fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
      if (fd < 0)
        {
          g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot open %s: %s", path, g_strerror (errno));
          return FALSE;
        }
      if (!lock (fd, path, error))
        {
          close (fd);
          return FALSE;
        }
      if (is_current (fd, path))
        break;
      close (fd);
    }
  pid_path = g_strdup (path);
  return write_pid (fd, path, error);
}

void
gw_pid_file_remove (void)
{
  if (pid_path != NULL)
    unlink (pid_path);
  g_clear_pointer (&pid_path, g_free);
}
