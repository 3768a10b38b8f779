/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-exec and guestwire-exec-control, as a host in frames has them. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "frames-host.h"
#include "gw-limits.h"
#include "rows.h"
#include "wait.h"

#define TTY "\"tty\":{\"rows\":24,\"columns\":80}"

/* --- What a program gets, and gives ---------------------------------------- */

typedef struct
{
  const char *name;
  const char *arguments;
  const char *input; /* NULL: none is given */
  const char *end;   /* what the answer ends with */
  const char *out;
  const char *err;
} Program;

static const Program programs[] = {
  { "status", SH ("exit 3"), NULL, "\"exitcode\":3}}", "", "" },
  { "signal", SH ("kill -9 $$"), NULL, "\"signal\":9}}", "", "" },
  { "searched-in-path", "{\"path\":\"true\"}", NULL, "\"exitcode\":0}}", "", "" },
  { "output-apart", SH ("echo out; echo err >&2"), NULL, "\"exitcode\":0}}", "out\n", "err\n" },
  { "no-input", "{\"path\":\"cat\"}", NULL, "\"exitcode\":0}}", "", "" },
  { "input", "{\"path\":\"cat\",\"input\":true}", "hello", "\"exitcode\":0}}", "hello", "" },
  { "input-not-read", "{\"path\":\"true\",\"input\":true}", "hello", "\"exitcode\":0}}", "", "" },
  { "environment-replaced", "{\"path\":\"/usr/bin/env\",\"env\":[\"A=b c\"]}", NULL, "\"exitcode\":0}}", "A=b c\n", "" },
  { "environment-added-to", SH_WITH ("echo $A $GW_TEST", "\"env-add\":[\"A=b=c\"]"), NULL, "\"exitcode\":0}}",
    "b=c kept\n", "" },
  { "folder", SH_WITH ("pwd", "\"cwd\":\"/usr\""), NULL, "\"exitcode\":0}}", "/usr\n", "" },
  { "own-session", SH ("read a b c d e f g </proc/$$/stat; test $f -eq $$"), NULL, "\"exitcode\":0}}", "", "" },
  { "mask-and-umask", SH ("umask; grep SigBlk /proc/self/status"), NULL, "\"exitcode\":0}}",
    "0022\nSigBlk:\t0000000000000000\n", "" },
  { "pipes-signal-is-default", SH ("kill -PIPE $$"), NULL, "\"signal\":13}}", "", "" },
  { "no-descriptor-but-three", SH ("ls /proc/self/fd | wc -l"), NULL, "\"exitcode\":0}}", "4\n", "" },
  { "grandchild-holds-output", SH ("sleep 60 & echo $!; exit 4"), NULL, "\"exitcode\":4}}", NULL, "" },
  { "grandchild-writes-on", SH ("(while :; do echo x; done) & exit 5"), NULL, "\"exitcode\":5}}", NULL, "" },
  { "tty-size", SH_WITH ("stty size", TTY), NULL, "\"exitcode\":0}}", "24 80\r\n", "" },
  { "tty-for-all-three", SH_WITH ("test -t 0 && test -t 1 && test -t 2 && tty >/dev/null", TTY), NULL, "\"exitcode\":0}}",
    "", "" },
  { "tty-controls", SH_WITH ("echo x >/dev/tty", TTY), NULL, "\"exitcode\":0}}", "x\r\n", "" },
  { "tty-type", SH_WITH ("echo $TERM", "\"tty\":{\"rows\":1,\"columns\":1,\"term\":\"vt220\"}"), NULL,
    "\"exitcode\":0}}", "vt220\r\n", "" },
  { "tty-end-of-input", SH_WITH ("stty -echo; cat", TTY ",\"input\":true"), NULL, "\"exitcode\":0}}", "", "" },
  { "tty-end-inside-a-line", SH_WITH ("stty -echo; echo go; cat", TTY ",\"input\":true"), "half",
    "\"exitcode\":0}}", "go\r\nhalf", "" },
};

static void
test_program (gconstpointer data)
{
  const Program *program = data;
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, program->arguments);
  if (run->input && program->out != NULL && g_str_has_prefix (program->out, "go"))
    run_wait_said (run, "go");
  if (program->input != NULL)
    run_say (run, program->input);
  if (run->input)
    run_finish (run);
  assert_ends (run, program->end);
  if (program->out != NULL)
    g_assert_cmpstr (run->said[0]->str, ==, program->out);
  g_assert_cmpstr (run->said[1]->str, ==, program->err);
  host_close (&host);
}

