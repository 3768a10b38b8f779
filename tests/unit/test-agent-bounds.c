/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent's text voice refuses when it gets too much of it: large, and
 * slow where memory is watched. */

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "agent-program.h"
#include "gw-limits.h"
#include "wait.h"

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

static void
test_output_is_truncated (void)
{
  g_autoptr (JsonObject) result = NULL;
  g_autofree guchar *data = NULL;
  gsize length;
  Client client;

  client_open (&client);
  result = program_run (&client, "{\"path\":\"head\",\"arg\":[\"-c\",\"17M\",\"/dev/zero\"],\"capture-output\":true}");
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
      gint64 pid = program_start (&client, "{\"path\":\"head\",\"arg\":[\"-c\",\"16M\",\"/dev/zero\"],\"capture-output\":true}");

      while (kill (pid, 0) == 0)
        g_main_context_iteration (NULL, FALSE);
      settle ();
    }
  result = program_run (&client, "{\"path\":\"echo\",\"arg\":[\"hello\"],\"capture-output\":true}");
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
    pids[i] = program_start (&client, arguments);
  say (&client, request);
  line = hear (&client);
  g_assert_nonnull (strstr (line, "there is no room for more"));
  for (guint i = 0; i < 2; i++)
    {
      kill (pids[i], SIGKILL);
      json_object_unref (program_wait (&client, pids[i]));
    }
  json_object_unref (program_run (&client, "{\"path\":\"true\",\"input-data\":\"aGVsbG8=\"}"));
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
  result = program_run (&client, arguments);
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
      pids[i] = program_start (&client, "{\"path\":\"true\"}");
      /* Not asked for, so it counts as uncollected; gone when it is reaped. */
      while (kill (pids[i], 0) == 0)
        g_main_context_iteration (NULL, FALSE);
      settle ();
    }
  request = g_strdup_printf ("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" G_GINT64_FORMAT "}}", pids[0]);
  say (&client, request);
  line = hear (&client);
  g_assert_nonnull (strstr (line, "does not exist"));
  last = program_status (&client, pids[GW_EXEC_KEPT_MAX + 1]);
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
    pids[i] = program_start (&client, "{\"path\":\"sleep\",\"arg\":[\"1000\"]}");
  say (&client, "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"true\"}}");
  line = hear (&client);
  g_assert_nonnull (strstr (line, "256 programs run already"));
  for (guint i = 0; i < GW_EXEC_RUNNING_MAX; i++)
    kill (pids[i], SIGKILL);
  for (guint i = 0; i < GW_EXEC_RUNNING_MAX; i++)
    json_object_unref (program_wait (&client, pids[i]));
  client_close (&client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent-bounds/client-that-never-reads", test_client_never_reads);
  g_test_add_func ("/agent-bounds/unread-answers-are-bounded", test_unread_answers_are_bounded);
  g_test_add_func ("/agent-bounds/half-requests-are-bounded", test_half_requests_are_bounded);
  g_test_add_func ("/agent-bounds/exec/output-is-truncated-and-says-so", test_output_is_truncated);
  g_test_add_func ("/agent-bounds/exec/large-input", test_large_input);
  g_test_add_func ("/agent-bounds/exec/abandoned-output-makes-room", test_abandoned_output_makes_room);
  g_test_add_func ("/agent-bounds/exec/input-is-bounded", test_input_is_bounded);
  g_test_add_func ("/agent-bounds/exec/kept-results-are-bounded", test_kept_results_are_bounded);
  g_test_add_func ("/agent-bounds/exec/running-programs-are-bounded", test_running_programs_are_bounded);
  return g_test_run ();
}
