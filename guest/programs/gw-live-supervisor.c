/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process between the agent and a program whose input and output go over
 * a session. It carries none of that; it waits for the program's end, and for
 * the agent's: a program must not stay when nobody is there any more who could
 * end it. But an agent that is stopped, as by its own upgrade, may leave it: then
 * its output is read here, and dropped. Its process id stays the program's until
 * the agent knows of the end.
 *
 * It is a fork of the agent without an exec, and so is all of this
 * async-signal-safe: see gw-supervisor.c. */

#include "gw-live-supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gw-cgroup.h"
#include "gw-fork-safe.h"
#include "gw-limits.h"
#include "gw-supervising.h"

/* Nobody is told when a group's last process ends. */
#define LOOK_AGAIN_MS 50

typedef struct
{
  const GwLiveSupervision *plan;
  pid_t program;
  int signals;
  int control;      /* -1 once the agent is gone */
  gboolean known;   /* by the agent, which will close it in time */
  gint64 kill_ms;   /* when what is left of its group is killed; G_MAXINT64 for never */
  gboolean left;    /* by the agent, to itself */
  int outputs[GW_LIVE_OUTPUTS]; /* what nobody else reads any more; -1 */
} Supervisor;

/* --- The supervisor's side ---------------------------------------------- */

static gint64
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000) + now.tv_nsec / 1000000;
}

static int
time_left (const Supervisor *self)
{
  return self->kill_ms == G_MAXINT64 ? -1 : (int) CLAMP (self->kill_ms - now_ms (), 0, G_MAXINT);
}

/* What is stopped gets it when it goes on. */
static void
end_group (Supervisor *self, int signal_number)
{
  kill (-self->program, signal_number);
  kill (-self->program, SIGCONT);
  if (self->kill_ms == G_MAXINT64)
    self->kill_ms = now_ms () + GW_EXEC_TERM_S * 1000;
}

static void
kill_when_due (Supervisor *self)
{
  if (now_ms () < self->kill_ms)
    return;
  kill (-self->program, SIGKILL);
  self->kill_ms = G_MAXINT64;
}

/* @control: of a word's message, as recvmsg() gives it */
static void
take_outputs (Supervisor *self, struct msghdr *message)
{
  struct cmsghdr *control = CMSG_FIRSTHDR (message);

  self->left = TRUE;
  if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
    memcpy (self->outputs, CMSG_DATA (control), MIN (control->cmsg_len - CMSG_LEN (0), sizeof self->outputs));
}

/* They do not block. */
static void
drop_output (int *output)
{
  static char buffer[4096];
  gssize length = read (*output, buffer, sizeof buffer);

  if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
    gw_fork_safe_close (output);
}

static void
take_word (Supervisor *self)
{
  char word;
  union
  {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE (GW_LIVE_OUTPUTS * sizeof (int))];
  } control;
  struct iovec part = { .iov_base = &word, .iov_len = sizeof word };
  struct msghdr message
      = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
  gssize length = recvmsg (self->control, &message, MSG_DONTWAIT);

  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (length != sizeof word)
    {
      if (!self->left)
        end_group (self, SIGHUP);
      gw_fork_safe_close (&self->control);
    }
  else if (word == GW_LIVE_LEAVE)
    take_outputs (self, &message);
  else if (word == GW_LIVE_TERMINATE)
    end_group (self, SIGTERM);
  else if (word == GW_LIVE_KNOWN)
    self->known = TRUE;
}

static int
watch (Supervisor *self)
{
  int wait_status;

  while (!gw_supervising_has_ended (self->signals, self->program, &wait_status))
    {
      struct pollfd items[] = {
        { .fd = self->signals, .events = POLLIN },
        { .fd = self->control, .events = POLLIN },
        { .fd = self->outputs[0], .events = POLLIN },
        { .fd = self->outputs[1], .events = POLLIN },
      };

      if (poll (items, G_N_ELEMENTS (items), time_left (self)) > 0 && items[1].fd >= 0 && items[1].revents != 0)
        take_word (self);
      for (int i = 0; i < GW_LIVE_OUTPUTS; i++)
        if (items[2 + i].fd >= 0 && items[2 + i].revents != 0)
          drop_output (&self->outputs[i]);
      kill_when_due (self);
    }
  return wait_status;
}

/* Others of the group may not have heeded the signal. While there is one, its
 * number is no other group's. */
static void
end_others (Supervisor *self)
{
  while (self->kill_ms != G_MAXINT64 && kill (-self->program, 0) == 0)
    {
      poll (NULL, 0, LOOK_AGAIN_MS);
      kill_when_due (self);
    }
}

/* The agent may send signals to the group until it knows; as long the program
 * is a zombie, whose number is nobody else's. But one that could not be
 * executed is waited for by the agent itself: then it sends nothing. */
static void
wait_for_agent (Supervisor *self)
{
  char word;

  while (self->known && self->control >= 0 && (recv (self->control, &word, sizeof word, 0) > 0 || errno == EINTR))
    errno = 0;
}

static void
supervise (Supervisor *self)
{
  int kept[] = { self->control, self->signals, self->plan->cgroup };
  int wait_status;

  gw_fork_safe_close_all_but (kept, G_N_ELEMENTS (kept));
  gw_supervising_set_title ();
  wait_status = watch (self);
  if (self->control >= 0)
    {
      take_word (self);
      gw_becoming_report (self->control, GW_LIVE_ENDED, wait_status);
    }
  wait_for_agent (self);
  waitpid (self->program, NULL, 0);
  end_others (self);
  if (self->plan->cgroup >= 0)
    gw_cgroup_remove (self->plan->cgroup);
  _exit (0);
}

/**
 * gw_live_supervisor_split:
 *
 * To be called in a fork of the agent, with /dev/null as its standard files.
 * Returns in the program's process, which is to execute it; the process that
 * called it does not return.
 */
void
gw_live_supervisor_split (const GwLiveSupervision *plan)
{
  static Supervisor self;

  self = (Supervisor){ .plan = plan, .control = plan->becoming->control, .kill_ms = G_MAXINT64, .outputs = { -1, -1 } };
  self.signals = gw_supervising_begin ();
  self.program = gw_cgroup_fork (plan->cgroup);
  if (self.program == 0)
    {
      gw_becoming_complete (plan->becoming);
      return;
    }
  if (self.program > 0)
    supervise (&self);
  gw_becoming_report (plan->becoming->control, GW_LIVE_NO_FORK, errno);
  _exit (1);
}