/* --- What cannot be started --------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *arguments;
  const char *desc;
} Refusal;

static const Refusal refused[] = {
  { "no-program", "{\"path\":\"/nonexistent\"}",
    "Failed to execute child process \xe2\x80\x9c/nonexistent\xe2\x80\x9d (No such file or directory)" },
  { "no-folder", "{\"path\":\"true\",\"cwd\":\"/nonexistent\"}",
    "cannot enter the folder '/nonexistent': No such file or directory" },
  { "no-user", "{\"path\":\"true\",\"user\":\"nobody at all\"}", "there is no user 'nobody at all'" },
  { "both-environments", "{\"path\":\"true\",\"env\":[],\"env-add\":[]}",
    "Parameters 'env' and 'env-add' exclude each other: 'env' is the whole environment" },
  { "addition-without-a-value", "{\"path\":\"true\",\"env-add\":[\"A\"]}",
    "Parameter 'env-add' has to be of NAME=VALUE words" },
  { "tty-no-object", "{\"path\":\"true\",\"tty\":true}", "Invalid parameter type for 'tty', expected: object" },
  { "tty-without-a-size", "{\"path\":\"true\",\"tty\":{\"rows\":24}}",
    "Parameter 'columns' has to be a number from 1 to 65535" },
  { "tty-too-large", "{\"path\":\"true\",\"tty\":{\"rows\":65536,\"columns\":1}}",
    "Parameter 'rows' has to be a number from 1 to 65535" },
  { "tty-type-no-string", "{\"path\":\"true\",\"tty\":{\"rows\":1,\"columns\":1,\"term\":1}}",
    "Invalid parameter type for 'term', expected: string" },
  { "unknown-argument", "{\"path\":\"true\",\"input-data\":\"\"}", "Parameter 'input-data' is unexpected" },
};

static void
test_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  g_autofree char *expected = g_strdup_printf ("{\"error\":{\"class\":\"GenericError\",\"desc\":\"%s\"}}", refusal->desc);
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, refusal->arguments);
  g_assert_cmpstr (run_wait (run), ==, expected);
  g_assert_cmpuint (run->streams[0], ==, 0);
  host_close (&host);
}

static void
test_user (void)
{
  static const char script[] = SH_WITH ("id -un; id -Gn; echo $HOME $USER $LOGNAME; pwd; tty >/dev/null && stat -c %U $(tty)",
                                        "\"user\":\"nobody\"," TTY);
  Run *run;
  Run *by_number;
  Host host;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can become somebody else");
      return;
    }
  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, script);
  assert_ends (run, "\"exitcode\":0}}");
  g_assert_true (g_str_has_prefix (run->said[0]->str, "nobody\r\nnogroup\r\n/nonexistent nobody nobody\r\n"));
  g_assert_true (g_str_has_suffix (run->said[0]->str, "\r\nnobody\r\n"));
  /* Its pipes are its own too. */
  by_number = run_begin (&host, SH_WITH ("id -un > /dev/stderr", "\"user\":\"65534\""));
  run_wait (by_number);
  g_assert_cmpstr (by_number->said[1]->str, ==, "nobody\n");
  host_close (&host);
}

/* --- While it runs ---------------------------------------------------------------- */

static void
test_live (gconstpointer data)
{
  Run *run;
  Host host;

  host_open (&host, GPOINTER_TO_INT (data));
  run = run_begin (&host, SH_WITH ("echo one; read x; echo two $x; read y; echo three $y", "\"input\":true"));
  run_wait_said (run, "one\n");
  run_say (run, "a\n");
  run_wait_said (run, "two a\n");
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  run_say (run, "b\n");
  run_finish (run);
  run_wait (run);
  g_assert_cmpstr (run->said[0]->str, ==, "one\ntwo a\nthree b\n");
  host_close (&host);
}

static void
control (Host *host, Run *run, const char *what, const char *expected)
{
  g_autofree char *arguments = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",%s}", run->id, what);

  assert_answer (host, "guestwire-exec-control", arguments, expected);
}

static void
test_control (void)
{
  Run *run;
  Run *terminal;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, SH ("trap 'echo got it; exit 7' USR1; echo ready; while :; do sleep 0.01; done"));
  run_wait_said (run, "ready\n");
  control (&host, run, "\"signal\":0", FAILED ("Parameter 'signal' has to be a number from 1 to 64"));
  control (&host, run, "\"rows\":1,\"columns\":1", FAILED ("it has no terminal"));
  control (&host, run, "\"signal\":10", "{\"return\":{}}");
  assert_ends (run, "\"exitcode\":7}}");
  g_assert_cmpstr (run->said[0]->str, ==, "ready\ngot it\n");

  terminal = run_begin (&host, SH_WITH ("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done", TTY));
  run_wait_said (terminal, "ready\r\n");
  control (&host, terminal, "\"rows\":50,\"columns\":132", "{\"return\":{}}");
  run_wait (terminal);
  g_assert_cmpstr (terminal->said[0]->str, ==, "ready\r\n50 132\r\n");
  assert_answer (&host, "guestwire-exec-control", "{\"call\":77,\"signal\":9}", FAILED ("Call 77 has no program that runs"));
  host_close (&host);
}

/* What is in a terminal's foreground gets what its user sends. */
static void
test_control_foreground (void)
{
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, SH_WITH ("set -m; sh -c 'echo ready; exec sleep 60'; echo ended $?", TTY));
  run_wait_said (run, "ready\r\n");
  control (&host, run, "\"signal\":10", "{\"return\":{}}");
  assert_ends (run, "\"exitcode\":0}}");
  g_assert_nonnull (strstr (run->said[0]->str, "ended 138\r\n"));
  host_close (&host);
}

