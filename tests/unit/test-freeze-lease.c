/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who ends a freeze but a thaw: the end of a session that had it leased, time, and
 * the agent that comes after one that was killed. */

#include <signal.h>

#include "frames-host.h"
#include "freeze-place.h"
#include "gw-freeze-mark.h"
#include "wait.h"

#define LAPSED(why) FAILED ("the file systems were thawed before this: " why)
#define SESSION_ENDED "the session that froze them has ended"

/* --- Leases ------------------------------------------------------------------------------ */

static guint64
freeze_in_frames (Host *host)
{
  guint64 id = ask (host, "guest-fsfreeze-freeze", "{}");

  g_assert_cmpstr (answer (host, id), ==, "{\"return\":3}");
  return id;
}

static void
test_session_thaws (Fixture *fixture, gconstpointer data)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  freeze_in_frames (&host);
  assert_answer (&host, "guestwire-exec", "{\"path\":\"true\"}", DISABLED ("guestwire-exec"));
  assert_answer (&host, "guest-fsfreeze-thaw", "{}", "{\"return\":3}");
  freeze_in_frames (&host);
  host_disconnect (&host);
  /* It is parked: its host may come back. */
  assert_says (fixture, STATUS, "{\"return\":\"frozen\"}");
  host_connect (&host);
  host_wait (&host, host.resumed == 1);
  assert_answer (&host, "guest-fsfreeze-status", "{}", "{\"return\":\"frozen\"}");
  assert_answer (&host, "guest-fsfreeze-thaw", "{}", "{\"return\":3}");
  host_close (&host);
  assert_says (fixture, THAW, "{\"return\":0}");
}

static void
test_lease_ends_with_session (Fixture *fixture, gconstpointer data)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  freeze_in_frames (&host);
  host_close (&host);
  wait_until (!gw_freeze_is_under_way ());
  g_assert_cmpstr (told, ==, "frozen:3 thawed:3 ");
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
  assert_says (fixture, THAW, LAPSED (SESSION_ENDED));
  assert_says (fixture, THAW, "{\"return\":0}");
}

static void
test_thaw_while_lease_ends (Fixture *fixture, gconstpointer data)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  freeze_in_frames (&host);
  fake_disks_hold ("/var");
  host_close (&host);
  fake_disks_wait_held ();
  say (&fixture->client, THAW);
  fake_disks_let_go ();
  assert_hear (&fixture->client, LAPSED (SESSION_ENDED));
  assert_says (fixture, THAW, "{\"return\":0}");
}

static void
test_lease_ends_while_freezing (Fixture *fixture, gconstpointer data)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  fake_disks_hold ("/var");
  ask (&host, "guest-fsfreeze-freeze", "{}");
  host_wait (&host, gw_freeze_is_frozen ());
  fake_disks_wait_held ();
  host_close (&host);
  fake_disks_let_go ();
  wait_until (!gw_freeze_is_under_way ());
  assert_log ("+/data +/var -/var -/data ");
}

static void
test_cancel_while_freezing (Fixture *fixture, gconstpointer data)
{
  guint64 id;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  fake_disks_hold ("/var");
  id = ask (&host, "guest-fsfreeze-freeze", "{}");
  host_wait (&host, gw_freeze_is_frozen ());
  fake_disks_wait_held ();
  gw_session_cancel (host.session, id);
  assert_answer (&host, "guest-ping", "{}", OK);
  fake_disks_let_go ();
  host_wait (&host, !gw_freeze_is_under_way ());
  assert_log ("+/data +/var -/var -/data ");
  host_close (&host);
}

/* A freeze of text is nobody's, whoever had one before. */
static void
test_no_lease_in_text (Fixture *fixture, gconstpointer data)
{
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  freeze_in_frames (&host);
  assert_says (fixture, THAW, "{\"return\":3}");
  assert_says (fixture, FREEZE, "{\"return\":3}");
  host_close (&host);
  settle ();
  assert_says (fixture, STATUS, "{\"return\":\"frozen\"}");
  assert_says (fixture, THAW, "{\"return\":3}");
}

static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  gw_freeze_set_timeout (1);
  assert_says (fixture, FREEZE, "{\"return\":3}");
  wait_until (!gw_freeze_is_under_way ());
  assert_says (fixture, THAW, LAPSED ("nobody has done so within 1 s"));
  /* The next one must not lapse, however slow the host. */
  gw_freeze_set_timeout (0);
  assert_says (fixture, FREEZE, "{\"return\":3}");
  assert_says (fixture, THAW, "{\"return\":3}");
}

/* --- An agent that was killed --------------------------------------------------------------- */

static const struct
{
  const char *name;
  const char *text; /* NULL: no mark */
  GwMark expected;
} marks[] = {
  { "none", NULL, GW_MARK_NONE },
  { "qemu-gas", "", GW_MARK_FROZEN },
  { "of-another-boot", "[freeze]\nboot-id=x\nleased=true\n", GW_MARK_NONE },
  { "that-cannot-be-read", "nonsense", GW_MARK_FROZEN },
};

static void
test_mark (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = gw_freeze_mark_path (fixture->folder);

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      g_test_message ("%s", marks[i].name);
      if (marks[i].text != NULL)
        g_assert_true (g_file_set_contents (path, marks[i].text, -1, NULL));
      g_assert_cmpint (gw_freeze_mark_read (path), ==, marks[i].expected);
    }
  gw_freeze_mark_write (path, FALSE);
  g_assert_cmpint (gw_freeze_mark_read (path), ==, GW_MARK_FROZEN);
  gw_freeze_mark_write (path, TRUE);
  g_assert_cmpint (gw_freeze_mark_read (path), ==, GW_MARK_LEASED);
  gw_freeze_mark_remove (path);
}

static void
test_next_agent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = gw_freeze_mark_path (fixture->folder);

  fake_disks_freeze_by_others ("/");
  gw_freeze_mark_write (path, FALSE);
  gw_freeze_open (fixture->folder);
  assert_says (fixture, STATUS, "{\"return\":\"frozen\"}");
  assert_says (fixture, "{\"execute\":\"guest-get-time\"}", DISABLED ("guest-get-time"));
  assert_says (fixture, THAW, "{\"return\":1}");
  assert_says (fixture, STATUS, "{\"return\":\"thawed\"}");
}

#define ADD(name, func) g_test_add ("/freeze/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  ADD ("lease/session-thaws", test_session_thaws);
  ADD ("lease/ends-with-session", test_lease_ends_with_session);
  ADD ("lease/thaw-while-it-ends", test_thaw_while_lease_ends);
  ADD ("lease/ends-while-freezing", test_lease_ends_while_freezing);
  ADD ("lease/cancel-while-freezing", test_cancel_while_freezing);
  ADD ("lease/none-in-text", test_no_lease_in_text);
  ADD ("lease/timeout", test_timeout);
  ADD ("mark/read-and-written", test_mark);
  ADD ("mark/next-agent", test_next_agent);
  return g_test_run ();
}
