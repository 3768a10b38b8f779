/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which commands run under which lists, and what a host is told. */

#include <signal.h>
#include <string.h>

#include "agent-client.h"
#include "gw-commands.h"
#include "rows.h"
#include "wait.h"

#define DENIED(command) \
  "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"Command " command " has been disabled: the command is not allowed\"}}"

typedef struct
{
  const char *name;
  const char *allow; /* NULL for no list */
  const char *block;
  const char *say;
  const char *hear;
} Row;

static const Row rows[] = {
  { "no-lists", NULL, NULL, "guest-ping", "{\"return\":{}}" },
  { "blocked", NULL, "guest-ping", "guest-ping", DENIED ("guest-ping") },
  { "another-is-blocked", NULL, "guest-exec", "guest-ping", "{\"return\":{}}" },
  { "allowed", "guest-ping", NULL, "guest-ping", "{\"return\":{}}" },
  { "not-in-the-allow-list", "guest-info guest-sync-delimited", NULL, "guest-ping", DENIED ("guest-ping") },
  { "block-beats-allow", "guest-ping guest-sync-delimited", "guest-ping", "guest-ping", DENIED ("guest-ping") },
  { "denied-before-its-arguments-are-looked-at", NULL, "guest-exec", "guest-exec", DENIED ("guest-exec") },
  { "unknown-command-is-not-found", "guest-ping", "guest-nonsense", "guest-nonsense",
    "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command guest-nonsense has not been found\"}}" },
};

/* Messages are counted, and told to no one. */
static GString *logged;

static GLogWriterOutput
count_message (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields && level != G_LOG_LEVEL_DEBUG; i++)
    if (g_str_has_prefix (fields[i].key, "GW_") || g_str_equal (fields[i].key, "MESSAGE"))
      g_string_append_printf (logged, "%s=%s\n", fields[i].key, (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *request = g_strdup_printf ("{\"execute\":\"%s\"}", row->say);
  Client client;

  set_policy (row->allow, row->block);
  client_open (&client);
  say (&client, request);
  assert_hear (&client, row->hear);
  client_close (&client);
  gw_commands_set_policy (NULL);
}

static void
test_info (void)
{
  g_autoptr (JsonObject) info = NULL;
  JsonArray *list;
  Client client;

  set_policy (NULL, "guest-exec guest-exec-status");
  client_open (&client);
  say (&client, "{\"execute\":\"guest-info\"}");
  info = hear_return (&client);
  list = json_object_get_array_member (info, "supported_commands");
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *row = json_array_get_object_element (list, i);
      gboolean blocked = g_str_has_prefix (json_object_get_string_member (row, "name"), "guest-exec");

      g_assert_cmpint (json_object_get_boolean_member (row, "enabled"), ==, !blocked);
    }
  client_close (&client);
  gw_commands_set_policy (NULL);
}

static void
test_denial_is_logged_once (void)
{
  Client client;

  set_policy (NULL, "guest-shutdown");
  client_open (&client);
  g_string_truncate (logged, 0);
  for (guint i = 0; i < 3; i++)
    {
      say (&client, "{\"execute\":\"guest-shutdown\"}");
      assert_hear (&client, DENIED ("guest-shutdown"));
    }
  g_assert_cmpstr (logged->str, ==,
                   "MESSAGE=refused guest-shutdown, which block-rpcs does not allow\n"
                   "GW_COMMAND=guest-shutdown\nGW_RULE=block-rpcs\n");
  client_close (&client);
  gw_commands_set_policy (NULL);
}

static void
test_unknown_names_are_told (void)
{
  g_string_truncate (logged, 0);
  set_policy ("guest-ping guest-sync", "guest-exce");
  g_assert_cmpstr (logged->str, ==, "MESSAGE=block-rpcs: there is no command 'guest-exce' (a typing error?)\n");
  gw_commands_set_policy (NULL);
}

static void
test_no_greeting_is_told (void)
{
  g_string_truncate (logged, 0);
  set_policy ("guest-ping", NULL);
  g_assert_nonnull (strstr (logged->str, "neither guest-sync nor guest-sync-delimited"));
  gw_commands_set_policy (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  /* Warnings are what is tested here. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  logged = g_string_new (NULL);
  g_log_set_writer_func (count_message, NULL, NULL);
  ADD_ROWS ("/policy/", rows, test_row);
  g_test_add_func ("/policy/info-says-what-is-enabled", test_info);
  g_test_add_func ("/policy/a-denial-is-logged-once", test_denial_is_logged_once);
  g_test_add_func ("/policy/unknown-names-are-told", test_unknown_names_are_told);
  g_test_add_func ("/policy/a-list-without-a-greeting-is-told", test_no_greeting_is_told);
  return g_test_run ();
}
