/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's text voice over a socket pair: requests in, answers out. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent-program.h"
#include "gw-limits.h"
#include "rows.h"
#include "wait.h"

typedef struct
{
  const char *name;
  const char *say;
  const char *hear;
} Row;

static const Row rows[] = {
  { "ping", "{\"execute\":\"guest-ping\"}", "{\"return\":{}}" },
  { "id-comes-back", "{\"execute\":\"guest-ping\",\"id\":{\"a\":[1]}}", "{\"return\":{},\"id\":{\"a\":[1]}}" },
  { "sync", "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":-7}}", "{\"return\":-7}" },
  { "sync-delimited", "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}", "\xff{\"return\":7}" },
  { "sync-error-is-not-answered-as-success", "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":\"x\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Invalid parameter type for 'id', expected: integer\"}}" },
  { "unknown-command", "{\"execute\":\"guest-nonsense\",\"id\":1}",
    "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command guest-nonsense has not been found\"},\"id\":1}" },
  { "missing-argument", "{\"execute\":\"guest-sync\"}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'id' is missing\"}}" },
  { "unexpected-argument", "{\"execute\":\"guest-ping\",\"arguments\":{\"x\":1}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'x' is unexpected\"}}" },
  { "wrong-element", "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"x\",\"arg\":[\"a\",1]}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Invalid parameter type for 'arg[1]', expected: string\"}}" },
  { "arguments-no-object", "{\"execute\":\"guest-ping\",\"arguments\":[]}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"QMP input member 'arguments' must be an object\"}}" },
  { "name-no-string", "{\"execute\":1}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"QMP input member 'execute' must be a string\"}}" },
  { "junk", "nonsense", "{\"error\":{\"class\":\"GenericError\",\"desc\":\"JSON parse error, stray 'n'\"}}" },
  { "balanced-nonsense", "{\"execute\":guest-ping}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"JSON parse error, expecting a value at byte 11\"}}" },
  { "no-program",
    "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/nonexistent\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Guest agent command failed, error was 'Failed to execute child "
    "process \xe2\x80\x9c/nonexistent\xe2\x80\x9d (No such file or directory)'\"}}" },
  { "no-such-pid", "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":1}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"PID 1 does not exist\"}}" },
  { "pid-out-of-range", "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":4294967297}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"PID 4294967297 does not exist\"}}" },
  { "input-no-base64", "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"cat\",\"input-data\":\"a*==\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'input-data' holds no valid base64\"}}" },
  { "input-cut-short", "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"cat\",\"input-data\":\"aGVsbG8\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'input-data' holds no valid base64\"}}" },
  { "input-with-padding-inside", "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"cat\",\"input-data\":\"aG==bG8=\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'input-data' holds no valid base64\"}}" },
  { "input-all-padding", "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"cat\",\"input-data\":\"====\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'input-data' holds no valid base64\"}}" },
  { "unknown-capture", "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"cat\",\"capture-output\":\"x\"}}",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'capture-output' does not accept value 'x'\"}}" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  Client client;

  client_open (&client);
  say (&client, row->say);
  assert_hear (&client, row->hear);
  assert_nothing_else (&client);
  client_close (&client);
}

typedef struct
{
  const char *name;
  const char *text;
} Silent;

static const Silent silent[] = {
  { "no-execute", "{\"foo\":1}" },
  { "own-answer-echoed", "{\"return\":{}}\r\n{\"error\":{\"class\":\"GenericError\",\"desc\":\"x\"}}\r\n" },
  { "event", "{\"event\":\"X\"}" },
  { "cancel", "{\"cancel\":1}" },
  { "space", "\n\r\n \t" },
  { "half-a-request", "{\"execute\":\"guest-ping\"" },
};

static void
test_not_answered (gconstpointer data)
{
  const Silent *row = data;
  Client client;

  client_open (&client);
  say (&client, row->text);
  assert_nothing_else (&client);
  client_close (&client);
}

