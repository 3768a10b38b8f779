/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's two voices on one connection: how a host comes to frames, what
 * commands it has there, and how the next one comes back to text. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "frames-host.h"
#include "gw-command-power.h"
#include "gw-commands.h"
#include "gw-limits.h"
#include "gw-open.h"
#include "rows.h"
#include "wait.h"

#define NOT_FOUND(name) "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command " name " has not been found\"}}"
#define DISABLED(name, why)                                                                                            \
  "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"Command " name " has been disabled: " why "\"}}"

/* --- Commands in frames -------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *command;
  const char *arguments;
  const char *answer;
} Row;

static const Row rows[] = {
  { "ping", "guest-ping", "{}", OK },
  { "sync", "guest-sync", "{\"id\":-7}", "{\"return\":-7}" },
  { "sync-delimited-has-no-delimiter", "guest-sync-delimited", "{\"id\":7}", "{\"return\":7}" },
  { "unknown-command", "guest-nonsense", "{}", NOT_FOUND ("guest-nonsense") },
  { "opened-already", "guestwire-open", "{}", NOT_FOUND ("guestwire-open") },
  { "missing-argument", "guest-sync", "{}", FAILED ("Parameter 'id' is missing") },
  { "wrong-type", "guest-sync", "{\"id\":\"x\"}", FAILED ("Invalid parameter type for 'id', expected: integer") },
  { "unexpected-argument", "guest-ping", "{\"x\":1}", FAILED ("Parameter 'x' is unexpected") },
  { "arguments-no-object", "guest-ping", "[]", FAILED ("QMP input member 'arguments' must be an object") },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  assert_answer (&host, row->command, row->arguments, row->answer);
  host_close (&host);
}

typedef struct
{
  const char *name;
  const char *body;
  const char *answer;
} Body;

static const Body bodies[] = {
  { "no-json", "{\"execute\":guest-ping}", FAILED ("JSON parse error, expecting a value at byte 11") },
  { "no-object", "[]", FAILED ("QMP input must be a JSON object") },
  { "no-request", "{\"return\":{}}", FAILED ("QMP input lacks member 'execute'") },
  { "id-is-not-needed", "{\"execute\":\"guest-ping\",\"id\":5}", OK },
};

static void
test_body (gconstpointer data)
{
  const Body *row = data;
  g_autoptr (GBytes) body = g_bytes_new_static (row->body, strlen (row->body));
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  g_assert_cmpstr (answer (&host, gw_session_call (host.session, body, G_MAXINT64, 0, NULL)), ==, row->answer);
  host_close (&host);
}

/* Text has no answer for success of this. */
static void
test_silent_success (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (folder, "shutdown", NULL);
  Host host;

  g_assert_cmpint (symlink ("/bin/true", program), ==, 0);
  gw_command_power_set_folder (folder);
  host_open (&host, GW_PORT_SOCKET);
  assert_answer (&host, "guest-shutdown", "{}", OK);
  host_close (&host);
  gw_command_power_set_folder ("/sbin");
  g_unlink (program);
  g_rmdir (folder);
}

static gboolean
has_command (const char *info, const char *name)
{
  g_autofree char *row = g_strdup_printf ("\"name\":\"%s\"", name);

  return strstr (info, row) != NULL;
}

static void
test_info (void)
{
  const char *in_frames;
  g_autofree char *in_text = NULL;
  Client client;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  in_frames = answer (&host, ask (&host, "guest-info", "{}"));
  g_assert_true (has_command (in_frames, "guest-ping"));
  g_assert_true (has_command (in_frames, "guestwire-exec"));
  g_assert_true (has_command (in_frames, "guestwire-exec-control"));
  g_assert_false (has_command (in_frames, "guestwire-open"));
  host_close (&host);

  client_open (&client);
  say (&client, "{\"execute\":\"guest-info\"}");
  in_text = hear (&client);
  g_assert_true (has_command (in_text, "guest-ping"));
  g_assert_true (has_command (in_text, "guestwire-open"));
  g_assert_false (has_command (in_text, "guestwire-exec"));
  client_close (&client);
}

/* --- Policy ---------------------------------------------------------------------- */

#define EXEC "guestwire-exec", "{\"path\":\"true\"}"
#define CONTROL "guestwire-exec-control", "{\"call\":1,\"signal\":9}"

