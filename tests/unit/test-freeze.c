/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-fsfreeze-*, with file systems that are frozen in a table only: order,
 * what goes wrong, hooks, and what an agent may do meanwhile. */

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "freeze-place.h"
#include "wait.h"

#define AGENT "guestwire-agent" /* in the log */
#define CALLED_OFF FAILED ("the freeze was called off by a thaw or a cancel")

/* --- Order and what counts ------------------------------------------------------- */

static void
test_order (Fixture *fixture, gconstpointer data)
{
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
  assert_says (fixture, FREEZE, "{\"return\":3}");
  assert_log ("+/data +/var +/ ");
  assert_says (fixture, STATUS, "{\"return\":\"frozen\"}");
  assert_says (fixture, THAW, "{\"return\":3}");
  assert_log ("-/ -/var -/data ");
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
  g_assert_cmpstr (told, ==, "frozen:3 thawed:3 ");
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  assert_says (fixture, FREEZE_LIST ("\"/var\",\"/nowhere\",\"/\""), "{\"return\":2}");
  assert_log ("+/var +/ ");
  assert_says (fixture, THAW, "{\"return\":2}");
  assert_says (fixture, "{\"execute\":\"guest-fsfreeze-freeze-list\"}", "{\"return\":3}");
  assert_says (fixture, THAW, "{\"return\":3}");
}

static void
test_nothing_to_freeze (Fixture *fixture, gconstpointer data)
{
  fake_disks_freeze_by_others ("/var");
  assert_says (fixture, FREEZE_LIST ("\"/var\""), "{\"return\":0}");
  assert_says (fixture, FREEZE_LIST (""), "{\"return\":0}");
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
  g_assert_cmpstr (told, ==, NULL);
  g_assert_cmpuint (fake_disks_count_frozen (), ==, 1);
  assert_says (fixture, THAW, "{\"return\":1}");
}

static void
test_same_device_twice (Fixture *fixture, gconstpointer data)
{
  fake_disks_mount ("/var/bound", 254, 0);
  fake_disks_mount ("/hidden", 7, 0);
  fake_disks_fail_open ("/hidden", ESTALE);
  assert_says (fixture, FREEZE, "{\"return\":3}");
  assert_log ("+/var/bound +/data +/var ");
  assert_says (fixture, THAW, "{\"return\":3}");
}

static void
test_passed_over (Fixture *fixture, gconstpointer data)
{
  fake_disks_fail_freeze ("/data", EOPNOTSUPP);
  fake_disks_freeze_by_others ("/var");
  assert_says (fixture, FREEZE, "{\"return\":1}");
  assert_says (fixture, THAW, "{\"return\":2}");
  assert_log ("+/ -/ -/var ");
}

static void
test_frozen_twice_by_others (Fixture *fixture, gconstpointer data)
{
  fake_disks_freeze_by_others ("/var");
  fake_disks_freeze_by_others ("/var");
  assert_says (fixture, THAW, "{\"return\":1}");
  g_assert_cmpstr (told, ==, "thawed:1 ");
}

/* --- What goes wrong --------------------------------------------------------------- */

static void
test_failure_thaws (Fixture *fixture, gconstpointer data)
{
  fake_disks_fail_freeze ("/", EIO);
  assert_says (fixture, FREEZE, FAILED ("failed to freeze /: Input/output error"));
  assert_log ("+/data +/var -/var -/data ");
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
  fake_disks_fail_freeze ("/", 0);
  fake_disks_fail_open ("/var", EACCES);
  assert_says (fixture, FREEZE, FAILED ("failed to open /var: Permission denied"));
  assert_log ("+/data -/data ");
  g_assert_cmpstr (told, ==, NULL);
}

static void
test_path_leads_elsewhere (Fixture *fixture, gconstpointer data)
{
  assert_says (fixture, FREEZE, "{\"return\":3}");
  fake_disks_fail_open ("/data", ESTALE);
  assert_says (fixture, THAW, "{\"return\":3}");
}

static const struct
{
  const char *name;
  const char *say;
  const char *hear;
} meanwhile[] = {
  { "ping", "{\"execute\":\"guest-ping\"}", OK },
  { "sync", "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1}}", "{\"return\":1}" },
  { "sync-delimited", "{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":1}}", "\xff{\"return\":1}" },
  { "status", STATUS, "{\"return\":\"frozen\"}" },
  { "freeze", FREEZE, DISABLED ("guest-fsfreeze-freeze") },
  { "freeze-list", FREEZE_LIST (""), DISABLED ("guest-fsfreeze-freeze-list") },
  { "arguments-are-not-looked-at", "{\"execute\":\"guest-exec\",\"arguments\":{\"x\":1}}", DISABLED ("guest-exec") },
  { "file", "{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":1}}", DISABLED ("guest-file-close") },
  { "time", "{\"execute\":\"guest-get-time\"}", DISABLED ("guest-get-time") },
  { "unknown", "{\"execute\":\"guest-nonsense\"}",
    "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command guest-nonsense has not been found\"}}" },
};