/* --- Much of it --------------------------------------------------------------------- */

static gsize
resident_kib (void)
{
  g_autofree char *text = NULL;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  return g_ascii_strtoull (strchr (text, ' '), NULL, 10) * 4;
}

#define STILL_US (300 * 1000)

/* Nothing has moved @count for a while. */
static void
wait_still (Host *host, const gsize *count)
{
  gint64 since_us = g_get_monotonic_time ();
  gsize last = *count;

  while (g_get_monotonic_time () - since_us < STILL_US)
    {
      host_turn (host);
      if (*count != last)
        since_us = g_get_monotonic_time ();
      last = *count;
    }
}

static void
test_slow_reader (void)
{
  Run *run;
  gsize before;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  before = resident_kib ();
  run = run_begin (&host, SH ("head -c 64M /dev/zero; echo end >&2"));
  run->slow = TRUE;
  host_wait (&host, run->total > 100000);
  wait_still (&host, &run->total);
  g_assert_cmpuint (run->total, <=, GW_SESSION_BUFFER);
  g_assert_cmpuint (resident_kib (), <, before + 16 * 1024);
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  run_read_on (run);
  run_wait (run);
  g_assert_cmpuint (run->total, ==, 64 * GW_MIB + 4);
  host_close (&host);
}

/* What the program does not read stays with the host. */
static void
test_slow_program (void)
{
  g_autofree char *zeros = g_malloc0 (16 * GW_KIB);
  g_autoptr (GBytes) bytes = g_bytes_new (zeros, 16 * GW_KIB);
  Run *run;
  gsize written = 0;
  gint64 since_us;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, SH_WITH ("echo ready; kill -STOP $$; wc -c", "\"input\":true"));
  run_wait_said (run, "ready");
  since_us = g_get_monotonic_time ();
  while (g_get_monotonic_time () - since_us < STILL_US)
    {
      if (gw_session_stream_get_room (host.session, run->streams[0]) >= 16 * GW_KIB)
        {
          g_assert_true (gw_session_stream_write (host.session, run->streams[0], bytes, NULL));
          written += 16 * GW_KIB;
          since_us = g_get_monotonic_time ();
        }
      host_turn (&host);
    }
  g_assert_cmpuint (written, >, 64 * GW_KIB);
  g_assert_cmpuint (written, <=, GW_SESSION_BUFFER);
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  run_finish (run);
  control (&host, run, "\"signal\":18", "{\"return\":{}}");
  run_wait (run);
  g_assert_cmpint (g_ascii_strtoll (run->said[0]->str + strlen ("ready\n"), NULL, 10), ==, written);
  host_close (&host);
}

static void
test_many (void)
{
  Run *runs[64];
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    runs[i] = run_begin (&host, SH_WITH ("echo ready; head -c 100000 /dev/zero; cat", "\"input\":true"));
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    run_wait_said (runs[i], "ready\n");
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      run_say (runs[i], "last");
      run_finish (runs[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      assert_ends (runs[i], "\"exitcode\":0}}");
      g_assert_cmpuint (runs[i]->total, ==, 6 + 100000 + 4);
    }
  /* And no place is taken for ever. */
  for (guint i = 0; i < 200; i++)
    {
      Run *run = run_begin (&host, "{\"path\":\"true\"}");

      assert_ends (run, "\"exitcode\":0}}");
    }
  host_close (&host);
}

static void
test_reset_is_a_broken_pipe (void)
{
  Run *run;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  run = run_begin (&host, "{\"path\":\"yes\"}");
  run_wait_said (run, "y\n");
  gw_session_stream_reset (host.session, run->streams[0], "enough");
  run->over[0] = TRUE;
  assert_ends (run, "\"signal\":13}}");
  host_close (&host);
}

int
main (int argc, char **argv)
{
  g_setenv ("GW_TEST", "kept", TRUE);
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/live/program/", programs, test_program);
  ADD_ROWS ("/live/refused/", refused, test_refused);
  g_test_add_func ("/live/user", test_user);
  g_test_add_data_func ("/live/as-it-comes/socket", GINT_TO_POINTER (GW_PORT_SOCKET), test_live);
  g_test_add_data_func ("/live/as-it-comes/tty", GINT_TO_POINTER (GW_PORT_TTY), test_live);
  g_test_add_data_func ("/live/as-it-comes/xen", GINT_TO_POINTER (GW_PORT_XEN), test_live);
  g_test_add_func ("/live/signals-and-sizes", test_control);
  g_test_add_func ("/live/signal-to-the-foreground", test_control_foreground);
  g_test_add_func ("/live/slow-reader-stops-it", test_slow_reader);
  g_test_add_func ("/live/slow-program-stops-its-writer", test_slow_program);
  g_test_add_func ("/live/many-at-once", test_many);
  g_test_add_func ("/live/reset-is-a-broken-pipe", test_reset_is_a_broken_pipe);
  return g_test_run ();
}
