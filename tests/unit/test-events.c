/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The events of a guest: the log, and those who follow it in frames. */

#include <string.h>

#include "event-line.h"
#include "frames-host.h"
#include "gw-commands.h"
#include "gw-instance.h"
#include "gw-limits.h"
#include "rows.h"

/* --- The log -------------------------------------------------------------- */

static void
tell_many (GwEvents *events, guint count, gsize size)
{
  g_autofree char *text = g_strnfill (size, 'x');

  for (guint i = 0; i < count; i++)
    {
      JsonObject *data = json_object_new ();

      json_object_set_string_member (data, "filling", text);
      gw_events_tell_object (events, "memory-low", data);
    }
}

static void
test_log_line (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autofree char *line = NULL;

  gw_events_tell (events, "agent-started", NULL);
  line = line_of (events, 1);
  g_assert_true (g_str_has_prefix (line, "{\"number\":1,\"time\":"));
  g_assert_true (g_str_has_suffix (line, ",\"event\":\"agent-started\",\"data\":{}}\n"));
  g_assert_null (gw_events_find (events, 2));
}

static void
test_log_keeps_the_newest (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();

  tell_many (events, GW_EVENTS_KEPT + 10, 1);
  g_assert_cmpuint (gw_events_find (events, 1)->number, ==, 11);
  g_assert_cmpuint (gw_events_find (events, 12)->number, ==, 12);
  g_assert_cmpuint (gw_events_find (events, GW_EVENTS_KEPT + 10)->number, ==, GW_EVENTS_KEPT + 10);
}

static void
test_log_has_a_bound_in_bytes (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  gsize size = 0;

  tell_many (events, 100, 4000);
  for (guint64 number = 1; gw_events_find (events, number) != NULL; number++)
    if (gw_events_find (events, number)->number == number)
      size += g_bytes_get_size (gw_events_find (events, number)->line);
  g_assert_cmpuint (size, <=, GW_EVENTS_KEPT_BYTES);
  g_assert_cmpuint (size, >, GW_EVENTS_KEPT_BYTES / 2);
}

static void
test_log_drops_data_that_are_too_long (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autofree char *line = NULL;

  tell_many (events, 1, GW_EVENT_DATA_MAX);
  line = line_of (events, 1);
  g_assert_true (g_str_has_suffix (line, "\"data\":{}}\n"));
}

static void
test_log_blocked (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_ptr_array_add (names, (gpointer) "memory-low");
  gw_events_block (events, names);
  gw_events_tell (events, "memory-low", NULL);
  gw_events_tell (events, "agent-started", NULL);
  g_assert_cmpuint (gw_events_get_next (events), ==, 2);
  g_assert_cmpstr (gw_events_find (events, 1)->kind->name, ==, "agent-started");
}

/* --- Following ------------------------------------------------------------------ */

static Run *
follow (Host *host, const char *arguments)
{
  Run *run = run_begin_command (host, "guestwire-events-follow", arguments, FALSE);

  run_wait_started (run);
  return run;
}

static Run *
follow_after (Host *host, const char *instance, guint64 number)
{
  g_autofree char *arguments
      = g_strdup_printf ("{\"after\":{\"instance\":\"%s\",\"number\":%" G_GUINT64_FORMAT "}}", instance, number);

  return follow (host, arguments);
}

static guint64
next_number (void)
{
  return gw_events_get_next (gw_events_get ());
}

static char *
head_of (guint64 number)
{
  return g_strdup_printf ("{\"number\":%" G_GUINT64_FORMAT ",", number);
}

static void
assert_first (Run *run, guint64 number)
{
  g_autofree char *head = head_of (number);

  run_wait_said (run, "\n");
  g_assert_true (g_str_has_prefix (run->said[0]->str, head));
}

static void
test_follow_live (void)
{
  guint64 first = next_number ();
  Host host;
  Run *run;

  gw_events_tell (gw_events_get (), "memory-low", NULL);
  host_open (&host, GW_PORT_SOCKET);
  run = follow (&host, "{}");
  gw_events_tell (gw_events_get (), "memory-low", NULL);
  assert_first (run, first + 1);
  gw_session_cancel (host.session, run->id);
  host_wait (&host, run->over[0]);
  gw_events_tell (gw_events_get (), "memory-low", NULL);
  g_assert_cmpuint (run->said[0]->len, ==, strchr (run->said[0]->str, '\n') + 1 - run->said[0]->str);
  host_close (&host);
}

