/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last steps before a program is executed: its files, its terminal, its
 * user and its folder. All of it is async-signal-safe: see gw-supervisor.c. */

#include "gw-becoming.h"

#include <errno.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-supervising.h"

void
gw_becoming_report (int control, GwLiveReportKind kind, int value)
{
  const GwLiveReport said = { .kind = kind, .value = value };

  if (control >= 0)
    send (control, &said, sizeof said, MSG_NOSIGNAL);
}

static gboolean
become_user (const GwBecoming *becoming)
{
  return setgroups (becoming->n_groups, becoming->groups) == 0
         && setresgid (becoming->gid, becoming->gid, becoming->gid) == 0
         && setresuid (becoming->uid, becoming->uid, becoming->uid) == 0;
}

static void
give_up (const GwBecoming *becoming, GwLiveReportKind kind)
{
  gw_becoming_report (becoming->control, kind, errno);
  _exit (127);
}

/**
 * gw_becoming_complete:
 *
 * Returns in a process that may execute the program; or tells why not, and
 * does not return.
 */
void
gw_becoming_complete (const GwBecoming *becoming)
{
  gw_supervising_become_program ();
  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    if (becoming->files[i] >= 0)
      dup2 (becoming->files[i], i);
  if (becoming->terminal)
    ioctl (STDIN_FILENO, TIOCSCTTY, 0);
  if (becoming->become && !become_user (becoming))
    give_up (becoming, GW_LIVE_NO_USER);
  /* It is entered as the user, who may not be allowed to. */
  if (becoming->folder != NULL && chdir (becoming->folder) != 0
      && (!becoming->folder_may_lack || chdir ("/") != 0))
    give_up (becoming, GW_LIVE_NO_FOLDER);
  gw_becoming_report (becoming->control, GW_LIVE_BEGINS, getpid ());
}
