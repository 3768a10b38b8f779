/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts programs, each under a supervisor, and knows of their ends: of its
 * own by a pipe, of those that an earlier agent started by their files. Knows
 * no command and no message. */

#include "gw-program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gw-cgroup.h"
#include "gw-environment.h"
#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-program-files.h"
#include "gw-program-store.h"

struct _GwProgram
{
  GPid pid;
  char *name;    /* of its folder; NULL: nothing is kept */
  gboolean ended;
  gint64 ended_at; /* of an earlier agent's: seconds since the Epoch */
  GwSupervisorEnd end;

  /* Of this agent's own only: */
  int report; /* -1 once it has ended */
  GwPollItem *item;
  GwProgramEndedFunc ended_func;
  gpointer data;
};

static int own_cgroup = -1;
static guint supervisors; /* of this agent's own; more than run while some linger */

/* --- Where ---------------------------------------------------------------- */

/* systemd's RuntimeDirectory= comes first. */
static char *
store_path (const char *name)
{
  const char *given = g_getenv ("RUNTIME_DIRECTORY");
  const char *run = geteuid () == 0 ? "/run" : g_getenv ("XDG_RUNTIME_DIR");

  if (given != NULL && *given == '/')
    return g_build_filename (given, name, NULL);
  return run != NULL ? g_build_filename (run, "guestwire", name, NULL) : NULL;
}

/**
 * gw_program_open:
 * @name: of the agent, among those that may run in one guest
 *
 * To be called before programs are started: without it, they have no output.
 */
void
gw_program_open (const char *name)
{
  g_autofree char *path = store_path (name);
  g_autoptr (GError) error = NULL;

  own_cgroup = gw_cgroup_open ();
  if (own_cgroup >= 0)
    gw_cgroup_tidy (own_cgroup);
  if (path != NULL && gw_program_store_open (path, &error))
    return;
  g_message ("%s: results of programs will not outlive this agent", error != NULL ? error->message : "no XDG_RUNTIME_DIR");
  g_clear_error (&error);
  if (!gw_program_store_open_private (&error))
    g_warning ("%s: output of programs cannot be kept", error->message);
}

void
gw_program_close (void)
{
  gw_program_store_close ();
  if (own_cgroup >= 0)
    close (own_cgroup);
  own_cgroup = -1;
}

/* The agent's, in which programs may have their own; or -1. */
int
gw_program_get_cgroup (void)
{
  return own_cgroup;
}

/* --- Its end -------------------------------------------------------------- */

static void
set_ended (GwProgram *program)
{
  program->ended = TRUE;
  g_clear_pointer (&program->item, gw_poll_remove);
  if (program->report >= 0)
    close (program->report);
  program->report = -1;
  if (own_cgroup >= 0)
    gw_cgroup_tidy (own_cgroup);
  if (program->ended_func != NULL)
    program->ended_func (program, program->data);
}

/* Somebody has killed the supervisor, and so the program's output was cut. */
static void
set_lost (GwProgram *program)
{
  program->end = (GwSupervisorEnd){ .wait_status = SIGKILL, .truncated = { TRUE, TRUE } };
}