static void
test_follow_replays (void)
{
  guint64 first = next_number ();
  Host host;

  tell_many (gw_events_get (), 3, 1);
  host_open (&host, GW_PORT_SOCKET);
  assert_first (follow_after (&host, gw_instance_get_text (), first), first + 1);
  assert_first (follow_after (&host, "of another agent", first + 1), gw_events_find (gw_events_get (), 1)->number);
  host_close (&host);
}

static void
test_follow_what_a_snapshot_undid (void)
{
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = follow_after (&host, gw_instance_get_text (), next_number () + 100);
  tell_many (gw_events_get (), 1, 1);
  assert_first (run, next_number () - 1);
  host_close (&host);
}

static void
test_follow_names (void)
{
  guint64 number;
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = follow (&host, "{\"names\":[\"job-ended\",\"not-known\"]}");
  tell_many (gw_events_get (), 2, 1);
  number = next_number ();
  gw_events_tell (gw_events_get (), "job-ended", NULL);
  assert_first (run, number);
  host_close (&host);
}

static void
test_follow_slowly (void)
{
  const guint count = 2 * GW_EVENTS_KEPT;
  guint64 last = 0;
  gboolean gap = FALSE;
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = follow (&host, "{}");
  run->slow = TRUE;
  for (guint i = 0; i < count; i++)
    {
      tell_many (gw_events_get (), 1, 3000);
      host_turn (&host);
    }
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  run_read_on (run);
  while (last + 1 < next_number ())
    {
      char *end;

      host_wait (&host, strchr (run->said[0]->str, '\n') != NULL);
      end = strchr (run->said[0]->str, '\n');
      if (g_str_has_prefix (run->said[0]->str, "{\"lost\":"))
        {
          last += g_ascii_strtoull (run->said[0]->str + 8, NULL, 10);
          gap = TRUE;
        }
      else
        {
          guint64 number = g_ascii_strtoull (run->said[0]->str + 10, NULL, 10);

          g_assert_true (last == 0 || number == last + 1);
          last = number;
        }
      g_string_erase (run->said[0], 0, end + 1 - run->said[0]->str);
    }
  g_assert_true (gap);
  host_close (&host);
}

typedef struct
{
  const char *name;
  const char *arguments;
  const char *error;
} Refusal;

static const Refusal refused[] = {
  { "after-is-no-object", "{\"after\":1}", "Parameter 'after' has to be" },
  { "no-number", "{\"after\":{}}", "Parameter 'after' has to be" },
  { "number-below-0", "{\"after\":{\"number\":-1}}", "Parameter 'after' has to be" },
  { "number-is-text", "{\"after\":{\"number\":\"1\"}}", "Parameter 'after' has to be" },
  { "instance-is-a-number", "{\"after\":{\"number\":1,\"instance\":1}}", "Parameter 'after' has to be" },
  { "name-is-a-number", "{\"names\":[1]}", "Invalid parameter type for 'names[0]'" },
};

static void
test_follow_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  g_assert_nonnull (strstr (answer (&host, ask (&host, "guestwire-events-follow", refusal->arguments)), refusal->error));
  g_assert_true (gw_session_is_open (host.session));
  host_close (&host);
}

static void
test_follow_policy (void)
{
  guint64 number = next_number ();
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  set_policy ("guest-sync", NULL);
  gw_events_tell (gw_events_get (), "job-ended", NULL);
  gw_events_tell (gw_events_get (), "memory-low", NULL);
  /* One that needs guest-exec, and one that needs nothing. */
  assert_first (follow_after (&host, gw_instance_get_text (), number - 1), number + 1);
  set_policy (NULL, "guestwire-events-follow");
  g_assert_nonnull (strstr (answer (&host, ask (&host, "guestwire-events-follow", "{}")), "has been disabled"));
  gw_commands_set_policy (NULL);
  host_close (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/log/line", test_log_line);
  g_test_add_func ("/events/log/keeps-the-newest", test_log_keeps_the_newest);
  g_test_add_func ("/events/log/has-a-bound-in-bytes", test_log_has_a_bound_in_bytes);
  g_test_add_func ("/events/log/drops-data-that-are-too-long", test_log_drops_data_that_are_too_long);
  g_test_add_func ("/events/log/blocked", test_log_blocked);
  g_test_add_func ("/events/follow/live", test_follow_live);
  g_test_add_func ("/events/follow/replays", test_follow_replays);
  g_test_add_func ("/events/follow/what-a-snapshot-undid", test_follow_what_a_snapshot_undid);
  g_test_add_func ("/events/follow/names", test_follow_names);
  g_test_add_func ("/events/follow/slowly", test_follow_slowly);
  g_test_add_func ("/events/follow/policy", test_follow_policy);
  ADD_ROWS ("/events/follow/refused/", refused, test_follow_refused);
  return g_test_run ();
}
