/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens addresses that are a pipe for each direction: a pair of FIFOs, as QEMU's
 * pipe has it, and what this process was started with. Speaks no byte. */

#include "gw-connect-pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-ends.h"

static gboolean
fail (GError **error, GwError code, const char *what, const char *why)
{
  g_set_error (error, GW_ERROR, code, "%s: %s", what, why);
  return FALSE;
}

/* --- Pairs of FIFOs ------------------------------------------------------ */

static gboolean
open_fifo (const char *path, int flags, int *fd, gboolean *may_pass, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);
  struct stat status;
  int number;

  *fd = open (path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  number = errno;
  if (*fd >= 0 && fstat (*fd, &status) == 0 && S_ISFIFO (status.st_mode))
    return TRUE;
  if (*fd >= 0)
    return fail (error, GW_ERROR_CONNECT, shown, "not a FIFO: make both with mkfifo, before the machine starts");
  *may_pass = number == ENOENT || number == ENXIO || number == EINTR;
  if (number == ENXIO)
    return fail (error, GW_ERROR_CONNECT, shown, "no hypervisor has it open: is the machine running?");
  if (number == ENOENT)
    return fail (error, GW_ERROR_CONNECT, shown, "there is none: make both with mkfifo, before the machine starts");
  return fail (error, GW_ERROR_CONNECT, shown, g_strerror (number));
}

/* A file that is no FIFO could be spoiled by what is written. */
static gboolean
is_no_file (const char *path)
{
  struct stat status;

  return stat (path, &status) != 0 || S_ISFIFO (status.st_mode);
}

/**
 * gw_connect_pipe:
 * @path: what the paths of both FIFOs begin with
 *
 * QEMU holds both FIFOs open in both ways. So the one that it reads can be
 * opened for writing when it is there, and whoever comes first, nobody waits.
 */
gboolean
gw_connect_pipe (const char *path, GwEnds *ends, gboolean *may_pass, GError **error)
{
  g_autofree char *to = g_strconcat (path, ".in", NULL);
  g_autofree char *from = g_strconcat (path, ".out", NULL);

  ends->kind = GW_PORT_PIPE;
  if (!is_no_file (to))
    return fail (error, GW_ERROR_CONNECT, to, "not a FIFO: make both with mkfifo, before the machine starts");
  if (!open_fifo (to, O_WRONLY, &ends->out, may_pass, error) || !open_fifo (from, O_RDONLY, &ends->fd, may_pass, error))
    return FALSE;
  /* Of two readers each would get some of the bytes. */
  if (flock (ends->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    return TRUE;
  *may_pass = TRUE;
  return fail (error, GW_ERROR_BUSY, from, "another program holds it");
}

/* --- Standard input and output ------------------------------------------- */

typedef struct
{
  int fds[2];
  int problem; /* an errno, or 0 */
} Taken;

/* Once for the process: what it would print into the channel goes to standard
 * error, and it cannot take any of what comes. */
static gpointer
take (gpointer data G_GNUC_UNUSED)
{
  static Taken taken;
  int nothing = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  taken.fds[0] = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  taken.fds[1] = taken.fds[0] >= 0 ? fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
  if (nothing < 0 || taken.fds[1] < 0 || dup2 (nothing, STDIN_FILENO) < 0 || dup2 (STDERR_FILENO, STDOUT_FILENO) < 0)
    taken.problem = errno;
  if (nothing >= 0)
    close (nothing);
  return &taken;
}

/* What cannot be read any more never will be. */
static gboolean
has_ended (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLRDHUP };
  int waiting = 0;

  return poll (&poll_fd, 1, 0) == 1 && (poll_fd.revents & (POLLHUP | POLLRDHUP)) != 0
         && ioctl (fd, FIONREAD, &waiting) == 0 && waiting == 0;
}

static gboolean
fail_stdio (GError **error, const char *why)
{
  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT,
               "%s: it is for a program that was started with its standard input and output tied to a machine's port, as "
               "socat's EXEC does",
               why);
  return FALSE;
}

gboolean
gw_connect_stdio (GwEnds *ends, GError **error)
{
  static GOnce once = G_ONCE_INIT;
  const Taken *taken;

  if (once.status != G_ONCE_STATUS_READY && (isatty (STDIN_FILENO) || isatty (STDOUT_FILENO)))
    return fail_stdio (error, "standard input or output is a terminal");
  taken = g_once (&once, take, NULL);
  if (taken->problem != 0)
    return fail_stdio (error, g_strerror (taken->problem));
  if (has_ended (taken->fds[0]))
    return fail_stdio (error, "standard input has ended");
  ends->kind = GW_PORT_PIPE;
  ends->fd = fcntl (taken->fds[0], F_DUPFD_CLOEXEC, 0);
  ends->out = fcntl (taken->fds[1], F_DUPFD_CLOEXEC, 0);
  if (ends->fd >= 0 && ends->out >= 0)
    return gw_ends_set_nonblocking (ends, error);
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, g_strerror (errno));
  return FALSE;
}
