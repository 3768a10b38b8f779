/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a program in a thread of its own: to look a user up, to enter a
 * folder or to execute a file may take as long as some server likes, and the
 * agent answers others meanwhile. */

#include "gw-live-start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "gw-cgroup.h"
#include "gw-environment.h"
#include "gw-later.h"
#include "gw-live-supervisor.h"
#include "gw-live-user.h"
#include "gw-program.h"
#include "gw-supervisor.h"

typedef struct
{
  GwLiveOrder *order;
  char **session;       /* the environment of a session of the agent's user */
  GwLiveEnds ends;
  GwBecoming becoming;
  GwLiveUser *user;
  GPid supervisor;
  GError *error;
  GMainContext *context;
  GwLiveStartedFunc started;
  gpointer data;
} Start;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
close_ends (GwLiveEnds *ends)
{
  close_fd (&ends->control);
  close_fd (&ends->input);
  close_fd (&ends->output);
  close_fd (&ends->errors);
}

/* --- Pipes and terminals -------------------------------------------------- */

static gboolean
fail (Start *start, const char *what)
{
  g_set_error (&start->error, GW_ERROR, GW_ERROR_FAILED, "%s: %s", what, g_strerror (errno));
  return FALSE;
}

/* @end: which of the two is ours. */
static gboolean
open_pipe (Start *start, int end, int *ours, int *theirs)
{
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) < 0)
    return fail (start, "cannot make a pipe");
  *ours = fds[end];
  *theirs = fds[1 - end];
  fcntl (*ours, F_SETFL, O_NONBLOCK);
  return TRUE;
}

/* Who is not root may open /dev/stderr only where it is the user's own. */
static gboolean
give_pipes (Start *start)
{
  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    if (start->becoming.files[i] >= 0 && fchown (start->becoming.files[i], start->user->uid, -1) != 0)
      return fail (start, "cannot give a pipe to its user");
  return TRUE;
}

static gboolean
open_pipes (Start *start)
{
  int *files = start->becoming.files;

  return (!start->order->input || open_pipe (start, 1, &start->ends.input, &files[STDIN_FILENO]))
         && open_pipe (start, 0, &start->ends.output, &files[STDOUT_FILENO])
         && open_pipe (start, 0, &start->ends.errors, &files[STDERR_FILENO])
         && (!start->becoming.become || give_pipes (start));
}

/* As a terminal emulator of today sets it: text is UTF-8. */
static void
set_terminal (const Start *start, int fd)
{
  const struct winsize size = { .ws_row = start->order->rows, .ws_col = start->order->columns };
  struct termios settings;

  ioctl (fd, TIOCSWINSZ, &size);
  if (tcgetattr (fd, &settings) == 0)
    {
      settings.c_iflag |= IUTF8;
      tcsetattr (fd, TCSANOW, &settings);
    }
}

static gboolean
open_terminal (Start *start)
{
  char name[64];
  int fd;

  start->ends.output = posix_openpt (O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (start->ends.output < 0 || grantpt (start->ends.output) != 0 || unlockpt (start->ends.output) != 0
      || ptsname_r (start->ends.output, name, sizeof name) != 0)
    return fail (start, "cannot make a terminal");
  fd = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return fail (start, "cannot open a new terminal");
  start->becoming.files[STDIN_FILENO] = fd;
  set_terminal (start, fd);
  if (start->user != NULL && fchown (fd, start->user->uid, -1) != 0)
    return fail (start, "cannot give a terminal to its user");
  start->becoming.files[STDOUT_FILENO] = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  start->becoming.files[STDERR_FILENO] = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (start->order->input)
    start->ends.input = fcntl (start->ends.output, F_DUPFD_CLOEXEC, 0);
  if (start->becoming.files[STDOUT_FILENO] < 0 || start->becoming.files[STDERR_FILENO] < 0
      || (start->order->input && start->ends.input < 0))
    return fail (start, "cannot open a new terminal");
  start->becoming.terminal = TRUE;
  return TRUE;
}

static gboolean
open_control (Start *start)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
    return fail (start, "cannot make a socket pair");
  start->ends.control = fds[0];
  start->becoming.control = fds[1];
  return TRUE;
}