typedef struct
{
  const char *name;
  const char *allow;
  const char *block;
  const char *command;
  const char *arguments;
  const char *answer; /* NULL: it is run */
} Policy;

static const Policy policies[] = {
  { "blocked-by-what-it-implies", NULL, "guest-exec", EXEC,
    DISABLED ("guestwire-exec", "it needs guest-exec, which the agent's block-rpcs does not allow") },
  { "control-is-as-exec", NULL, "guest-exec", CONTROL,
    DISABLED ("guestwire-exec-control", "it needs guest-exec, which the agent's block-rpcs does not allow") },
  { "not-in-the-allow-list", "guest-ping", NULL, EXEC,
    DISABLED ("guestwire-exec", "it needs guest-exec, which the agent's allow-rpcs does not allow") },
  { "own-name-allows-nothing", "guestwire-exec", NULL, EXEC,
    DISABLED ("guestwire-exec", "it needs guest-exec, which the agent's allow-rpcs does not allow") },
  { "blocked-by-its-own-name", NULL, "guestwire-exec", EXEC,
    DISABLED ("guestwire-exec", "the agent's block-rpcs does not allow it") },
  { "allowed-by-what-it-implies", "guest-exec", NULL, EXEC, NULL },
  { "its-status-does-not-matter", NULL, "guest-exec-status", EXEC, NULL },
  { "jobs-are-as-exec", NULL, "guest-exec", "guestwire-job-start", "{\"path\":\"true\"}",
    DISABLED ("guestwire-job-start", "it needs guest-exec, which the agent's block-rpcs does not allow") },
  { "jobs-are-not-even-listed", "guest-ping", NULL, "guestwire-job-list", "{}",
    DISABLED ("guestwire-job-list", "it needs guest-exec, which the agent's allow-rpcs does not allow") },
  { "push-writes", NULL, "guest-file-write", "guestwire-file-push", "{\"path\":\"/x\"}",
    DISABLED ("guestwire-file-push", "it needs guest-file-write, which the agent's block-rpcs does not allow") },
  { "pull-reads", "guest-file-open", NULL, "guestwire-file-pull", "{\"path\":\"/x\"}",
    DISABLED ("guestwire-file-pull", "it needs guest-file-read, which the agent's allow-rpcs does not allow") },
  { "push-opens", "guest-file-write", NULL, "guestwire-file-push", "{\"path\":\"/x\"}",
    DISABLED ("guestwire-file-push", "it needs guest-file-open, which the agent's allow-rpcs does not allow") },
  { "command-of-text", NULL, "guest-ping", "guest-ping", "{}",
    DISABLED ("guest-ping", "the command is not allowed") },
};

static void
test_policy (gconstpointer data)
{
  const Policy *policy = data;
  /* How a host finds the agent, and what is tested. */
  g_autofree char *allow = policy->allow != NULL ? g_strconcat ("guest-sync-delimited ", policy->allow, NULL) : NULL;
  Host host;

  set_policy (allow, policy->block);
  host_open (&host, GW_PORT_SOCKET);
  if (policy->answer != NULL)
    assert_answer (&host, policy->command, policy->arguments, policy->answer);
  else
    g_assert_true (g_str_has_suffix (run_wait (run_begin (&host, policy->arguments)), "\"exitcode\":0}}"));
  host_close (&host);
  gw_commands_set_policy (NULL);
}

static void
test_open_is_blocked (void)
{
  Client client;

  set_policy (NULL, "guestwire-open");
  client_open (&client);
  say (&client, "{\"execute\":\"guestwire-open\",\"id\":3,\"arguments\":{}}");
  assert_hear (&client, "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"Command guestwire-open has been disabled: the "
                        "agent's block-rpcs does not allow it\"},\"id\":3}");
  client_close (&client);
  gw_commands_set_policy (NULL);
}

/* --- From text to frames, and back --------------------------------------------------- */

static void
test_exec_is_no_text (void)
{
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guestwire-exec\",\"arguments\":{\"path\":\"true\"}}");
  assert_hear (&client, NOT_FOUND ("guestwire-exec"));
  client_close (&client);
}

static void
test_wrong_open (void)
{
  g_autofree char *line = NULL;
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guestwire-open\",\"arguments\":{\"nonce\":1}}");
  line = hear (&client);
  g_assert_true (g_str_has_prefix (line, "{\"error\":{\"class\":\"GenericError\""));
  assert_nothing_else (&client);
  client_close (&client);
}

