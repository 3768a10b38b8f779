/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of GwClient share. */

#include "client-fixture.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

static gboolean
say_too_much (int fd)
{
  g_autofree char *piece = g_strnfill (GW_MIB, 'x');

  if (!fake_agent_sayf (fd, "{\"return\": \""))
    return FALSE;
  for (guint i = 0; i <= GW_LINE_MAX / GW_MIB; i++)
    if (!fake_agent_say (fd, piece, GW_MIB))
      return FALSE;
  return fake_agent_sayf (fd, "\"}\n");
}

/* FALSE ends the connection. */
static gboolean
answer (FakeAgent *agent, int fd, const char *line, gint64 id)
{
  if (strstr (line, "\"hang-up\"") != NULL)
    return FALSE;
  if (strstr (line, "\"silence\"") != NULL)
    return TRUE;
  if (strstr (line, "\"too-much\"") != NULL)
    return say_too_much (fd);
  if (strstr (line, "\"fail\"") != NULL)
    return fake_agent_fail (fd, id, "GenericError", "it failed");
  return fake_agent_sayf (fd, "{\"return\": {\"calls\": %d}, \"id\": %" G_GINT64_FORMAT "}\n", agent->calls, id);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;

  f->descriptors = count_descriptors ();
  f->directory = g_dir_make_tmp ("gw-client-XXXXXX", NULL);
  f->path = g_build_filename (f->directory, "agent.sock", NULL);
  f->pty = -1;
  fake_agent_init (&f->agent, f->path, answer, NULL);
  text = g_strconcat ("unix:", f->path, NULL);
  address = gw_address_new (text, NULL);
  f->client = gw_client_new (address);
}

void
set_up_with_agent (Fixture *f, gconstpointer data)
{
  set_up (f, data);
  fake_agent_start (&f->agent);
}

void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->client);
  fake_agent_stop (&f->agent);
  if (f->pty >= 0)
    close (f->pty);
  unlink (f->path);
  rmdir (f->directory);
  g_free (f->path);
  g_free (f->directory);
  g_assert_cmpuint (count_descriptors (), ==, f->descriptors);
}

void
open_client (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  gw_client_open (f->client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gw_client_get_state (f->client), ==, GW_CLIENT_OPEN);
}

void
assert_answers (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = gw_client_call (f->client, "ping", NULL, LONG_MS, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (value));
}

void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  g_assert_null (*store);
  *store = g_object_ref (result);
}

void
wait_for (GMainContext *context, GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (context, TRUE);
}

void
finish_with (Fixture *f, GAsyncResult **result, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) done = g_steal_pointer (result);

  g_assert_null (gw_client_call_finish (f->client, done, &error));
  if (!g_error_matches (error, domain, code))
    g_error ("unexpected: %s", error->message);
}

void
finish_well (Fixture *f, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) done = g_steal_pointer (result);
  g_autoptr (JsonNode) value = gw_client_call_finish (f->client, done, &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
}

/* The test program. */
int
run_rows (int argc, char **argv, const Row *rows, gsize n)
{
  g_test_init (&argc, &argv, NULL);
  /* GLib makes some descriptors for good. */
  g_main_context_iteration (NULL, FALSE);
  g_source_unref (g_unix_signal_source_new (SIGUSR1));
  for (gsize i = 0; i < n; i++)
    g_test_add (rows[i].path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
  return g_test_run ();
}
