/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ends of programs of guestwire-exec: by their host, with it, with the agent,
 * and not while their session is parked. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "frames-host.h"
#include "gw-command-live.h"
#include "rows.h"
#include "wait.h"

static gboolean
is_gone (gint64 pid)
{
  return kill (pid, 0) != 0;
}

typedef struct
{
  const char *name;
  const char *script; /* prints the process id of another in its group */
} Stubborn;

static const Stubborn stubborn[] = {
  { "heeds", "sleep 60 & echo $!; wait" },
  { "ignores", "trap '' TERM HUP; sleep 60 & echo $!; wait; wait" },
  { "is-stopped", "sleep 60 & echo $!; kill -STOP $$" },
};

static gint64
begin_stubborn (Host *host, const Stubborn *row, Run **run)
{
  g_autofree char *arguments = g_strdup_printf (SH ("%s"), row->script);

  *run = run_begin (host, arguments);
  run_wait_said (*run, "\n");
  return g_ascii_strtoll ((*run)->said[0]->str, NULL, 10);
}

static void
test_cancel (gconstpointer data)
{
  Run *run;
  gint64 other;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  other = begin_stubborn (&host, data, &run);
  gw_session_cancel (host.session, run->id);
  host_wait (&host, is_gone (run->pid) && is_gone (other));
  g_assert_cmpstr (answer (&host, run->id), ==, "cancelled");
  /* Its place among the requests is free again. */
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  host_close (&host);
}

static void
test_cancel_without_a_reader (void)
{
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, "{\"path\":\"yes\"}");
  run->slow = TRUE;
  run_wait_said (run, "y\n");
  gw_session_cancel (host.session, run->id);
  host_wait (&host, is_gone (run->pid));
  g_assert_cmpstr (answer (&host, run->id), ==, "cancelled");
  /* What it had said by then may be on its way yet. */
  run_read_on (run);
  host_wait (&host, run->over[0] && run->over[1]);
  host_close (&host);
}

static void
test_client_lost (gconstpointer data)
{
  Run *run;
  gint64 other;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  other = begin_stubborn (&host, data, &run);
  gw_session_close (host.session, "enough", g_get_monotonic_time ());
  host_wait (&host, is_gone (run->pid) && is_gone (other));
  host_close (&host);
}

/* The agent may be killed: what it ran must not stay. */
static void
test_agent_ends (void)
{
  Run *run;
  gint64 pid;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, SH ("echo ready; sleep 60"));
  run_wait_said (run, "ready");
  pid = run->pid;
  host_close (&host);
  while (!is_gone (pid))
    g_main_context_iteration (NULL, FALSE);
}

/* It may be one that upgrades the agent. */
static void
test_agent_leaves (void)
{
  g_autofree char *folder = g_dir_make_tmp ("live-XXXXXX", NULL);
  g_autofree char *mark = g_build_filename (folder, "mark", NULL);
  g_autofree char *arguments
      = g_strdup_printf (SH ("echo ready; sleep 0.2; seq 100000; seq 100000 >&2; echo $? >%s"), mark);
  g_autofree char *text = NULL;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, arguments);
  run_wait_said (run, "ready");
  gw_command_live_leave ();
  host_close (&host);
  while (!g_file_get_contents (mark, &text, NULL, NULL) || *text == '\0')
    {
      g_clear_pointer (&text, g_free);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpstr (text, ==, "0\n");
  g_assert_cmpint (g_unlink (mark), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_parked (void)
{
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, SH_WITH ("echo one; read x; echo $x; seq 100000; echo end", "\"input\":true"));
  run_wait_said (run, "one\n");
  run_say (run, "two\n");
  for (guint i = 0; i < 3; i++)
    {
      host_disconnect (&host);
      g_assert_false (is_gone (run->pid));
      host_connect (&host);
      host_wait (&host, host.resumed == i + 1);
    }
  run_finish (run);
  run_wait (run);
  g_assert_cmpuint (run->total, ==, strlen ("one\ntwo\nend\n") + 588895);
  g_assert_true (g_str_has_suffix (run->said[0]->str, "99999\n100000\nend\n"));
  host_close (&host);
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/live/cancelled/", stubborn, test_cancel);
  ADD_ROWS ("/live/client-lost/", stubborn, test_client_lost);
  g_test_add_func ("/live/cancelled/that-nobody-reads", test_cancel_without_a_reader);
  g_test_add_func ("/live/agent-ends", test_agent_ends);
  g_test_add_func ("/live/agent-leaves", test_agent_leaves);
  g_test_add_func ("/live/goes-on-while-parked", test_parked);
  return g_test_run ();
}