/* Takes the connection from the host's session, which then knows nothing of
 * it. */
static void
take_over (Host *host, Client *client)
{
  *client = (Client){ .in = g_string_new (NULL), .fd = host->fd, .voice = host->voice };
  gw_session_disconnect (host->session, g_get_monotonic_time ());
  host->fd = -1;
}

static void
give_back (Host *host, Client *client)
{
  host->fd = client->fd;
  g_string_free (client->in, TRUE);
  gw_session_connect (host->session, g_get_monotonic_time ());
}

/* The text voice serves who says so, and the session goes on after. */
static void
test_text_again (gconstpointer data)
{
  Run *run;
  Client client;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, "{\"path\":\"cat\",\"input\":true}");
  run_say (run, "one\n");
  run_wait_said (run, "one\n");
  take_over (&host, &client);
  if (g_str_equal (data, "libvirt"))
    {
      /* It says no 0xFF, but waits. */
      g_usleep (GW_LINE_QUIET_US + 50000);
      say (&client, "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":5}}\n");
      assert_hear (&client, "{\"return\":5}");
    }
  else
    assert_nothing_else (&client);
  say (&client, "{\"execute\":\"guest-ping\"}");
  assert_hear (&client, OK);
  g_assert_cmpint (kill (run->pid, 0), ==, 0);
  give_back (&host, &client);
  host_wait (&host, host.resumed == 1);
  run_say (run, "two\n");
  run_finish (run);
  run_wait (run);
  g_assert_cmpstr (run->said[0]->str, ==, "one\ntwo\n");
  host_close (&host);
}

/* Whoever has gone on is not answered in frames. */
static void
test_open_with_more_behind (void)
{
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guestwire-open\",\"id\":3,\"arguments\":{}}{\"execute\":\"guest-ping\",\"id\":4}");
  assert_hear (&client, "{\"return\":{},\"id\":4}");
  assert_nothing_else (&client);
  client_close (&client);
}

static void
test_closed_by_the_host (void)
{
  Client client;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  gw_session_close (host.session, "enough", g_get_monotonic_time ());
  host_turn (&host);
  settle ();
  take_over (&host, &client);
  assert_nothing_else (&client);
  give_back (&host, &client);
  host_wait (&host, host.opened == 2);
  host_close (&host);
}

/* One who takes the connection over asks in the same breath for what is no
 * session: the one that is left is in the middle of its turn. */
static void
test_wrong_open_at_takeover (void)
{
  const GwOpen open = { .frame_max = GW_FRAME_MAX, .window = GW_LINK_WINDOW };
  g_autoptr (GBytes) request = gw_open_request (&open, 3);
  g_autofree char *text = g_strndup (g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  g_autofree char *reply = NULL;
  Client client;

  client_open (&client);
  say (&client, text);
  reply = hear (&client);
  g_assert_nonnull (strstr (reply, "\"instance\""));
  say (&client, "\xff{\"execute\":\"guest-sync\",\"arguments\":{\"id\":5}}"
                "{\"execute\":\"guestwire-open\",\"arguments\":{\"nonce\":1}}");
  say (&client, "{\"execute\":\"guest-ping\"}");
  do
    {
      g_free (reply);
      reply = hear (&client);
    }
  while (!g_str_equal (reply, OK));
  client_close (&client);
}

/* Two clients of one socket have a session each, and each finds its own. */
static void
test_two_hosts (void)
{
  Host host;
  Host other;

  host_open (&host, GW_PORT_SOCKET);
  host_open_beside (&other, &host);
  assert_answer (&host, "guest-ping", "{}", OK);
  assert_answer (&other, "guest-ping", "{}", OK);
  host_disconnect (&host);
  host_disconnect (&other);
  host_connect (&other);
  host_wait (&other, other.resumed == 1);
  host_connect (&host);
  host_wait (&host, host.resumed == 1);
  assert_answer (&host, "guest-ping", "{}", OK);
  assert_answer (&other, "guest-ping", "{}", OK);
  host_close (&other);
  host_close (&host);
}

/* Parked sessions are as many as clients; then the oldest gives its place. */
static void
test_parked_are_bounded (void)
{
  Host first;
  Host others[HOST_SLOTS];

  host_open (&first, GW_PORT_SOCKET);
  host_disconnect (&first);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      host_open_beside (&others[i], &first);
      host_disconnect (&others[i]);
    }
  host_connect (&others[0]);
  host_wait (&others[0], others[0].resumed == 1);
  host_connect (&first);
  host_wait (&first, first.opened == 2);
  g_assert_cmpuint (first.closed, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    host_close (&others[i]);
  host_close (&first);
}

/* Requests that never become whole, of clients that have no more than others
 * in text: see test-agent.c. */
static void
test_half_requests_are_bounded (void)
{
  gsize size = 60 * GW_MIB;
  g_autofree char *text = g_malloc (size);
  g_autoptr (GBytes) body = NULL;
  Host hosts[3];

  memset (text, 'A', size);
  body = g_bytes_new_take (g_steal_pointer (&text), size);
  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      if (i == 0)
        host_open (&hosts[i], GW_PORT_SOCKET);
      else
        host_open_beside (&hosts[i], &hosts[0]);
      gw_session_call (hosts[i].session, body, G_MAXINT64, g_get_monotonic_time (), NULL);
      host_wait (&hosts[i], hosts[i].written > 50 * GW_MIB || hosts[i].closed == 1);
    }
  g_assert_cmpuint (hosts[0].closed + hosts[1].closed, ==, 0);
  g_assert_cmpuint (hosts[2].closed, ==, 1);
  for (guint i = G_N_ELEMENTS (hosts); i > 0; i--)
    host_close (&hosts[i - 1]);
}