static void
test_pipelined (void)
{
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guest-ping\",\"id\":1}{\"execute\":\"guest-nonsense\",\"id\":2}\n{\"execute\":\"guest-ping\",\"id\":3}");
  assert_hear (&client, "{\"return\":{},\"id\":1}");
  g_free (hear (&client));
  assert_hear (&client, "{\"return\":{},\"id\":3}");
  client_close (&client);
}

static void
test_half_close (void)
{
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guest-ping\"}");
  shutdown (client.fd, SHUT_WR);
  assert_hear (&client, "{\"return\":{}}");
  wait_until (client.lost);
  client_close (&client);
}

/* --- time --------------------------------------------------------------- */

static void
test_time (void)
{
  g_autoptr (JsonNode) value = NULL;
  gint64 before;
  Client client;

  client_open (&client);
  before = g_get_real_time ();
  say (&client, "{\"execute\":\"guest-get-time\"}");
  value = hear_value (&client);
  g_assert_cmpint (json_node_get_int (value) / 1000, >=, before);
  g_assert_cmpint (json_node_get_int (value) / 1000, <=, g_get_real_time ());
  client_close (&client);
}

/* Zones with no rules: they do not need the zones' files. */
typedef struct
{
  const char *name;
  const char *zone;
  const char *hear;
} Zone;

static const Zone zones[] = {
  { "east", "+05:30", "{\"return\":{\"zone\":\"+05:30\",\"offset\":19800}}" },
  { "west", "-03:00", "{\"return\":{\"zone\":\"-03:00\",\"offset\":-10800}}" },
  { "utc", "UTC", "{\"return\":{\"zone\":\"UTC\",\"offset\":0}}" },
};

static void
test_timezone (gconstpointer data)
{
  const Zone *zone = data;
  g_autofree char *before = g_strdup (g_getenv ("TZ"));
  Client client;

  g_setenv ("TZ", zone->zone, TRUE);
  client_open (&client);
  say (&client, "{\"execute\":\"guest-get-timezone\"}");
  assert_hear (&client, zone->hear);
  client_close (&client);
  if (before != NULL)
    g_setenv ("TZ", before, TRUE);
  else
    g_unsetenv ("TZ");
}

/* --- exec --------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *arguments;
  int exitcode; /* or minus a signal */
  const char *out;
  const char *err;
} Program;

static const Program programs[] = {
  { "status", "{\"path\":\"/bin/sh\",\"arg\":[\"-c\",\"exit 3\"]}", 3, NULL, NULL },
  { "searched-in-path", "{\"path\":\"true\"}", 0, NULL, NULL },
  { "signal", "{\"path\":\"sh\",\"arg\":[\"-c\",\"kill -9 $$\"]}", -9, NULL, NULL },
  { "captured", "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"],\"capture-output\":true}", 0, "out\n", "err\n" },
  { "not-captured", "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"]}", 0, NULL, NULL },
  { "capture-false", "{\"path\":\"echo\",\"arg\":[\"out\"],\"capture-output\":false}", 0, NULL, NULL },
  { "capture-none", "{\"path\":\"echo\",\"arg\":[\"out\"],\"capture-output\":\"none\"}", 0, NULL, NULL },
  { "capture-stdout", "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"],\"capture-output\":\"stdout\"}", 0,
    "out\n", NULL },
  { "capture-stderr", "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"],\"capture-output\":\"stderr\"}", 0, NULL,
    "err\n" },
  { "capture-merged", "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"],\"capture-output\":\"merged\"}", 0,
    "out\nerr\n", NULL },
  { "capture-separated", "{\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"],\"capture-output\":\"separated\"}", 0,
    "out\n", "err\n" },
  { "input", "{\"path\":\"cat\",\"input-data\":\"aGVsbG8=\",\"capture-output\":true}", 0, "hello", NULL },
  { "input-in-lines", "{\"path\":\"cat\",\"input-data\":\"aGVs\\nbG8=\\n\",\"capture-output\":true}", 0, "hello", NULL },
  { "empty-input", "{\"path\":\"cat\",\"input-data\":\"\",\"capture-output\":true}", 0, NULL, NULL },
  { "no-input", "{\"path\":\"cat\",\"capture-output\":true}", 0, NULL, NULL },
  { "input-not-read", "{\"path\":\"true\",\"input-data\":\"aGVsbG8=\"}", 0, NULL, NULL },
  { "environment-replaces", "{\"path\":\"/usr/bin/env\",\"env\":[\"A=b c\"],\"capture-output\":true}", 0, "A=b c\n", NULL },
  { "grandchild-holds-the-pipe",
    "{\"path\":\"sh\",\"arg\":[\"-c\",\"sleep 60 & exit 4\"],\"capture-output\":\"stderr\"}", 4, NULL, NULL },
  { "signals-are-default", "{\"path\":\"sh\",\"arg\":[\"-c\",\"kill -PIPE $$\"]}", -13, NULL, NULL },
  { "own-session",
    "{\"path\":\"sh\",\"arg\":[\"-c\",\"read pid name state parent group session rest </proc/$$/stat; test $session -eq "
    "$$\"]}",
    0, NULL, NULL },
  { "mask-and-umask",
    "{\"path\":\"sh\",\"arg\":[\"-c\",\"umask; grep SigBlk /proc/self/status\"],\"capture-output\":true}", 0,
    "0022\nSigBlk:\t0000000000000000\n", NULL },
};

