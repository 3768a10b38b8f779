/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a program as an ssh root command would be started: in a session of
 * its own, with nothing of the agent's signals, mask or environment. Feeds its
 * input and keeps its output. Knows no command and no message. */

#include "gw-program.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-poll.h"

typedef struct
{
  int fd; /* -1 when closed or not captured */
  GwPollItem *item;
  GByteArray *bytes;
  gboolean truncated;
} Capture;

struct _GwProgram
{
  GPid pid;
  guint watch;
  int wait_status;
  GwProgramEndedFunc ended_func;
  gpointer data;

  int input_fd; /* -1 when closed */
  GwPollItem *input_item;
  GBytes *input;
  gsize input_at;

  Capture captures[GW_STREAMS];
};

/* Of all programs together, since all of it is the host's to fill. */
static gsize total_captured;
static gsize total_input;
static GQueue orphans; /* of Orphan*, below */

/* --- Output ------------------------------------------------------------- */

static void
keep_output (Capture *capture, const guint8 *data, gsize length)
{
  gsize room = MIN (GW_EXEC_OUTPUT_MAX - capture->bytes->len, GW_EXEC_TOTAL_MAX - MIN (total_captured, GW_EXEC_TOTAL_MAX));
  gsize kept = MIN (length, room);

  g_byte_array_append (capture->bytes, data, kept);
  total_captured += kept;
  if (kept < length)
    capture->truncated = TRUE;
}

static void
close_capture (Capture *capture)
{
  g_clear_pointer (&capture->item, gw_poll_remove);
  if (capture->fd >= 0)
    close (capture->fd);
  capture->fd = -1;
}

/* Returns the number of bytes read; 0 when there is nothing more now. */
static gsize
read_capture (Capture *capture)
{
  guint8 buffer[GW_PORT_READ_SIZE];
  gssize length = read (capture->fd, buffer, sizeof buffer);

  if (length > 0)
    {
      keep_output (capture, buffer, length);
      return length;
    }
  if (length == 0 || (errno != EAGAIN && errno != EINTR))
    close_capture (capture);
  return 0;
}

static void
on_output (guint32 events, gpointer data)
{
  read_capture (data);
}

/* A pipe whose program has ended and which somebody else still holds. */
typedef struct
{
  int fd;
  GwPollItem *item;
} Orphan;

static void
on_orphan_output (guint32 events, gpointer data)
{
  Orphan *orphan = data;
  guint8 buffer[GW_PORT_READ_SIZE];
  gssize length = read (orphan->fd, buffer, sizeof buffer);

  if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)))
    return;
  gw_poll_remove (orphan->item);
  close (orphan->fd);
  g_queue_remove (&orphans, orphan);
  g_free (orphan);
}

/* What a program leaves running would die of SIGPIPE if nobody read on. */
static void
adopt_pipe (Capture *capture)
{
  Orphan *orphan;

  if (capture->fd < 0 || orphans.length >= GW_EXEC_ORPHANS_MAX)
    return;
  g_clear_pointer (&capture->item, gw_poll_remove);
  orphan = g_new0 (Orphan, 1);
  orphan->item = gw_poll_add (NULL, capture->fd, EPOLLIN, on_orphan_output, orphan, NULL);
  if (orphan->item == NULL)
    {
      g_free (orphan);
      return;
    }
  orphan->fd = capture->fd;
  capture->fd = -1;
  g_queue_push_tail (&orphans, orphan);
}

/* What the program itself wrote is in the pipe by now. A grandchild may hold
 * the pipe open and go on writing: that is no longer the program's. */
static void
drain_capture (Capture *capture)
{
  gsize drained = 0;
  gsize length;

  while (capture->fd >= 0 && drained < GW_EXEC_DRAIN_MAX && (length = read_capture (capture)) > 0)
    drained += length;
  adopt_pipe (capture);
  close_capture (capture);
}

/* --- Input -------------------------------------------------------------- */

static void
close_input (GwProgram *program)
{
  g_clear_pointer (&program->input_item, gw_poll_remove);
  if (program->input != NULL)
    total_input -= g_bytes_get_size (program->input);
  g_clear_pointer (&program->input, g_bytes_unref);
  if (program->input_fd >= 0)
    close (program->input_fd);
  program->input_fd = -1;
}

static void
on_input_room (guint32 events, gpointer data)
{
  GwProgram *program = data;
  gsize length;
  const guint8 *bytes = g_bytes_get_data (program->input, &length);
  gssize written = write (program->input_fd, bytes + program->input_at, length - program->input_at);

  if (written > 0)
    program->input_at += written;
  /* EPIPE: a program need not read all that it is given. */
  if (program->input_at == length || (written < 0 && errno != EAGAIN && errno != EINTR))
    close_input (program);
}

/* --- Life --------------------------------------------------------------- */

/* Between fork and exec: only what is async-signal-safe. */
static void
become_program (gpointer data)
{
  GwCaptureFlags capture = GPOINTER_TO_UINT (data);
  sigset_t none;
  int fd;

  setsid ();
  for (int i = 1; i < NSIG; i++)
    signal (i, SIG_DFL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  umask (022);
  /* The agent may be protected from the OOM killer; what it runs is not. */
  fd = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      G_GNUC_UNUSED gssize ignored = write (fd, "0", 1);
      close (fd);
    }
  if (capture & GW_CAPTURE_MERGED)
    dup2 (STDOUT_FILENO, STDERR_FILENO);
}

