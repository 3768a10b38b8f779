/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-agent: options, the loop, signals. */

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "gw-agent.h"
#include "gw-command-exec.h"
#include "gw-command-live.h"
#include "gw-commands.h"
#include "gw-daemon.h"
#include "gw-event-sources.h"
#include "gw-leaving.h"
#include "gw-jobs.h"
#include "gw-freeze.h"
#include "gw-log.h"
#include "gw-heap.h"
#include "gw-open-files.h"
#include "gw-options.h"
#include "gw-program.h"
#include "gw-supervising.h"

#define EXIT_USAGE 2

static gboolean waits_for_files; /* file systems are frozen, and what writes to them is still to be done */
static gboolean reopens_log;     /* the same, and SIGHUP came */

static gboolean
on_stop (gpointer data)
{
  gw_leaving_begin (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer data)
{
  g_autoptr (GError) error = NULL;

  /* To open it would wait for the thaw. */
  reopens_log = gw_freeze_is_frozen ();
  if (reopens_log)
    return G_SOURCE_CONTINUE;
  if (!gw_log_reopen (&error))
    g_warning ("%s", error->message);
  return G_SOURCE_CONTINUE;
}

/* A descriptor of ours must not become what others print to. */
static void
open_standard_files (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    close (fd);
}

static void
print_name (const GwCommand *command, gpointer data)
{
  printf ("%s\n", command->name);
}

static void
say_warnings (const GwOptions *options)
{
  for (guint i = 0; i < options->warnings->len; i++)
    g_warning ("%s", (const char *) options->warnings->pdata[i]);
}

/* What is asked for besides serving. */
static int
print_action (const GwOptions *options)
{
  g_autofree char *text = NULL;

  switch (options->action)
    {
    case GW_ACTION_LIST:
      gw_commands_foreach (print_name, NULL);
      return EXIT_SUCCESS;
    case GW_ACTION_DUMP:
      say_warnings (options);
      text = gw_settings_dump (&options->settings);
      break;
    case GW_ACTION_HELP:
      text = gw_options_help ();
      break;
    case GW_ACTION_VERSION:
    default:
      text = g_strdup_printf ("guestwire-agent %s\n", GW_VERSION);
      break;
    }
  fputs (text, stdout);
  return EXIT_SUCCESS;
}

/* qemu-ga needs no pid file but as a daemon: for others one that cannot be
 * written is no reason not to serve. */
static gboolean
take_pid_file (const GwSettings *settings, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (settings->pid_file == NULL || gw_pid_file_take (settings->pid_file, &problem))
    return TRUE;
  if (settings->daemon || g_error_matches (problem, GW_ERROR, GW_ERROR_BUSY))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  g_warning ("%s", problem->message);
  return TRUE;
}

/* All that writes to a file system. */
static gboolean
open_files (const GwOptions *options, GError **error)
{
  const GwSettings *settings = &options->settings;

  if (settings->log_file != NULL && !gw_log_open (settings->log_file, error))
    return FALSE;
  if (!take_pid_file (settings, error))
    return FALSE;
  say_warnings (options);
  gw_open_files_set_state (settings->state_folder);
  return TRUE;
}

/* What had to wait for this. */
static void
on_freeze_told (gboolean frozen, guint count, gpointer data)
{
  g_autoptr (GError) error = NULL;

  gw_event_sources_tell_freeze (gw_events_get (), frozen, count);
  if (frozen)
    return;
  if (reopens_log)
    on_hangup (NULL);
  if (!waits_for_files)
    return;
  waits_for_files = FALSE;
  g_message ("file systems had been frozen when this agent was started");
  if (!open_files (data, &error))
    g_warning ("%s", error->message);
}

static void
prepare_freeze (const GwOptions *options)
{
  gw_freeze_set_hook (options->settings.freeze_hook);
  gw_freeze_set_timeout (options->freeze_timeout);
  gw_freeze_set_told (on_freeze_told, (gpointer) options);
  gw_freeze_open (options->freeze_folder);
}

/* Everything that comes before the channels. */
static gboolean
prepare (const GwOptions *options, GError **error)
{
  const GwSettings *settings = &options->settings;

  if (settings->daemon && !gw_daemon_begin (error))
    return FALSE;
  prepare_freeze (options);
  waits_for_files = gw_freeze_is_frozen ();
  if (!waits_for_files && !open_files (options, error))
    return FALSE;
  gw_commands_set_policy (gw_policy_new (settings->allow_rpcs, settings->block_rpcs));
  gw_events_block (gw_events_get (), settings->block_events);
  return TRUE;
}

static int
serve (const GwOptions *options, GError **error)
{
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (GwEventSources) sources = NULL;
  g_autoptr (GwAgent) agent = NULL;

  if (!prepare (options, error))
    return EXIT_FAILURE;
  loop = g_main_loop_new (NULL, FALSE);
  /* Programs close their input when they like, and so do clients. */
  signal (SIGPIPE, SIG_IGN);
  g_unix_signal_add (SIGTERM, on_stop, loop);
  g_unix_signal_add (SIGINT, on_interrupt, loop);
  g_unix_signal_add (SIGHUP, on_hangup, NULL);

  gw_program_open (options->drop_in ? "qemu-ga" : "agent");
  gw_command_exec_restore ();
  gw_jobs_restore ();
  agent = gw_agent_new (options->channels, options->hold, error);
  if (agent == NULL)
    return g_error_matches (*error, GW_ERROR, GW_ERROR_INVALID_ADDRESS) ? EXIT_USAGE : EXIT_FAILURE;
  sources = gw_event_sources_new (gw_events_get ());
  gw_daemon_ready ();
  g_main_loop_run (loop);
  gw_freeze_close ();
  gw_command_live_leave ();
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_auto (GwOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  int status;

  open_standard_files ();
  gw_supervising_set_title_place (argc, argv);
  if (!gw_options_parse (&options, argc, argv, &error))
    {
      fprintf (stderr, "guestwire-agent: %s\nTry 'guestwire-agent --help'.\n", error->message);
      return EXIT_USAGE;
    }
  gw_log_start (options.settings.verbose);
  if (options.action != GW_ACTION_SERVE)
    return print_action (&options);
  gw_heap_prepare ();
  status = serve (&options, &error);
  gw_jobs_close ();
  gw_program_close ();
  gw_pid_file_remove ();
  if (error != NULL)
    {
      fprintf (stderr, "guestwire-agent: %s\n", error->message);
      if (options.settings.log_file != NULL)
        g_warning ("%s", error->message);
    }
  return status;
}
