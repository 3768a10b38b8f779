/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's text voice over a socket pair: requests in, answers out. */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent-client.h"
#include "gw-limits.h"
#include "wait.h"

static const struct
{
  const char *name;
  const char *say;
  const char *hear;
} rows[] = {
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
  guint i = GPOINTER_TO_UINT (data);
  Client client;

  client_open (&client);
  say (&client, rows[i].say);
  assert_hear (&client, rows[i].hear);
  assert_nothing_else (&client);
  client_close (&client);
}

static void
test_not_answered (gconstpointer data)
{
  Client client;

  client_open (&client);
  say (&client, data);
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

static gsize
resident_kib (void)
{
  g_autofree char *text = NULL;

  g_file_get_contents ("/proc/self/statm", &text, NULL, NULL);
  return g_ascii_strtoull (strchr (text, ' '), NULL, 10) * 4;
}

/* Requests without end from a client that reads no answer: they wait in the
 * kernel, not here. */
static void
test_client_never_reads (void)
{
  static const char request[] = "{\"execute\":\"guest-info\"}";
  GString *many = g_string_new (NULL);
  gsize before;
  gsize sent = 0;
  guint idle = 0;
  Client client;

  for (guint i = 0; i < 1000; i++)
    g_string_append (many, request);
  client_open (&client);
  settle ();
  before = resident_kib ();
  while (idle < 100)
    {
      gssize length = send (client.fd, many->str, many->len, MSG_NOSIGNAL);

      if (length > 0)
        sent += length;
      idle = length > 0 ? 0 : idle + 1;
      settle ();
    }
  g_assert_cmpuint (sent, <, 8 * GW_MIB);
  g_assert_cmpuint (resident_kib (), <, before + 32 * 1024);
  client_close (&client);
  g_string_free (many, TRUE);
}

/* --- Many clients -------------------------------------------------------- */

static gint64
open_zeros (Client *client)
{
  g_autoptr (JsonNode) handle = NULL;

  say (client, "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/dev/zero\"}}");
  handle = hear_value (client);
  return json_node_get_int (handle);
}

/* Each asks for 40 MiB, which is more in base64, and reads none of it. */
static void
test_unread_answers_are_bounded (void)
{
  Client clients[5];
  Client last;
  g_autofree char *request = NULL;
  g_autofree char *line = NULL;
  gint64 handle;

  client_open (&last);
  handle = open_zeros (&last);
  request = g_strdup_printf ("{\"execute\":\"guest-file-read\",\"id\":7,\"arguments\":{\"handle\":%" G_GINT64_FORMAT
                             ",\"count\":41943040}}", handle);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      client_open (&clients[i]);
      say (&clients[i], request);
    }
  say (&last, request);
  line = hear (&last);
  g_assert_nonnull (strstr (line, "ask again later\"},\"id\":7}"));
  assert_nothing_else (&last);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    client_close (&clients[i]);
  say (&last, request);
  g_free (line);
  line = hear (&last);
  g_assert_true (g_str_has_prefix (line, "{\"return\":"));
  g_clear_pointer (&line, g_free);
  line = g_strdup_printf ("{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%" G_GINT64_FORMAT "}}", handle);
  say (&last, line);
  assert_hear (&last, "{\"return\":{}}");
  client_close (&last);
}

