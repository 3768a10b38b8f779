/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process between the agent and a program. It feeds the program, keeps its
 * output and its end in files, and needs the agent for nothing: when that is
 * restarted or upgraded, the next one finds the files.
 *
 * It is a fork of the agent without an exec, which costs a fraction of one and
 * needs no second file to be installed. So all of this must be
 * async-signal-safe: system calls, and no GLib. */

#include "gw-supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-cgroup.h"
#include "gw-fork-safe.h"
#include "gw-limits.h"

typedef struct
{
  int pipe; /* -1 when closed or not captured */
  int file;
  gsize kept;
  gboolean truncated;
} Stream;

typedef struct
{
  const GwSupervision *plan;
  pid_t program;
  int input;      /* the pipe; -1 when closed */
  int input_file;
  int signals;    /* SIGCHLD, as a descriptor */
  int lock;
  Stream streams[GW_STREAMS];
} Supervisor;

/* --- The program's side ------------------------------------------------- */

/* What an ssh session of root's has: none of the agent's signals, mask, limits
 * and protection. */
static void
become_program (const Supervisor *self, const int *theirs)
{
  GwCaptureFlags capture = self->plan->capture;
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
  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    if (theirs[i] >= 0)
      dup2 (theirs[i], i);
  if (capture & GW_CAPTURE_MERGED)
    dup2 (STDOUT_FILENO, STDERR_FILENO);
}

/* --- Input and output --------------------------------------------------- */

static void
close_input (Supervisor *self)
{
  gw_fork_safe_close (&self->input);
  if (self->input_file < 0)
    return;
  unlinkat (self->plan->folder, GW_FILE_INPUT, 0);
  gw_fork_safe_close (&self->input_file);
}

static void
feed (Supervisor *self)
{
  gssize length = sendfile (self->input, self->input_file, NULL, GW_PORT_READ_SIZE);

  /* 0 is the end; EPIPE: a program need not read all that it is given. */
  if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
    close_input (self);
}

/* Returns how much of @wanted all programs together have room for; it counts
 * as kept from here on. */
static gsize
reserve (guint64 *total, gsize wanted)
{
  guint64 before = __atomic_fetch_add (total, wanted, __ATOMIC_RELAXED);
  gsize room = before >= GW_EXEC_TOTAL_MAX ? 0 : MIN (wanted, GW_EXEC_TOTAL_MAX - before);

  __atomic_fetch_sub (total, wanted - room, __ATOMIC_RELAXED);
  return room;
}