/* --- At rest ---------------------------------------------------------------------------- */

/* How long the loop would sleep. */
static int
get_timeout (void)
{
  GMainContext *context = g_main_context_default ();
  GPollFD fds[64];
  int priority, timeout;

  settle ();
  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  g_main_context_query (context, priority, &timeout, fds, G_N_ELEMENTS (fds));
  g_main_context_check (context, priority, fds, 0);
  g_main_context_release (context);
  return timeout;
}

/* Of those that are descriptors: the kernel tells how long is left. */
static gboolean
has_timer (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fdinfo", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/fdinfo", name, NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL) && strstr (text, "it_value:") != NULL
          && strstr (text, "it_value: (0, 0)") == NULL)
        return TRUE;
    }
  return FALSE;
}

/* Whether something will happen though nobody does anything. */
static gboolean
will_wake (void)
{
  return get_timeout () != -1 || has_timer ();
}

static void
test_no_wakeups (void)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  assert_answer (&host, "guest-ping", "{}", OK);
  host_wait (&host, !will_wake ());
  host_disconnect (&host);
  g_assert_true (will_wake ());
  host_connect (&host);
  host_wait (&host, host.resumed == 1);
  gw_session_close (host.session, "enough", g_get_monotonic_time ());
  host_wait (&host, !will_wake ());
  host_close (&host);
}

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  /* Policies are warned of. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ADD_ROWS ("/frames-agent/command/", rows, test_row);
  ADD_ROWS ("/frames-agent/body/", bodies, test_body);
  ADD_ROWS ("/frames-agent/policy/", policies, test_policy);
  g_test_add_func ("/frames-agent/policy/open-is-blocked", test_open_is_blocked);
  g_test_add_func ("/frames-agent/command/silent-success-is-answered", test_silent_success);
  g_test_add_func ("/frames-agent/info-is-of-the-voice", test_info);
  g_test_add_func ("/frames-agent/exec-is-no-text", test_exec_is_no_text);
  g_test_add_func ("/frames-agent/wrong-open-stays-text", test_wrong_open);
  g_test_add_func ("/frames-agent/open-with-more-behind-is-ignored", test_open_with_more_behind);
  g_test_add_data_func ("/frames-agent/text-again/sync-delimited", "sync-delimited", test_text_again);
  g_test_add_data_func ("/frames-agent/text-again/libvirt", "libvirt", test_text_again);
  g_test_add_func ("/frames-agent/closed-by-the-host", test_closed_by_the_host);
  g_test_add_func ("/frames-agent/wrong-open-at-a-takeover", test_wrong_open_at_takeover);
  g_test_add_func ("/frames-agent/two-hosts", test_two_hosts);
  g_test_add_func ("/frames-agent/parked-ones-are-bounded", test_parked_are_bounded);
  g_test_add_func ("/frames-agent/half-requests-are-bounded", test_half_requests_are_bounded);
  g_test_add_func ("/frames-agent/no-wakeups-at-rest", test_no_wakeups);
  return g_test_run ();
}