/* Half requests that are never ended. */
static void
test_half_requests_are_bounded (void)
{
  static const char begin[] = "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"";
  gsize size = 50 * GW_MIB;
  g_autofree char *text = g_malloc (size);
  g_autofree char *line = NULL;
  Client clients[3];

  memset (text, 'A', size);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      client_open (&clients[i]);
      say (&clients[i], begin);
      say_bytes (&clients[i], text, size);
    }
  line = hear (&clients[2]);
  g_assert_nonnull (strstr (line, "this one was dropped"));
  /* The others keep theirs, and all are served once they begin anew. */
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      say (&clients[i], "\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":8}}");
      do
        {
          g_free (line);
          line = hear (&clients[i]);
        }
      while (!g_str_equal (line, "\xff{\"return\":8}"));
      client_close (&clients[i]);
    }
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
static const struct
{
  const char *name;
  const char *zone;
  const char *hear;
} zones[] = {
  { "east", "+05:30", "{\"return\":{\"zone\":\"+05:30\",\"offset\":19800}}" },
  { "west", "-03:00", "{\"return\":{\"zone\":\"-03:00\",\"offset\":-10800}}" },
  { "utc", "UTC", "{\"return\":{\"zone\":\"UTC\",\"offset\":0}}" },
};

static void
test_timezone (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *before = g_strdup (g_getenv ("TZ"));
  Client client;

  g_setenv ("TZ", zones[i].zone, TRUE);
  client_open (&client);
  say (&client, "{\"execute\":\"guest-get-timezone\"}");
  assert_hear (&client, zones[i].hear);
  client_close (&client);
  if (before != NULL)
    g_setenv ("TZ", before, TRUE);
  else
    g_unsetenv ("TZ");
}

/* --- exec --------------------------------------------------------------- */

static gint64
start (Client *client, const char *arguments)
{
  g_autofree char *request = g_strdup_printf ("{\"execute\":\"guest-exec\",\"arguments\":%s}", arguments);
  g_autoptr (JsonObject) result = NULL;

  say (client, request);
  result = hear_return (client);
  return json_object_get_int_member (result, "pid");
}

static JsonObject *
status (Client *client, gint64 pid)
{
  g_autofree char *request
      = g_strdup_printf ("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" G_GINT64_FORMAT "}}", pid);

  say (client, request);
  return hear_return (client);
}