/* Most programs print nothing. */
static void
open_file (Supervisor *self, Stream *stream)
{
  const char *name = stream == &self->streams[GW_STREAM_STDOUT] ? GW_FILE_OUTPUT : GW_FILE_ERRORS;

  if (self->plan->folder >= 0 && stream->file < 0)
    stream->file = openat (self->plan->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static void
keep (Supervisor *self, Stream *stream, const char *data, gsize length)
{
  gsize room = 0;
  gsize done = 0;

  open_file (self, stream);
  if (stream->file >= 0)
    room = reserve (self->plan->total, MIN (length, GW_EXEC_OUTPUT_MAX - stream->kept));
  while (done < room)
    {
      gssize written = write (stream->file, data + done, room - done);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        break;
      done += written;
    }
  if (done < room)
    __atomic_fetch_sub (self->plan->total, room - done, __ATOMIC_RELAXED);
  stream->kept += done;
  if (done < length)
    stream->truncated = TRUE;
}

/* Returns the number of bytes read; 0 when there is nothing more now. */
static gsize
take_output (Supervisor *self, Stream *stream, gboolean keeping)
{
  static char buffer[GW_PORT_READ_SIZE];
  gssize length = read (stream->pipe, buffer, sizeof buffer);

  if (length > 0)
    {
      if (keeping)
        keep (self, stream, buffer, length);
      return length;
    }
  if (length == 0 || (errno != EAGAIN && errno != EINTR))
    gw_fork_safe_close (&stream->pipe);
  return 0;
}

/* What the program itself wrote is in the pipe by now. A grandchild may hold
 * the pipe open and go on writing: that is no longer the program's. */
static void
drain (Supervisor *self, Stream *stream)
{
  gsize drained = 0;
  gsize length;

  while (stream->pipe >= 0 && drained < GW_EXEC_DRAIN_MAX && (length = take_output (self, stream, TRUE)) > 0)
    drained += length;
}

/* --- The end ------------------------------------------------------------ */

static void
write_status (const Supervisor *self, const GwSupervisorEnd *end)
{
  char text[64];
  gsize length = gw_fork_safe_put_number (text, end->wait_status);
  int fd;

  for (int i = 0; i < GW_STREAMS; i++)
    {
      text[length++] = ' ';
      text[length++] = end->truncated[i] ? '1' : '0';
    }
  text[length++] = '\n';
  fd = openat (self->plan->folder, GW_FILE_STATUS_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  gw_fork_safe_write (fd, text, length);
  close (fd);
  /* All of it or nothing of it, for whoever looks. */
  renameat (self->plan->folder, GW_FILE_STATUS_NEW, self->plan->folder, GW_FILE_STATUS);
}

/* The wait status of waitpid(2), from what waitid(2) tells. */
static int
to_wait_status (const siginfo_t *info)
{
  return info->si_code == CLD_EXITED ? (info->si_status & 0xFF) << 8
                                     : info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

static void
finish (Supervisor *self, int wait_status)
{
  GwSupervisorEnd end = { .wait_status = wait_status };

  close_input (self);
  for (int i = 0; i < GW_STREAMS; i++)
    {
      Stream *stream = &self->streams[i];

      drain (self, stream);
      end.truncated[i] = stream->truncated;
      gw_fork_safe_close (&stream->file);
    }
  if (self->plan->folder >= 0)
    write_status (self, &end);
  gw_fork_safe_write (self->plan->report, &end, sizeof end);
  close (self->plan->report);
  /* Only now does its process id go: who sees it gone finds the result. */
  waitpid (self->program, NULL, 0);
  if (self->plan->cgroup >= 0)
    gw_cgroup_remove (self->plan->cgroup);
}

/* What a program leaves running would die of SIGPIPE if nobody read on. */
static void
linger (Supervisor *self)
{
  struct pollfd items[GW_STREAMS];

  while (self->plan->linger && (self->streams[0].pipe >= 0 || self->streams[1].pipe >= 0))
    {
      for (int i = 0; i < GW_STREAMS; i++)
        items[i] = (struct pollfd){ .fd = self->streams[i].pipe, .events = POLLIN };
      if (poll (items, GW_STREAMS, -1) < 0 && errno != EINTR)
        return;
      for (int i = 0; i < GW_STREAMS; i++)
        if (items[i].fd >= 0 && items[i].revents != 0)
          take_output (self, &self->streams[i], FALSE);
    }
}

/* --- The supervisor's name ---------------------------------------------- */

#define TITLE "guestwire-exec"

static char *title_place;
static gsize title_size;

/**
 * gw_supervisor_set_title_place:
 * @argv: of main(): where ps(1) and killall(1) find what a process is called
 */
void
gw_supervisor_set_title_place (int argc, char **argv)
{
  title_place = argc > 0 ? argv[0] : NULL;
  for (int i = 0; i < argc && argv[i] == title_place + title_size; i++)
    title_size += strlen (argv[i]) + 1;
}

/* Who kills the agent by its name does not mean its programs. */
static void
set_title (void)
{
  prctl (PR_SET_NAME, TITLE);
  if (title_size < sizeof TITLE)
    return;
  memset (title_place, 0, title_size);
  memcpy (title_place, TITLE, sizeof TITLE);
}

/* --- The supervisor's side ---------------------------------------------- */

/* Whether the program has ended, which leaves it a zombie for now. */
static gboolean
has_ended (Supervisor *self, int *wait_status)
{
  struct signalfd_siginfo ignored;
  siginfo_t info = { .si_pid = 0 };

  while (read (self->signals, &ignored, sizeof ignored) > 0)
    ;
  if (waitid (P_PID, self->program, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
    return FALSE;
  *wait_status = to_wait_status (&info);
  return TRUE;
}

static void
watch (Supervisor *self)
{
  int wait_status;

  while (!has_ended (self, &wait_status))
    {
      struct pollfd items[] = {
        { .fd = self->streams[GW_STREAM_STDOUT].pipe, .events = POLLIN },
        { .fd = self->streams[GW_STREAM_STDERR].pipe, .events = POLLIN },
        { .fd = self->input, .events = POLLOUT },
        { .fd = self->signals, .events = POLLIN },
      };

      if (poll (items, G_N_ELEMENTS (items), -1) < 0)
        continue;
      for (int i = 0; i < GW_STREAMS; i++)
        if (items[i].fd >= 0 && items[i].revents != 0)
          take_output (self, &self->streams[i], TRUE);
      if (items[GW_STREAMS].fd >= 0 && items[GW_STREAMS].revents != 0)
        feed (self);
    }
  finish (self, wait_status);
}

/* Held until this process ends: that is how others know that it has not. */
static void
write_pid_file (Supervisor *self)
{
  char text[16];
  gsize length = gw_fork_safe_put_number (text, self->program);

  self->lock = openat (self->plan->folder, GW_FILE_PID, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock < 0)
    return;
  flock (self->lock, LOCK_EX | LOCK_NB);
  gw_fork_safe_write (self->lock, text, length);
}

static void
supervise (Supervisor *self)
{
  GwSupervisorPid pid = self->program;
  int kept[] = { self->plan->folder, self->plan->report, self->plan->cgroup,    self->input,
                 self->input_file,   self->signals,      self->streams[0].pipe, self->streams[1].pipe };

  gw_fork_safe_close_all_but (kept, G_N_ELEMENTS (kept));
  set_title ();
  if (self->plan->folder >= 0)
    write_pid_file (self);
  gw_fork_safe_write (self->plan->report, &pid, sizeof pid);
  watch (self);
  linger (self);
  _exit (0);
}

/* --- The split ---------------------------------------------------------- */

/* Makes a pipe with our end non-blocking. Without one the program has
 * /dev/null, which was put there already. */
static int
open_pipe (int ours, int *theirs)
{
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) < 0)
    return -1;
  fcntl (fds[ours], F_SETFL, O_NONBLOCK);
  *theirs = fds[1 - ours];
  return fds[ours];
}

static void
open_stream (Stream *stream, int *theirs)
{
  stream->pipe = open_pipe (0, theirs);
  stream->truncated = stream->pipe < 0;
}

static void
ignore_signals (Supervisor *self)
{
  static const int ignored[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };
  sigset_t set;

  /* What is sent to the agent's processes, or to all at shutdown, must not
   * cost a result. The program's end is this one's end too. */
  for (gsize i = 0; i < G_N_ELEMENTS (ignored); i++)
    signal (ignored[i], SIG_IGN);
  signal (SIGCHLD, SIG_DFL);
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_SETMASK, &set, NULL);
  self->signals = signalfd (-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/**
 * gw_supervisor_split:
 *
 * To be called in a fork of the agent, with /dev/null as its standard files.
 * Returns in the program's process, which is to execute it; the process that
 * called it does not return.
 */
void
gw_supervisor_split (const GwSupervision *plan)
{
  static Supervisor self;
  int theirs[] = { -1, -1, -1 };
  GwSupervisorPid failure;

  self = (Supervisor){ .plan = plan, .input = -1, .input_file = -1, .lock = -1, .streams = { { -1, -1 }, { -1, -1 } } };
  setsid ();
  ignore_signals (&self);
  if (plan->input)
    {
      self.input = open_pipe (1, &theirs[STDIN_FILENO]);
      self.input_file = openat (plan->folder, GW_FILE_INPUT, O_RDONLY | O_CLOEXEC);
    }
  if (plan->capture & (GW_CAPTURE_STDOUT | GW_CAPTURE_MERGED))
    open_stream (&self.streams[GW_STREAM_STDOUT], &theirs[STDOUT_FILENO]);
  if (plan->capture & GW_CAPTURE_STDERR)
    open_stream (&self.streams[GW_STREAM_STDERR], &theirs[STDERR_FILENO]);
  self.program = gw_cgroup_fork (plan->cgroup);
  if (self.program == 0)
    {
      become_program (&self, theirs);
      return;
    }
  if (self.program > 0)
    supervise (&self);
  failure = -errno;
  gw_fork_safe_write (plan->report, &failure, sizeof failure);
  _exit (1);
}
