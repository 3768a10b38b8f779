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
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-cgroup.h"
#include "gw-fork-safe.h"
#include "gw-job-log.h"
#include "gw-limits.h"
#include "gw-supervising.h"

typedef struct
{
  int pipe; /* -1 when closed or not captured */
  int file;
  gsize kept;
  gboolean truncated;
  GwJobLog log; /* of a job; else @file */
} Stream;

typedef struct
{
  const GwSupervision *plan;
  pid_t program;
  int input;      /* the pipe; -1 when closed */
  int input_file;
  int signals;    /* SIGCHLD, as a descriptor */
  int lock;
  int bell;       /* of a job; -1 */
  Stream streams[GW_STREAMS];
} Supervisor;

/* --- The program's side ------------------------------------------------- */

static void
become_program (const Supervisor *self, const int *theirs)
{
  GwBecoming becoming = GW_BECOMING_NONE;

  if (self->plan->becoming != NULL)
    becoming = *self->plan->becoming;
  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    becoming.files[i] = theirs[i];
  if (self->plan->capture & GW_CAPTURE_MERGED)
    becoming.files[STDERR_FILENO] = theirs[STDOUT_FILENO];
  gw_becoming_complete (&becoming);
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

/* For whoever listens: a full bell is loud enough. */
static void
keep_newest (Supervisor *self, Stream *stream, const char *data, gsize length)
{
  gw_job_log_write (&stream->log, self->plan->folder, data, length);
  gw_fork_safe_write (self->bell, "", 1);
}

/* Returns the number of bytes read; 0 when there is nothing more now. */
static gsize
take_output (Supervisor *self, Stream *stream, gboolean keeping)
{
  static char buffer[GW_PORT_READ_SIZE];
  gssize length = read (stream->pipe, buffer, sizeof buffer);

  if (length > 0)
    {
      if (keeping && self->plan->becoming != NULL)
        keep_newest (self, stream, buffer, length);
      else if (keeping)
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
  gint64 numbers[1 + GW_STREAMS] = { end->wait_status };

  for (int i = 0; i < GW_STREAMS; i++)
    numbers[1 + i] = self->plan->becoming != NULL ? (gint64) self->streams[i].log.total : end->truncated[i];
  gw_supervising_write_status (self->plan->folder, numbers, G_N_ELEMENTS (numbers));
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
      gw_fork_safe_close (&stream->log.file);
    }
  if (self->plan->folder >= 0)
    write_status (self, &end);
  gw_fork_safe_close (&self->bell);
  if (self->plan->report >= 0)
    {
      gw_fork_safe_write (self->plan->report, &end, sizeof end);
      close (self->plan->report);
    }
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

/* --- The supervisor's side ---------------------------------------------- */

static void
watch (Supervisor *self)
{
  int wait_status;

  while (!gw_supervising_has_ended (self->signals, self->program, &wait_status))
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
  const GwBecoming *becoming = self->plan->becoming;
  GwSupervisorPid pid = self->program;
  int kept[] = { self->plan->folder, self->plan->report, self->plan->cgroup,    self->input,
                 self->input_file,   self->signals,      self->streams[0].pipe, self->streams[1].pipe,
                 self->bell,         becoming != NULL ? becoming->control : -1 };

  gw_fork_safe_close_all_but (kept, G_N_ELEMENTS (kept));
  gw_supervising_set_title ();
  if (self->plan->folder >= 0)
    write_pid_file (self);
  if (self->plan->report >= 0)
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

/* Who is not root may open /dev/stderr only where it is the user's own. */
static void
open_stream (const Supervisor *self, Stream *stream, int *theirs)
{
  const GwBecoming *becoming = self->plan->becoming;

  stream->pipe = open_pipe (0, theirs);
  stream->truncated = stream->pipe < 0;
  if (stream->pipe >= 0 && becoming != NULL && becoming->become && fchown (*theirs, becoming->uid, -1) != 0)
    stream->truncated = TRUE;
}

/* Before the program's process is there: who has heard of that finds the bell.
 * Open for both, it never lacks a listener. */
static void
open_job (Supervisor *self)
{
  self->bell = openat (self->plan->folder, GW_FILE_BELL, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  gw_job_log_init (&self->streams[GW_STREAM_STDOUT].log, GW_FILE_OUTPUT);
  gw_job_log_init (&self->streams[GW_STREAM_STDERR].log, GW_FILE_ERRORS);
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

  self = (Supervisor){ .plan = plan, .input = -1, .input_file = -1, .lock = -1, .bell = -1 };
  for (int i = 0; i < GW_STREAMS; i++)
    self.streams[i] = (Stream){ .pipe = -1, .file = -1, .log.file = -1 };
  self.signals = gw_supervising_begin ();
  if (plan->becoming != NULL)
    open_job (&self);
  if (plan->input)
    {
      self.input = open_pipe (1, &theirs[STDIN_FILENO]);
      self.input_file = openat (plan->folder, GW_FILE_INPUT, O_RDONLY | O_CLOEXEC);
    }
  if (plan->capture & (GW_CAPTURE_STDOUT | GW_CAPTURE_MERGED))
    open_stream (&self, &self.streams[GW_STREAM_STDOUT], &theirs[STDOUT_FILENO]);
  if (plan->capture & GW_CAPTURE_STDERR)
    open_stream (&self, &self.streams[GW_STREAM_STDERR], &theirs[STDERR_FILENO]);
  self.program = gw_cgroup_fork (plan->cgroup);
  if (self.program == 0)
    {
      become_program (&self, theirs);
      return;
    }
  if (self.program > 0)
    supervise (&self);
  failure = -errno;
  if (plan->becoming != NULL)
    gw_becoming_report (plan->becoming->control, GW_LIVE_NO_FORK, -failure);
  else
    gw_fork_safe_write (plan->report, &failure, sizeof failure);
  _exit (1);
}