/* --- The process ---------------------------------------------------------- */

static gboolean
find_user (Start *start)
{
  const char *name = start->order->user;

  if (name == NULL)
    return TRUE;
  start->user = gw_live_user_find (name, &start->error);
  if (start->user == NULL)
    return FALSE;
  /* Who is not root can become nobody else, but need not, either. */
  start->becoming.become = geteuid () == 0 || geteuid () != start->user->uid;
  start->becoming.uid = start->user->uid;
  start->becoming.gid = start->user->gid;
  start->becoming.groups = start->user->groups;
  start->becoming.n_groups = start->user->n_groups;
  return TRUE;
}

static char **
build_environment (Start *start)
{
  const GwLiveOrder *order = start->order;
  char **environment;

  if (order->environment != NULL)
    environment = g_strdupv (order->environment);
  else if (order->login)
    environment = gw_live_user_login_environment (start->user);
  else if (start->user != NULL)
    environment = gw_live_user_set_environment (start->user, g_strdupv (start->session));
  else
    environment = g_strdupv (start->session);
  if (order->terminal_type != NULL)
    environment = g_environ_setenv (environment, "TERM", order->terminal_type, order->environment == NULL);
  for (char **word = order->additions; word != NULL && *word != NULL; word++)
    {
      const char *equals = strchr (*word, '=');
      g_autofree char *name = g_strndup (*word, equals - *word);

      environment = g_environ_setenv (environment, name, equals + 1, TRUE);
    }
  return environment;
}

static void
split_live (gpointer data)
{
  gw_live_supervisor_split (data);
}

static void
split_kept (gpointer data)
{
  gw_supervisor_split (data);
}

static gboolean
spawn_as (Start *start, char **environment, GSpawnChildSetupFunc split, gpointer plan)
{
  const GwLiveOrder *order = start->order;
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_DO_NOT_REAP_CHILD
                      | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
  g_auto (GStrv) login = order->login ? gw_live_user_login_words (start->user, order->argv) : NULL;

  if (order->login)
    flags |= G_SPAWN_FILE_AND_ARGV_ZERO;
  return g_spawn_async (NULL, order->login ? login : order->argv, environment, flags, split, plan, &start->supervisor,
                        &start->error);
}

static gboolean
spawn (Start *start)
{
  const GwLiveOrder *order = start->order;
  const GwLiveKeeping *keeping = order->keeping;
  g_auto (GStrv) environment = build_environment (start);
  GwLiveSupervision live = { .cgroup = gw_program_get_cgroup (), .becoming = &start->becoming };
  GwSupervision kept = { .capture = GW_CAPTURE_STDOUT | GW_CAPTURE_STDERR, .report = -1, .cgroup = live.cgroup };

  start->becoming.folder = order->folder;
  if (order->login && order->folder == NULL)
    {
      start->becoming.folder = start->user->home;
      start->becoming.folder_may_lack = TRUE;
    }
  if (keeping == NULL)
    return spawn_as (start, environment, split_live, &live);
  kept.linger = keeping->linger;
  kept.folder = keeping->folder;
  kept.becoming = &start->becoming;
  return spawn_as (start, environment, split_kept, &kept);
}