static void
test_meanwhile (Fixture *fixture, gconstpointer data)
{
  assert_says (fixture, FREEZE, "{\"return\":3}");
  for (guint i = 0; i < G_N_ELEMENTS (meanwhile); i++)
    assert_says (fixture, meanwhile[i].say, meanwhile[i].hear);
  assert_says (fixture, THAW, "{\"return\":3}");
}

/* Frozen beats the lists, and what they allow is allowed again after that. */
static void
test_info_tells_what_is_refused (Fixture *fixture, gconstpointer data)
{
  static const char *const allowed[]
      = { "guest-sync", "guest-sync-delimited", "guest-ping", "guest-info", "guest-fsfreeze-status", "guest-fsfreeze-thaw",
          "guestwire-open", NULL };
  JsonArray *commands;
  g_autoptr (JsonObject) info = NULL;

  assert_says (fixture, FREEZE, "{\"return\":3}");
  say (&fixture->client, "{\"execute\":\"guest-info\"}");
  info = hear_return (&fixture->client);
  commands = json_object_get_array_member (info, "supported_commands");
  for (guint i = 0; i < json_array_get_length (commands); i++)
    {
      JsonObject *row = json_array_get_object_element (commands, i);

      g_assert_cmpint (json_object_get_boolean_member (row, "enabled"), ==,
                       g_strv_contains (allowed, json_object_get_string_member (row, "name")));
    }
  assert_says (fixture, THAW, "{\"return\":3}");
  assert_says (fixture, "{\"execute\":\"guest-get-time\",\"arguments\":{\"x\":1}}", FAILED ("Parameter 'x' is unexpected"));
}

/* --- While a disk takes its time ------------------------------------------------------ */

static void
test_ping_while_freezing (Fixture *fixture, gconstpointer data)
{
  Client other;

  client_open (&other);
  fake_disks_hold ("/var");
  say (&fixture->client, FREEZE);
  fake_disks_wait_held ();
  say (&other, "{\"execute\":\"guest-ping\"}" STATUS FREEZE);
  assert_hear (&other, OK);
  assert_hear (&other, "{\"return\":\"frozen\"}");
  assert_hear (&other, DISABLED ("guest-fsfreeze-freeze"));
  fake_disks_let_go ();
  assert_hear (&fixture->client, "{\"return\":3}");
  assert_says (fixture, THAW, "{\"return\":3}");
  client_close (&other);
}

static void
test_thaw_while_freezing (Fixture *fixture, gconstpointer data)
{
  Client other;

  client_open (&other);
  fake_disks_hold ("/var");
  say (&fixture->client, FREEZE);
  fake_disks_wait_held ();
  say (&other, THAW);
  fake_disks_let_go ();
  assert_hear (&fixture->client, CALLED_OFF);
  assert_hear (&other, "{\"return\":2}");
  assert_log ("+/data +/var -/var -/data ");
  client_close (&other);
}

/* As libvirt's, which comes back and asks again. */
static void
test_client_lost_in_text (Fixture *fixture, gconstpointer data)
{
  fake_disks_hold ("/var");
  say (&fixture->client, FREEZE);
  fake_disks_wait_held ();
  client_close (&fixture->client);
  client_open (&fixture->client);
  assert_says (fixture, STATUS, "{\"return\":\"frozen\"}");
  fake_disks_let_go ();
  wait_until (told != NULL);
  client_close (&fixture->client);
  client_open (&fixture->client);
  assert_says (fixture, STATUS, "{\"return\":\"frozen\"}");
  assert_says (fixture, THAW, "{\"return\":3}");
}

/* --- Hooks ------------------------------------------------------------------------------ */

static void
set_hook (Fixture *fixture, const char *more)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\necho \"$*\" >>%s\n%s\n", fixture->called, more);

  g_assert_true (g_file_set_contents (fixture->hook, text, -1, NULL));
  g_assert_cmpint (chmod (fixture->hook, 0755), ==, 0);
  gw_freeze_set_hook (fixture->hook);
}

