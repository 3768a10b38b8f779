/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ties the ends of a program that was started to streams, and knows of its
 * end. Knows no command and no message. */

#include "gw-live-program.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-live-input.h"
#include "gw-live-leftover.h"
#include "gw-live-output.h"
#include "gw-live-supervisor.h"
#include "gw-poll.h"

typedef enum
{
  STDIO,
  ERRORS,
  N_STREAMS,
} Which;

struct _GwLiveProgram
{
  GPid pid;
  gboolean terminal;
  int control; /* to the supervisor, which ends the program when this closes */
  GwPollItem *item;

  GwStreams *streams;         /* NULL once there is no session any more */
  guint16 ids[N_STREAMS];     /* 0: there is none */
  GwLiveOutput *outputs[N_STREAMS];
  GwLiveInput *input;

  gboolean ended;
  gboolean settling; /* ends of output wait until both have been looked at */
  gboolean unwanted; /* who asked for it does not wait for its output */
  int wait_status;
  GwLiveEndedFunc ended_func;
  gpointer data;
};

/* --- Its end ---------------------------------------------------------------- */

static gboolean
has_output (GwLiveProgram *program)
{
  for (int i = 0; i < N_STREAMS; i++)
    if (program->outputs[i] != NULL && !gw_live_output_has_ended (program->outputs[i]))
      return TRUE;
  return FALSE;
}

/* The last thing to be done: it may be freed by this. */
static void
look_at_end (GwLiveProgram *program)
{
  GwLiveEndedFunc func = program->ended_func;

  if (!program->ended || program->settling || func == NULL || has_output (program))
    return;
  program->ended_func = NULL;
  func (program, program->wait_status, program->data);
}

static void
on_output_ended (GwLiveOutput *output, gpointer data)
{
  look_at_end (data);
}

static void
drop_output (GwLiveProgram *program, Which which)
{
  if (program->streams != NULL && program->ids[which] != 0)
    gw_streams_reset (program->streams, program->ids[which], "its call was cancelled");
  program->ids[which] = 0;
  gw_live_output_drop (program->outputs[which]);
}

static void
set_ended (GwLiveProgram *program, int wait_status)
{
  program->ended = TRUE;
  program->wait_status = wait_status;
  g_clear_pointer (&program->item, gw_poll_remove);
  close (program->control);
  program->control = -1;
  program->settling = TRUE;
  gw_live_input_drop (program->input);
  for (int i = 0; i < N_STREAMS; i++)
    {
      if (program->outputs[i] != NULL)
        gw_live_output_drain (program->outputs[i]);
      if (program->outputs[i] != NULL && program->unwanted && !gw_live_output_has_ended (program->outputs[i]))
        drop_output (program, i);
    }
  program->settling = FALSE;
  look_at_end (program);
}