static JsonObject *
wait_for (Client *client, gint64 pid)
{
  gint64 deadline = g_get_monotonic_time () + GW_TEST_DEADLINE_S * G_USEC_PER_SEC;

  for (;;)
    {
      g_autoptr (JsonObject) result = status (client, pid);

      if (json_object_get_boolean_member (result, "exited"))
        return g_steal_pointer (&result);
      g_assert_cmpuint (json_object_get_size (result), ==, 1);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
}

static JsonObject *
run (Client *client, const char *arguments)
{
  return wait_for (client, start (client, arguments));
}

static void
assert_output (JsonObject *result, const char *member, const char *expected)
{
  const char *text = json_object_get_string_member_with_default (result, member, NULL);
  gsize length = 0;
  g_autofree guchar *data = text != NULL ? g_base64_decode (text, &length) : NULL;

  g_assert_cmpmem (data, length, expected, expected != NULL ? strlen (expected) : 0);
}

static const struct
{
  const char *name;
  const char *arguments;
  int exitcode; /* or minus a signal */
  const char *out;
  const char *err;
} programs[] = {
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
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (JsonObject) result = NULL;
  Client client;

  client_open (&client);
  result = run (&client, programs[i].arguments);
  g_assert_cmpint (json_object_get_int_member_with_default (result, "exitcode", -1), ==,
                   programs[i].exitcode >= 0 ? programs[i].exitcode : -1);
  g_assert_cmpint (json_object_get_int_member_with_default (result, "signal", 0), ==,
                   programs[i].exitcode < 0 ? -programs[i].exitcode : 0);
  assert_output (result, "out-data", programs[i].out);
  assert_output (result, "err-data", programs[i].err);
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
  pid = start (&client, "{\"path\":\"echo\",\"arg\":[\"x\"],\"capture-output\":true}");
  first = wait_for (&client, pid);
  second = wait_for (&client, pid);
  assert_output (first, "out-data", "x\n");
  assert_output (second, "out-data", "x\n");
  client_close (&client);
}

static void
test_output_is_truncated (void)
{
  g_autoptr (JsonObject) result = NULL;
  g_autofree guchar *data = NULL;
  gsize length;
  Client client;

  client_open (&client);
  result = run (&client, "{\"path\":\"head\",\"arg\":[\"-c\",\"17M\",\"/dev/zero\"],\"capture-output\":true}");
  g_assert_true (json_object_get_boolean_member (result, "out-truncated"));
  g_assert_false (json_object_has_member (result, "err-truncated"));
  data = g_base64_decode (json_object_get_string_member (result, "out-data"), &length);
  g_assert_cmpuint (length, ==, GW_EXEC_OUTPUT_MAX);
  client_close (&client);
}

/* Results that nobody asks for do not keep another program's from being kept. */
static void
test_abandoned_output_makes_room (void)
{
  g_autoptr (JsonObject) result = NULL;
  Client client;

  client_open (&client);
  for (guint i = 0; i < 6; i++)
    {
      gint64 pid = start (&client, "{\"path\":\"head\",\"arg\":[\"-c\",\"16M\",\"/dev/zero\"],\"capture-output\":true}");

      while (kill (pid, 0) == 0)
        g_main_context_iteration (NULL, FALSE);
      settle ();
    }
  result = run (&client, "{\"path\":\"echo\",\"arg\":[\"hello\"],\"capture-output\":true}");
  assert_output (result, "out-data", "hello\n");
  g_assert_false (json_object_get_boolean_member (result, "out-truncated"));
  client_close (&client);
}

static void
test_input_is_bounded (void)
{
  g_autofree guchar *zeros = g_malloc0 (30 * GW_MIB);
  g_autofree char *text = g_base64_encode (zeros, 30 * GW_MIB);
  g_autofree char *arguments = g_strdup_printf ("{\"path\":\"sleep\",\"arg\":[\"60\"],\"input-data\":\"%s\"}", text);
  g_autofree char *request = g_strdup_printf ("{\"execute\":\"guest-exec\",\"arguments\":%s}", arguments);
  g_autofree char *line = NULL;
  Client client;
  gint64 pids[2];

  client_open (&client);
  for (guint i = 0; i < 2; i++)
    pids[i] = start (&client, arguments);
  say (&client, request);
  line = hear (&client);
  g_assert_nonnull (strstr (line, "there is no room for more"));
  for (guint i = 0; i < 2; i++)
    {
      kill (pids[i], SIGKILL);
      json_object_unref (wait_for (&client, pids[i]));
    }
  json_object_unref (run (&client, "{\"path\":\"true\",\"input-data\":\"aGVsbG8=\"}"));
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
  result = run (&client, arguments);
  assert_output (result, "out-data", "early\n");
  while (!g_file_test (mark, G_FILE_TEST_EXISTS))
    g_main_context_iteration (NULL, FALSE);
  g_unlink (mark);
  g_rmdir (folder);
  client_close (&client);
}

static void
test_large_input (void)
{
  gsize size = 4 * GW_MIB;
  g_autofree guchar *input = g_malloc (size);
  g_autofree char *text = NULL;
  g_autofree char *arguments = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *sum = NULL;
  g_autoptr (JsonObject) result = NULL;
  Client client;

  for (gsize i = 0; i < size; i++)
    input[i] = i * 31 + (i >> 8);
  text = g_base64_encode (input, size);
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, input, size);
  expected = g_strconcat (sum, "  -\n", NULL);
  arguments = g_strdup_printf ("{\"path\":\"sha256sum\",\"input-data\":\"%s\",\"capture-output\":true}", text);
  client_open (&client);
  result = run (&client, arguments);
  assert_output (result, "out-data", expected);
  client_close (&client);
}