/* The first report: the program's process has said it by now. */
static gboolean
take_report (Start *start)
{
  GwLiveReport report = { .kind = GW_LIVE_NO_FORK, .value = EIO };
  gssize length;

  do
    length = recv (start->ends.control, &report, sizeof report, 0);
  while (length < 0 && errno == EINTR);
  errno = report.value;
  switch (length == sizeof report ? report.kind : GW_LIVE_NO_FORK)
    {
    case GW_LIVE_BEGINS:
      start->ends.pid = report.value;
      fcntl (start->ends.control, F_SETFL, O_NONBLOCK);
      return TRUE;
    case GW_LIVE_NO_USER:
      g_set_error (&start->error, GW_ERROR, GW_ERROR_FAILED, "cannot become user '%s': %s", start->order->user,
                   g_strerror (report.value));
      return FALSE;
    case GW_LIVE_NO_FOLDER:
      g_set_error (&start->error, GW_ERROR, GW_ERROR_FAILED, "cannot enter the folder '%s': %s", start->order->folder,
                   g_strerror (report.value));
      return FALSE;
    case GW_LIVE_NO_FORK:
    default:
      return fail (start, "cannot start a process");
    }
}

static void
close_theirs (Start *start)
{
  for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
    close_fd (&start->becoming.files[i]);
  close_fd (&start->becoming.control);
}

static void
on_supervisor_gone (GPid pid, int wait_status, gpointer data)
{
  int cgroup = gw_program_get_cgroup ();
  guint *count = data;

  if (count != NULL)
    (*count)--;
  g_spawn_close_pid (pid);
  if (cgroup >= 0)
    gw_cgroup_tidy (cgroup);
}

/* --- The thread ------------------------------------------------------------- */

static void
start_free (Start *start)
{
  close_ends (&start->ends);
  gw_live_order_free (start->order);
  g_strfreev (start->session);
  g_clear_pointer (&start->user, gw_live_user_free);
  g_clear_error (&start->error);
  g_main_context_unref (start->context);
  g_free (start);
}

/* In the loop again. */
static gboolean
on_done (gpointer data)
{
  Start *start = data;
  guint *count = start->order->keeping != NULL ? start->order->keeping->supervisors : NULL;

  if (start->supervisor > 0 && count != NULL)
    (*count)++;
  if (start->supervisor > 0)
    g_child_watch_add (start->supervisor, on_supervisor_gone, count);
  start->started (&start->ends, start->error, start->data);
  start_free (start);
  return G_SOURCE_REMOVE;
}

/* What is kept is between the supervisor and the program. */
static gboolean
open_files (Start *start)
{
  if (start->order->keeping != NULL)
    return TRUE;
  return start->order->terminal ? open_terminal (start) : open_pipes (start);
}

/* Nothing is written to the folder of a program that never ran when this
 * returns: its supervisor has the other end as long as it lives. */
static void
wait_for_supervisor (Start *start)
{
  GwLiveReport report;

  while (recv (start->ends.control, &report, sizeof report, 0) > 0 || errno == EINTR)
    errno = 0;
}

static void
do_start (Start *start)
{
  const char word = GW_LIVE_KNOWN;
  gboolean started = find_user (start) && open_control (start) && open_files (start) && spawn (start);

  close_theirs (start);
  if (started && take_report (start))
    send (start->ends.control, &word, sizeof word, MSG_NOSIGNAL);
  else if (started && start->order->keeping != NULL)
    wait_for_supervisor (start);
}

static gpointer
run_thread (gpointer data)
{
  Start *start = data;

  do_start (start);
  gw_later_call (start->context, on_done, start, NULL);
  return NULL;
}

/**
 * gw_live_start:
 * @order: (transfer full): what to start
 * @started: called once, from the loop, later
 */
void
gw_live_start (GwLiveOrder *order, GwLiveStartedFunc started, gpointer data)
{
  Start *start = g_new0 (Start, 1);
  GThread *thread;

  start->order = order;
  start->session = gw_environment_new ();
  start->ends = (GwLiveEnds) GW_LIVE_ENDS_NONE;
  start->becoming = (GwBecoming) GW_BECOMING_NONE;
  start->context = g_main_context_ref_thread_default ();
  start->started = started;
  start->data = data;
  thread = g_thread_try_new ("guestwire-start", run_thread, start, &start->error);
  if (thread != NULL)
    g_thread_unref (thread);
  else
    gw_later_call (start->context, on_done, start, NULL);
}