static void
on_control (guint32 events, gpointer data)
{
  GwLiveProgram *program = data;
  GwLiveReport report;
  gssize length = recv (program->control, &report, sizeof report, 0);

  /* The last: it has ended without reading all that was said to it. What it
   * has said itself comes next. */
  if (length < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
    return;
  /* Somebody has killed the supervisor: then it is unknown what became of the
   * program, and nobody is there to end it. */
  if (length != sizeof report || report.kind != GW_LIVE_ENDED)
    {
      kill (-program->pid, SIGKILL);
      report.value = SIGKILL;
    }
  set_ended (program, report.value);
}

/* --- Its streams -------------------------------------------------------------- */

static void
on_received (GBytes *bytes, gpointer data)
{
  gw_live_input_take (((GwLiveProgram *) data)->input, bytes);
}

static void
on_finished (gpointer data)
{
  gw_live_input_finish (((GwLiveProgram *) data)->input);
}

static void
on_writable (gpointer data)
{
  GwLiveProgram *program = data;

  gw_live_output_go_on (program->outputs[STDIO]);
}

/* Who resets the one stream for both directions wants neither. */
static void
on_reset (gpointer data)
{
  GwLiveProgram *program = data;

  program->ids[STDIO] = 0;
  gw_live_input_drop (program->input);
  gw_live_output_drop (program->outputs[STDIO]);
}

static const GwStreamEvents stdio_events = { on_received, on_writable, on_finished, on_reset };

/* Nothing is to be written on this one. */
static void
on_errors_received (GBytes *bytes, gpointer data)
{
  GwLiveProgram *program = data;

  gw_streams_consume (program->streams, program->ids[ERRORS], g_bytes_get_size (bytes));
}

static void
on_errors_finished (gpointer data)
{
}

static void
on_errors_writable (gpointer data)
{
  GwLiveProgram *program = data;

  gw_live_output_go_on (program->outputs[ERRORS]);
}

static void
on_errors_reset (gpointer data)
{
  GwLiveProgram *program = data;

  program->ids[ERRORS] = 0;
  gw_live_output_drop (program->outputs[ERRORS]);
}

static const GwStreamEvents errors_events
    = { on_errors_received, on_errors_writable, on_errors_finished, on_errors_reset };

/* --- Its life ------------------------------------------------------------------- */

static gboolean
open_streams (GwLiveProgram *program, guint64 call, GError **error)
{
  g_autofree char *stdio
      = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"stdio\",\"pid\":%d}", call, (int) program->pid);
  g_autofree char *errors = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"stderr\"}", call);

  program->ids[STDIO] = gw_streams_open (program->streams, stdio, &stdio_events, program, error);
  if (program->ids[STDIO] == 0)
    return FALSE;
  if (program->terminal)
    return TRUE;
  program->ids[ERRORS] = gw_streams_open (program->streams, errors, &errors_events, program, error);
  return program->ids[ERRORS] != 0;
}

static gboolean
open_output (GwLiveProgram *program, Which which, int *fd, GError **error)
{
  program->outputs[which]
      = gw_live_output_new (*fd, program->streams, program->ids[which], on_output_ended, program, error);
  *fd = -1;
  return program->outputs[which] != NULL;
}

static gboolean
open_all (GwLiveProgram *program, GwLiveEnds *ends, guint64 call, GError **error)
{
  if (!open_streams (program, call, error))
    return FALSE;
  program->input = gw_live_input_new (ends->input, program->terminal, program->streams, program->ids[STDIO], error);
  ends->input = -1;
  if (program->input == NULL || !open_output (program, STDIO, &ends->output, error)
      || (ends->errors >= 0 && !open_output (program, ERRORS, &ends->errors, error)))
    return FALSE;
  program->item = gw_poll_add (NULL, program->control, EPOLLIN, on_control, program, error);
  return program->item != NULL;
}

/**
 * gw_live_program_new:
 * @ends: those of a program that was just started; taken from there
 * @call: the request that the streams are for
 * @ended: called once, from the loop, unless it is freed before
 *
 * Returns: (transfer full): the program, or %NULL with @error set: it is ended
 *   then
 */
GwLiveProgram *
gw_live_program_new (GwLiveEnds *ends, gboolean terminal, GwStreams *streams, guint64 call, GwLiveEndedFunc ended,
                     gpointer data, GError **error)
{
  GwLiveProgram *program = g_new0 (GwLiveProgram, 1);

  program->pid = ends->pid;
  program->terminal = terminal;
  program->control = ends->control;
  ends->control = -1;
  program->streams = streams;
  if (!open_all (program, ends, call, error))
    {
      gw_live_program_free (program);
      return NULL;
    }
  program->ended_func = ended;
  program->data = data;
  return program;
}

/* A stream whose output is all written goes on to its reader. */
static void
leave_stream (GwLiveProgram *program, Which which)
{
  if (program->ids[which] == 0)
    return;
  if (program->outputs[which] != NULL && gw_live_output_has_ended (program->outputs[which]))
    gw_streams_leave (program->streams, program->ids[which]);
  else
    gw_streams_reset (program->streams, program->ids[which], "the program is given up");
}

/* What it has left running may write on; nobody reads that. */
static void
leave_output (GwLiveProgram *program, Which which)
{
  int fd;

  if (program->outputs[which] == NULL)
    return;
  fd = gw_live_output_steal_fd (program->outputs[which]);
  if (fd >= 0 && program->ended && !program->terminal && !program->unwanted)
    gw_live_leftover_read (fd);
  else if (fd >= 0)
    close (fd);
  gw_live_output_free (program->outputs[which]);
}