/* What a service manager tells the agent is not meant for its children. */
static char **
clean_environment (void)
{
  static const char *const ours[] = { "INVOCATION_ID",  "JOURNAL_STREAM", "LISTEN_FDS",           "LISTEN_FDNAMES",
                                      "LISTEN_PID",     "MAINPID",        "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE",
                                      "NOTIFY_SOCKET", "SYSTEMD_EXEC_PID", "WATCHDOG_PID",        "WATCHDOG_USEC" };
  char **environment = g_get_environ ();

  for (guint i = 0; i < G_N_ELEMENTS (ours); i++)
    environment = g_environ_unsetenv (environment, ours[i]);
  return environment;
}

static void
on_ended (GPid pid, int wait_status, gpointer data)
{
  GwProgram *program = data;

  program->watch = 0;
  program->wait_status = wait_status;
  close_input (program);
  for (guint i = 0; i < GW_STREAMS; i++)
    drain_capture (&program->captures[i]);
  g_spawn_close_pid (pid);
  program->ended_func (program, program->data);
}

static gboolean
watch_pipes (GwProgram *program, GError **error)
{
  for (guint i = 0; i < GW_STREAMS; i++)
    {
      Capture *capture = &program->captures[i];

      if (capture->fd < 0)
        continue;
      if (!g_unix_set_fd_nonblocking (capture->fd, TRUE, error))
        return FALSE;
      capture->item = gw_poll_add (NULL, capture->fd, EPOLLIN, on_output, capture, error);
      if (capture->item == NULL)
        return FALSE;
    }
  if (program->input_fd < 0)
    return TRUE;
  if (!g_unix_set_fd_nonblocking (program->input_fd, TRUE, error))
    return FALSE;
  program->input_item = gw_poll_add (NULL, program->input_fd, EPOLLOUT, on_input_room, program, error);
  return program->input_item != NULL;
}

/**
 * gw_program_start:
 * @argv: the program, looked up in PATH, and its arguments
 * @environment: (nullable): all of its environment as NAME=VALUE; %NULL for
 *   the agent's
 * @input: (nullable): its standard input; %NULL for /dev/null
 * @capture: what to keep of its output; the rest goes to /dev/null
 * @ended: called when it has ended, from the loop
 *
 * Returns: (transfer full): the running program, or %NULL with @error set to
 *   GLib's %G_SPAWN_ERROR or a #GwError
 */
GwProgram *
gw_program_start (char **argv, char **environment, GBytes *input, GwCaptureFlags capture, GwProgramEndedFunc ended,
                  gpointer data, GError **error)
{
  GwProgram *program = g_new0 (GwProgram, 1);
  Capture *out = &program->captures[GW_STREAM_STDOUT];
  Capture *err = &program->captures[GW_STREAM_STDERR];
  gboolean keep_out = (capture & (GW_CAPTURE_STDOUT | GW_CAPTURE_MERGED)) != 0;
  gboolean keep_err = (capture & GW_CAPTURE_STDERR) != 0;
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_DO_NOT_REAP_CHILD;
  g_auto (GStrv) inherited = environment == NULL ? clean_environment () : NULL;

  program->ended_func = ended;
  program->data = data;
  program->input_fd = out->fd = err->fd = -1;
  out->bytes = g_byte_array_new ();
  err->bytes = g_byte_array_new ();
  if (!keep_out)
    flags |= G_SPAWN_STDOUT_TO_DEV_NULL;
  if (!keep_err)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;
  if (!g_spawn_async_with_pipes (NULL, argv, environment != NULL ? environment : inherited, flags, become_program,
                                 GUINT_TO_POINTER (capture), &program->pid, input != NULL ? &program->input_fd : NULL,
                                 keep_out ? &out->fd : NULL, keep_err ? &err->fd : NULL, error))
    {
      gw_program_free (program);
      return NULL;
    }
  if (input != NULL)
    {
      program->input = g_bytes_ref (input);
      total_input += g_bytes_get_size (input);
    }
  program->watch = g_child_watch_add (program->pid, on_ended, program);
  if (!watch_pipes (program, error))
    {
      kill (-program->pid, SIGKILL);
      gw_program_free (program);
      return NULL;
    }
  return program;
}

void
gw_program_free (GwProgram *program)
{
  g_clear_handle_id (&program->watch, g_source_remove);
  close_input (program);
  for (guint i = 0; i < GW_STREAMS; i++)
    {
      close_capture (&program->captures[i]);
      total_captured -= program->captures[i].bytes->len;
      g_byte_array_unref (program->captures[i].bytes);
    }
  g_free (program);
}

GPid
gw_program_get_pid (GwProgram *program)
{
  return program->pid;
}

int
gw_program_get_wait_status (GwProgram *program)
{
  return program->wait_status;
}

/**
 * gw_program_get_output:
 * @truncated: (out): whether there was more
 *
 * Returns: (transfer none): what was captured
 */
GByteArray *
gw_program_get_output (GwProgram *program, GwStream stream, gboolean *truncated)
{
  *truncated = program->captures[stream].truncated;
  return program->captures[stream].bytes;
}

/* Bytes that all programs together hold. */
gsize
gw_program_total_captured (void)
{
  return total_captured;
}

/* Bytes of input that all programs together have been given and not closed. */
gsize
gw_program_total_input (void)
{
  return total_input;
}