static void
assert_called (Fixture *fixture, const char *expected)
{
  g_autofree char *text = NULL;

  g_file_get_contents (fixture->called, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_hook (Fixture *fixture, gconstpointer data)
{
  set_hook (fixture, "echo '{\"return\":{}}'; echo problem >&2");
  assert_says (fixture, FREEZE, "{\"return\":3}");
  assert_called (fixture, "freeze\n");
  assert_says (fixture, THAW, "{\"return\":3}");
  assert_called (fixture, "freeze\nthaw\n");
}

static void
test_hook_stops_freeze (Fixture *fixture, gconstpointer data)
{
  set_hook (fixture, "exit 3");
  assert_says (fixture, FREEZE, FAILED ("fsfreeze hook has failed with status 3"));
  assert_called (fixture, "freeze\n");
  assert_log ("");
  set_hook (fixture, "kill -9 $$");
  assert_says (fixture, FREEZE, FAILED ("fsfreeze hook has terminated abnormally"));
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
}

static void
test_hook_hears_of_failed_freeze (Fixture *fixture, gconstpointer data)
{
  set_hook (fixture, "");
  fake_disks_fail_freeze ("/", EIO);
  assert_says (fixture, FREEZE, FAILED ("failed to freeze /: Input/output error"));
  assert_called (fixture, "freeze\nthaw\n");
  assert_says (fixture, FREEZE_LIST (""), "{\"return\":0}");
  assert_called (fixture, "freeze\nthaw\nfreeze\nthaw\n");
}

static void
test_hook_fails_after_thaw (Fixture *fixture, gconstpointer data)
{
  set_hook (fixture, "test $1 = freeze");
  assert_says (fixture, FREEZE, "{\"return\":3}");
  g_test_expect_message (AGENT, G_LOG_LEVEL_MESSAGE, "thawed 3 file systems");
  g_test_expect_message (AGENT, G_LOG_LEVEL_WARNING, "after the thaw: fsfreeze hook has failed with status 1");
  assert_says (fixture, THAW, FAILED ("fsfreeze hook has failed with status 1"));
  g_test_assert_expected_messages ();
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
}

static void
test_no_hook_there (Fixture *fixture, gconstpointer data)
{
  g_autofree char *line = NULL;

  gw_freeze_set_hook ("/nonexistent/hook");
  say (&fixture->client, FREEZE);
  line = hear (&fixture->client);
  g_assert_cmpstr (line, ==, FAILED ("can't access fsfreeze hook '/nonexistent/hook': No such file or directory"));
}

static void
test_hook_hangs (Fixture *fixture, gconstpointer data)
{
  set_hook (fixture, "sleep 1000");
  /* It is killed when it has begun, or before. */
  fake_disks_limit_hook (0);
  assert_says (fixture, FREEZE, FAILED ("fsfreeze hook has not ended within 0 s and was killed"));
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
}

static void
test_agent_ends (Fixture *fixture, gconstpointer data)
{
  set_hook (fixture, "");
  assert_says (fixture, FREEZE, "{\"return\":3}");
  gw_freeze_close ();
  g_assert_cmpuint (fake_disks_count_frozen (), ==, 0);
  wait_until (!gw_freeze_is_under_way ());
  assert_called (fixture, "freeze\nthaw\n");
}

#define ADD(name, func) g_test_add ("/freeze/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  ADD ("last-mounted-first", test_order);
  ADD ("list", test_list);
  ADD ("nothing-to-freeze", test_nothing_to_freeze);
  ADD ("same-device-twice", test_same_device_twice);
  ADD ("unable-and-busy-are-passed-over", test_passed_over);
  ADD ("frozen-twice-by-others", test_frozen_twice_by_others);
  ADD ("failure-thaws", test_failure_thaws);
  ADD ("thaws-what-its-path-leads-away-from", test_path_leads_elsewhere);
  ADD ("meanwhile", test_meanwhile);
  ADD ("info-tells-what-is-refused", test_info_tells_what_is_refused);
  ADD ("ping-while-freezing", test_ping_while_freezing);
  ADD ("thaw-while-freezing", test_thaw_while_freezing);
  ADD ("client-lost-in-text", test_client_lost_in_text);
  ADD ("hook/before-and-after", test_hook);
  ADD ("hook/stops-a-freeze", test_hook_stops_freeze);
  ADD ("hook/hears-of-a-failed-freeze", test_hook_hears_of_failed_freeze);
  ADD ("hook/fails-after-a-thaw", test_hook_fails_after_thaw);
  ADD ("hook/is-not-there", test_no_hook_there);
  ADD ("hook/hangs", test_hook_hangs);
  ADD ("agent-ends", test_agent_ends);
  return g_test_run ();
}