static void
read_report (GwProgram *program)
{
  gssize length = read (program->report, &program->end, sizeof program->end);

  if (length < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (length != sizeof program->end)
    set_lost (program);
  set_ended (program);
}

static void
on_report (guint32 events, gpointer data)
{
  read_report (data);
}

static void
on_supervisor_gone (GPid pid, int wait_status, gpointer data)
{
  supervisors--;
  g_spawn_close_pid (pid);
}

/* --- Start -------------------------------------------------------------- */

static void
split (gpointer data)
{
  gw_supervisor_split (data);
}

/* The first word of the supervisor, which it says before the program begins. */
static gboolean
read_pid (GwProgram *program, GError **error)
{
  GwSupervisorPid pid = -EIO;
  gssize length;

  do
    length = read (program->report, &pid, sizeof pid);
  while (length < 0 && errno == EINTR);
  if (length == sizeof pid && pid > 0)
    {
      program->pid = pid;
      return TRUE;
    }
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot start a process: %s", g_strerror (-pid));
  return FALSE;
}

static gboolean
spawn (GwProgram *program, char **argv, char **environment, GwSupervision *plan, GError **error)
{
  GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_DO_NOT_REAP_CHILD
                      | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
  g_auto (GStrv) own = environment == NULL ? gw_environment_new () : NULL;
  int fds[2];
  gboolean spawned;
  GPid supervisor;

  if (pipe2 (fds, O_CLOEXEC) < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot make a pipe: %s", g_strerror (errno));
      return FALSE;
    }
  program->report = fds[0];
  plan->report = fds[1];
  spawned = g_spawn_async (NULL, argv, environment != NULL ? environment : own, flags, split, plan, &supervisor, error);
  close (fds[1]);
  if (!spawned)
    return FALSE;
  supervisors++;
  g_child_watch_add (supervisor, on_supervisor_gone, NULL);
  return read_pid (program, error);
}

/* The folder's name is the process id from here on, for who looks there. Where
 * the result of a program that had the same one is kept still, this one's
 * folder stays as it is called. */
static void
name_folder (GwProgram *program)
{
  g_autofree char *name = g_strdup_printf ("%d", (int) program->pid);

  if (program->name == NULL)
    return;
  if (!gw_program_store_rename (program->name, name))
    return;
  g_free (program->name);
  program->name = g_steal_pointer (&name);
}

static gboolean
watch_report (GwProgram *program, GError **error)
{
  fcntl (program->report, F_SETFL, O_NONBLOCK);
  program->item = gw_poll_add (NULL, program->report, EPOLLIN, on_report, program, error);
  return program->item != NULL;
}

/**
 * gw_program_start:
 * @argv: the program, looked up in PATH, and its arguments
 * @environment: (nullable): all of its environment as NAME=VALUE; %NULL for
 *   that of a root session
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
  GwSupervision plan = { .capture = capture,
                         .input = input != NULL,
                         .linger = supervisors < GW_EXEC_RUNNING_MAX + GW_EXEC_ORPHANS_MAX,
                         .cgroup = own_cgroup,
                         .total = gw_program_store_total () };
  gboolean started;

  program->report = -1;
  plan.folder = gw_program_store_new (&program->name);
  started = (input == NULL || gw_program_files_write_input (plan.folder, input, error)) && spawn (program, argv, environment, &plan, error);
  if (plan.folder >= 0)
    close (plan.folder);
  if (started)
    name_folder (program);
  if (started && !watch_report (program, error))
    {
      kill (-program->pid, SIGKILL);
      started = FALSE;
    }
  if (!started)
    {
      gw_program_free (program);
      return NULL;
    }
  program->ended_func = ended;
  program->data = data;
  return program;
}

/* --- What an earlier agent started -------------------------------------- */

static void
look_at_files (GwProgram *program)
{
  switch (gw_program_files_look (program->name, &program->end, &program->ended_at))
    {
    case GW_PROGRAM_RUNS:
      break;
    case GW_PROGRAM_LOST:
      set_lost (program);
      program->ended = TRUE;
      break;
    case GW_PROGRAM_ENDED:
    default:
      program->ended = TRUE;
      break;
    }
}

static GwProgram *
find_one (const char *name)
{
  GwProgram *program = g_new0 (GwProgram, 1);

  program->report = -1;
  program->name = g_strdup (name);
  program->pid = gw_program_files_pid (name);
  look_at_files (program);
  if (program->pid > 0)
    {
      /* The agent may have ended before it could name it. */
      if (g_ascii_strtoll (name, NULL, 10) != program->pid)
        name_folder (program);
      return program;
    }
  gw_program_free (program);
  return NULL;
}

static int
by_end (gconstpointer a, gconstpointer b)
{
  const GwProgram *first = *(GwProgram *const *) a;
  const GwProgram *second = *(GwProgram *const *) b;

  return (first->ended_at > second->ended_at) - (first->ended_at < second->ended_at);
}

/**
 * gw_program_find_earlier:
 *
 * Returns: (transfer full): programs that an earlier agent has started, the
 *   first to end first; nobody is told of their ends, so
 *   gw_program_has_ended() has to be asked
 */
GPtrArray *
gw_program_find_earlier (void)
{
  g_autoptr (GPtrArray) names = gw_program_store_list (GW_STORE_PROGRAMS);
  GPtrArray *programs = g_ptr_array_new ();

  for (guint i = 0; i < names->len; i++)
    {
      GwProgram *program = find_one (names->pdata[i]);

      if (program != NULL)
        g_ptr_array_add (programs, program);
    }
  g_ptr_array_sort (programs, by_end);
  return programs;
}

/* --- Questions ---------------------------------------------------------- */

/* Forgets it, and what it has printed. If it runs, it goes on. */
void
gw_program_free (GwProgram *program)
{
  g_clear_pointer (&program->item, gw_poll_remove);
  if (program->report >= 0)
    close (program->report);
  if (program->name != NULL)
    gw_program_store_remove (program->name);
  g_free (program->name);
  g_free (program);
}

GPid
gw_program_get_pid (GwProgram *program)
{
  return program->pid;
}

/* Looks now, whatever the loop has seen. May call what
 * gw_program_start() was told to call. */
gboolean
gw_program_has_ended (GwProgram *program)
{
  if (program->ended)
    return TRUE;
  if (program->report >= 0)
    read_report (program);
  else
    look_at_files (program);
  return program->ended;
}

int
gw_program_get_wait_status (GwProgram *program)
{
  return program->end.wait_status;
}

/**
 * gw_program_get_output:
 * @truncated: (out): whether there was more
 *
 * Returns: (transfer full): what was captured
 */
GBytes *
gw_program_get_output (GwProgram *program, GwStream stream, gboolean *truncated)
{
  *truncated = program->end.truncated[stream];
  return gw_program_files_output (program->name, stream);
}

/* Bytes that are kept of all programs together. */
gsize
gw_program_total_captured (void)
{
  return __atomic_load_n (gw_program_store_total (), __ATOMIC_RELAXED);
}

/* Bytes of input of running programs that have not read it to its end. */
gsize
gw_program_total_input (void)
{
  return gw_program_store_input ();
}
