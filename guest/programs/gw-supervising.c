/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a fork of the agent becomes a supervisor, and the fork of that what is to
 * be a program. Knows not what is done with the program's input and output. */

#include "gw-supervising.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-fork-safe.h"
#include "gw-supervisor.h"

/* --- Its name ----------------------------------------------------------- */

#define TITLE "guestwire-exec"

static char *title_place;
static gsize title_size;

/**
 * gw_supervising_set_title_place:
 * @argv: of main(): where ps(1) and killall(1) find what a process is called
 */
void
gw_supervising_set_title_place (int argc, char **argv)
{
  title_place = argc > 0 ? argv[0] : NULL;
  for (int i = 0; i < argc && argv[i] == title_place + title_size; i++)
    title_size += strlen (argv[i]) + 1;
}

/* Who kills the agent by its name does not mean its programs. */
void
gw_supervising_set_title (void)
{
  prctl (PR_SET_NAME, TITLE);
  if (title_size < sizeof TITLE)
    return;
  memset (title_place, 0, title_size);
  memcpy (title_place, TITLE, sizeof TITLE);
}

/* --- The supervisor ----------------------------------------------------- */

/* Returns SIGCHLD, as a descriptor. */
int
gw_supervising_begin (void)
{
  static const int ignored[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };
  sigset_t set;

  setsid ();
  /* What is sent to the agent's processes, or to all at shutdown, must not
   * cost a result. The program's end is this one's end too. */
  for (gsize i = 0; i < G_N_ELEMENTS (ignored); i++)
    signal (ignored[i], SIG_IGN);
  signal (SIGCHLD, SIG_DFL);
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_SETMASK, &set, NULL);
  return signalfd (-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* The wait status of waitpid(2), from what waitid(2) tells. */
static int
to_wait_status (const siginfo_t *info)
{
  return info->si_code == CLD_EXITED ? (info->si_status & 0xFF) << 8
                                     : info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* Whether the program has ended, which leaves it a zombie for now. */
gboolean
gw_supervising_has_ended (int signals, pid_t program, int *wait_status)
{
  struct signalfd_siginfo ignored;
  siginfo_t info = { .si_pid = 0 };

  while (read (signals, &ignored, sizeof ignored) > 0)
    ;
  if (waitid (P_PID, program, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
    return FALSE;
  *wait_status = to_wait_status (&info);
  return TRUE;
}

/* Numbers, in a file that is there whole or not at all. */
void
gw_supervising_write_status (int folder, const gint64 *numbers, gsize n)
{
  char text[128];
  gsize length = 0;
  int fd = openat (folder, GW_FILE_STATUS_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  if (fd < 0)
    return;
  for (gsize i = 0; i < n; i++)
    {
      length += gw_fork_safe_put_number (text + length, numbers[i]);
      text[length++] = i + 1 < n ? ' ' : '\n';
    }
  gw_fork_safe_write (fd, text, length);
  close (fd);
  renameat (folder, GW_FILE_STATUS_NEW, folder, GW_FILE_STATUS);
}

/* --- The program -------------------------------------------------------- */

/* What an ssh session of root's has: none of the agent's signals, mask, limits
 * and protection. */
void
gw_supervising_become_program (void)
{
  sigset_t none;
  int fd;

  setsid ();
  for (int i = 1; i < NSIG; i++)
    signal (i, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  umask (022);
  setpriority (PRIO_PROCESS, 0, 0);
  /* The agent may be protected from the OOM killer; what it runs is not. */
  fd = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0)
    gw_fork_safe_write (fd, "0", 1);
  gw_fork_safe_close (&fd);
}