static void
test_program (gconstpointer data)
{
  const Program *program = data;
  g_autoptr (JsonObject) result = NULL;
  Client client;

  client_open (&client);
  result = program_run (&client, program->arguments);
  g_assert_cmpint (json_object_get_int_member_with_default (result, "exitcode", -1), ==,
                   program->exitcode >= 0 ? program->exitcode : -1);
  g_assert_cmpint (json_object_get_int_member_with_default (result, "signal", 0), ==,
                   program->exitcode < 0 ? -program->exitcode : 0);
  assert_output (result, "out-data", program->out);
  assert_output (result, "err-data", program->err);
  client_close (&client);
}

static void
test_status_can_be_asked_again (void)
{
  g_autoptr (JsonObject) first = NULL;
  g_autoptr (JsonObject) second = NULL;
  Client client;
  gint64 pid;

  client_open (&client);
  pid = program_start (&client, "{\"path\":\"echo\",\"arg\":[\"x\"],\"capture-output\":true}");
  first = program_wait (&client, pid);
  second = program_wait (&client, pid);
  assert_output (first, "out-data", "x\n");
  assert_output (second, "out-data", "x\n");
  client_close (&client);
}

static void
test_grandchild_can_go_on_printing (void)
{
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *mark = g_build_filename (folder, "mark", NULL);
  g_autofree char *arguments = g_strdup_printf (
      "{\"path\":\"sh\",\"arg\":[\"-c\",\"(sleep 0.5; echo late; echo later; touch %s) & echo early\"],"
      "\"capture-output\":true}", mark);
  g_autoptr (JsonObject) result = NULL;
  Client client;

  client_open (&client);
  result = program_run (&client, arguments);
  assert_output (result, "out-data", "early\n");
  while (!g_file_test (mark, G_FILE_TEST_EXISTS))
    g_main_context_iteration (NULL, FALSE);
  g_unlink (mark);
  g_rmdir (folder);
  client_close (&client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  ADD_ROWS ("/agent/answers/", rows, test_row);
  ADD_ROWS ("/agent/is-silent/", silent, test_not_answered);
  g_test_add_func ("/agent/pipelined-requests-in-order", test_pipelined);
  g_test_add_func ("/agent/half-closed-client-gets-its-answer", test_half_close);
  g_test_add_func ("/agent/time", test_time);
  ADD_ROWS ("/agent/timezone/", zones, test_timezone);
  ADD_ROWS ("/agent/exec/", programs, test_program);
  g_test_add_func ("/agent/exec/status-can-be-asked-again", test_status_can_be_asked_again);
  g_test_add_func ("/agent/exec/grandchild-can-go-on-printing", test_grandchild_can_go_on_printing);
  return g_test_run ();
}