static void
test_kept_results_are_bounded (void)
{
  g_autofree gint64 *pids = g_new (gint64, GW_EXEC_KEPT_MAX + 2);
  g_autoptr (JsonObject) last = NULL;
  g_autofree char *request = NULL;
  g_autofree char *line = NULL;
  Client client;

  client_open (&client);
  for (guint i = 0; i < GW_EXEC_KEPT_MAX + 2; i++)
    {
      pids[i] = start (&client, "{\"path\":\"true\"}");
      /* Not asked for, so it counts as uncollected; gone when it is reaped. */
      while (kill (pids[i], 0) == 0)
        g_main_context_iteration (NULL, FALSE);
      settle ();
    }
  request = g_strdup_printf ("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" G_GINT64_FORMAT "}}", pids[0]);
  say (&client, request);
  line = hear (&client);
  g_assert_nonnull (strstr (line, "does not exist"));
  last = status (&client, pids[GW_EXEC_KEPT_MAX + 1]);
  g_assert_true (json_object_get_boolean_member (last, "exited"));
  client_close (&client);
}

static void
test_running_programs_are_bounded (void)
{
  g_autofree char *line = NULL;
  Client client;
  gint64 pids[GW_EXEC_RUNNING_MAX];

  client_open (&client);
  for (guint i = 0; i < GW_EXEC_RUNNING_MAX; i++)
    pids[i] = start (&client, "{\"path\":\"sleep\",\"arg\":[\"1000\"]}");
  say (&client, "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"true\"}}");
  line = hear (&client);
  g_assert_nonnull (strstr (line, "256 programs run already"));
  for (guint i = 0; i < GW_EXEC_RUNNING_MAX; i++)
    kill (pids[i], SIGKILL);
  for (guint i = 0; i < GW_EXEC_RUNNING_MAX; i++)
    json_object_unref (wait_for (&client, pids[i]));
  client_close (&client);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    const char *text;
  } silent[] = {
    { "no-execute", "{\"foo\":1}" },
    { "own-answer-echoed", "{\"return\":{}}\r\n{\"error\":{\"class\":\"GenericError\",\"desc\":\"x\"}}\r\n" },
    { "event", "{\"event\":\"X\"}" },
    { "cancel", "{\"cancel\":1}" },
    { "space", "\n\r\n \t" },
    { "half-a-request", "{\"execute\":\"guest-ping\"" },
  };

  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/agent/answers/", rows[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_row);
    }
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    {
      g_autofree char *path = g_strconcat ("/agent/is-silent/", silent[i].name, NULL);

      g_test_add_data_func (path, silent[i].text, test_not_answered);
    }
  g_test_add_func ("/agent/pipelined-requests-in-order", test_pipelined);
  g_test_add_func ("/agent/half-closed-client-gets-its-answer", test_half_close);
  g_test_add_func ("/agent/client-that-never-reads", test_client_never_reads);
  g_test_add_func ("/agent/unread-answers-are-bounded", test_unread_answers_are_bounded);
  g_test_add_func ("/agent/half-requests-are-bounded", test_half_requests_are_bounded);
  g_test_add_func ("/agent/time", test_time);
  for (guint i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      g_autofree char *path = g_strconcat ("/agent/timezone/", zones[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_timezone);
    }
  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *path = g_strconcat ("/agent/exec/", programs[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_program);
    }
  g_test_add_func ("/agent/exec/status-can-be-asked-again", test_status_can_be_asked_again);
  g_test_add_func ("/agent/exec/output-is-truncated-and-says-so", test_output_is_truncated);
  g_test_add_func ("/agent/exec/large-input", test_large_input);
  g_test_add_func ("/agent/exec/abandoned-output-makes-room", test_abandoned_output_makes_room);
  g_test_add_func ("/agent/exec/input-is-bounded", test_input_is_bounded);
  g_test_add_func ("/agent/exec/grandchild-can-go-on-printing", test_grandchild_can_go_on_printing);
  g_test_add_func ("/agent/exec/kept-results-are-bounded", test_kept_results_are_bounded);
  g_test_add_func ("/agent/exec/running-programs-are-bounded", test_running_programs_are_bounded);
  return g_test_run ();
}