/* If it runs, it is ended with all of its group. */
void
gw_live_program_free (GwLiveProgram *program)
{
  g_clear_pointer (&program->item, gw_poll_remove);
  if (program->control >= 0)
    close (program->control);
  g_clear_pointer (&program->input, gw_live_input_free);
  for (int i = 0; i < N_STREAMS; i++)
    {
      leave_stream (program, i);
      leave_output (program, i);
    }
  g_free (program);
}

GPid
gw_live_program_get_pid (GwLiveProgram *program)
{
  return program->pid;
}

/* --- What a host may do with it --------------------------------------------------- */

/* Its end is told as ever; but its output is not waited for. */
void
gw_live_program_terminate (GwLiveProgram *program)
{
  const char word = GW_LIVE_TERMINATE;

  program->unwanted = TRUE;
  if (!program->ended)
    {
      send (program->control, &word, sizeof word, MSG_NOSIGNAL);
      return;
    }
  program->settling = TRUE;
  for (int i = 0; i < N_STREAMS; i++)
    if (program->outputs[i] != NULL && !gw_live_output_has_ended (program->outputs[i]))
      drop_output (program, i);
  program->settling = FALSE;
  look_at_end (program);
}

/**
 * gw_live_program_leave:
 *
 * Lets it go on when it is freed, without anybody who reads its output. One at
 * a terminal still loses that, and hears of it.
 */
void
gw_live_program_leave (GwLiveProgram *program)
{
  char word = GW_LIVE_LEAVE;
  union
  {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE (GW_LIVE_OUTPUTS * sizeof (int))];
  } control = { 0 };
  struct iovec part = { .iov_base = &word, .iov_len = sizeof word };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  int fds[GW_LIVE_OUTPUTS];
  gsize n = 0;

  if (program->ended || program->terminal || program->unwanted)
    return;
  for (int i = 0; i < N_STREAMS; i++)
    if (program->outputs[i] != NULL && gw_live_output_get_fd (program->outputs[i]) >= 0)
      fds[n++] = gw_live_output_get_fd (program->outputs[i]);
  if (n > 0)
    {
      control.aligned = (struct cmsghdr){
        .cmsg_len = CMSG_LEN (n * sizeof (int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS
      };
      memcpy (CMSG_DATA (&control.aligned), fds, n * sizeof (int));
      message.msg_control = control.bytes;
      message.msg_controllen = CMSG_SPACE (n * sizeof (int));
    }
  if (sendmsg (program->control, &message, MSG_NOSIGNAL) < 0)
    g_debug ("process %d ends with the agent: %s", (int) program->pid, g_strerror (errno));
}

static gboolean
is_over (GwLiveProgram *program, GError **error)
{
  if (program->ended)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "PID %d has ended", (int) program->pid);
  return program->ended;
}

/* Who types into a terminal means what is in its foreground. */
static pid_t
find_group (GwLiveProgram *program)
{
  pid_t group;

  if (program->terminal && gw_live_output_get_fd (program->outputs[STDIO]) >= 0
      && ioctl (gw_live_output_get_fd (program->outputs[STDIO]), TIOCGPGRP, &group) == 0 && group > 0)
    return group;
  return program->pid;
}

gboolean
gw_live_program_signal (GwLiveProgram *program, int signal_number, GError **error)
{
  if (is_over (program, error))
    return FALSE;
  if (kill (-find_group (program), signal_number) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot send signal %d: %s", signal_number, g_strerror (errno));
  return FALSE;
}

gboolean
gw_live_program_resize (GwLiveProgram *program, guint16 rows, guint16 columns, GError **error)
{
  const struct winsize size = { .ws_row = rows, .ws_col = columns };

  if (is_over (program, error))
    return FALSE;
  if (program->terminal && ioctl (gw_live_output_get_fd (program->outputs[STDIO]), TIOCSWINSZ, &size) == 0)
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "it has no terminal");
  return FALSE;
}
