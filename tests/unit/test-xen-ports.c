/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Xen consoles served, held, and linked to: pseudo-terminals stand for them. */

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "gw-hangup.h"
#include "gw-holds.h"
#include "gw-links.h"
#include "mock-xen.h"
#include "transports/gw-channel.h"
#include "wait.h"

static GwChannel *
serve (MockXen *mock, const char *address)
{
  const GwFound found = { .xen = GW_PORTS (mock->consoles) };
  g_autoptr (GError) error = NULL;
  GwChannel *channel = gw_channel_open (address, &found, &error);

  g_assert_no_error (error);
  return channel;
}

static gboolean
is_raw (int master)
{
  struct termios mode;

  return tcgetattr (master, &mode) == 0 && (mode.c_lflag & (ICANON | ECHO)) == 0;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
hear (int master, const char *text)
{
  g_autoptr (GString) heard = g_string_new (NULL);

  while (heard->len < strlen (text))
    {
      char buffer[256];
      gboolean readable = FALSE;
      gssize length;

      g_unix_fd_add (master, G_IO_IN, on_readable, &readable);
      wait_until (readable);
      length = read (master, buffer, sizeof buffer);
      g_assert_cmpint (length, >, 0);
      g_string_append_len (heard, buffer, length);
    }
  g_assert_cmpstr (heard->str, ==, text);
}

static void
ping (int master)
{
  static const char question[] = "{\"execute\":\"guest-ping\"}\n";

  g_assert_cmpint (write (master, question, strlen (question)), ==, strlen (question));
  hear (master, "{\"return\":{}}\n");
}

static void
test_served (void)
{
  MockXen mock;
  GwChannel *channel;
  int first, second, other;

  mock_xen_open (&mock);
  first = mock_xen_connect_terminal (&mock, 1);
  other = mock_xen_connect_terminal (&mock, 2);
  mock_xen_add (&mock, 1, "org.guestwire.agent.0", "8");
  mock_xen_add (&mock, 2, "org.example.other", "9");
  channel = serve (&mock, "xen:org.guestwire.agent.0");
  mock_xen_start (&mock);
  wait_until (is_raw (first));
  ping (first);
  /* Saved and restored. */
  second = mock_xen_connect_terminal (&mock, 1);
  close (first);
  wait_until (is_raw (second));
  ping (second);
  g_assert_false (is_raw (other));
  gw_channel_free (channel);
  mock_xen_close (&mock);
  close (second);
  close (other);
}

/* Another terminal is its own after a while. */
static void
test_moved (void)
{
  MockXen mock;
  GwChannel *channel;
  int first, second;

  mock_xen_open (&mock);
  mock_xen_add_terminal (&mock, 1, FALSE);
  mock_xen_add_terminal (&mock, 2, FALSE);
  first = mock_xen_connect_terminal (&mock, 1);
  mock_xen_add (&mock, 1, "a", "8");
  channel = serve (&mock, "xen:/dev/vport/a");
  mock_xen_start (&mock);
  wait_until (is_raw (first));
  mock_xen_disconnect_terminal (&mock, 1);
  close (first);
  second = mock_xen_connect_terminal (&mock, 2);
  wait_until (is_raw (second));
  ping (second);
  gw_channel_free (channel);
  mock_xen_close (&mock);
  close (second);
}

static void
on_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if (strstr (message, "another program") != NULL)
    *(gboolean *) data = TRUE;
}

static void
test_two_agents (void)
{
  MockXen mock;
  GwChannel *one, *two;
  gboolean refused = FALSE;
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  guint handler = g_log_set_handler ("guestwire-agent", G_LOG_LEVEL_WARNING, on_warning, &refused);
  int master;

  mock_xen_open (&mock);
  master = mock_xen_connect_terminal (&mock, 1);
  mock_xen_add (&mock, 1, "a", "8");
  one = serve (&mock, "xen:a");
  two = serve (&mock, "xen:a");
  mock_xen_start (&mock);
  wait_until (refused);
  wait_until (is_raw (master));
  ping (master);
  gw_channel_free (two);
  gw_channel_free (one);
  mock_xen_close (&mock);
  close (master);
  g_log_remove_handler ("guestwire-agent", handler);
  g_log_set_always_fatal (fatal);
}

static void
test_held (void)
{
  static char *const patterns[] = { (char *) "*.vport", NULL };
  static char *const served[] = { (char *) "served.vport", NULL };
  MockXen mock;
  GwHolds *holds;
  int held, not_named, not_ours, again;
  char node[] = "/dev/hvc1";
  int user;
  char byte;

  mock_xen_open (&mock);
  held = mock_xen_connect_terminal (&mock, 1);
  not_named = mock_xen_connect_terminal (&mock, 2);
  not_ours = mock_xen_connect_terminal (&mock, 3);
  mock_xen_add (&mock, 1, "s-4-VM.vport", "8");
  mock_xen_add (&mock, 2, "org.example.other", "9");
  mock_xen_add (&mock, 3, "served.vport", "10");
  holds = gw_holds_new (GW_PORTS (mock.consoles), (char **) patterns, (char **) served);
  mock_xen_start (&mock);
  wait_until (is_raw (held));
  g_assert_false (is_raw (not_named));
  g_assert_false (is_raw (not_ours));

  /* A program that knows no terminals gets each byte, and the next one too. */
  for (guint i = 0; i < 2; i++)
    {
      user = open (node, O_RDWR | O_NOCTTY);
      g_assert_cmpint (write (held, "\x03", 1), ==, 1);
      g_assert_cmpint (read (user, &byte, 1), ==, 1);
      g_assert_cmpint (byte, ==, 3);
      close (user);
      g_assert_true (is_raw (held));
    }

  /* It hangs up, and the driver writes to the store. */
  again = mock_xen_connect_terminal (&mock, 1);
  close (held);
  mock_xen_says (&mock, 1, "port", "11");
  wait_until (is_raw (again));

  mock_xen_remove (&mock, 1);
  wait_until (read (again, &byte, 1) < 0 && errno == EIO);
  gw_holds_free (holds);
  mock_xen_close (&mock);
  close (again);
  close (not_named);
  close (not_ours);
}

/* A program that leads a session, as each service of systemd does, gets what it
 * opens as its controlling terminal: at its end all descriptors are hung up. */
static void
test_held_over_sessions (void)
{
  static char *const patterns[] = { (char *) "*.vport", NULL };
  static char *const served[] = { NULL };
  MockXen mock;
  GwHolds *holds;
  int held, user;
  char node[] = "/dev/hvc1";

  mock_xen_open (&mock);
  held = mock_xen_connect_terminal (&mock, 1);
  mock_xen_add (&mock, 1, "s-4-VM.vport", "8");
  holds = gw_holds_new (GW_PORTS (mock.consoles), (char **) patterns, (char **) served);
  mock_xen_start (&mock);
  wait_until (is_raw (held));
  user = open (node, O_RDWR | O_NOCTTY);
  /* The end of a session spares a pseudo-terminal; this does not. umockdev
   * would answer ioctl() itself. */
  if (syscall (SYS_ioctl, user, TIOCVHANGUP) != 0)
    g_test_skip ("needs CAP_SYS_ADMIN");
  else
    {
      g_assert_false (is_raw (held));
      wait_until (is_raw (held));
    }
  close (user);
  gw_holds_free (holds);
  mock_xen_close (&mock);
  close (held);
}

static void
count_one (gpointer data)
{
  (*(guint *) data)++;
}

/* Never from inside of the call, and never after a cancel. */
static void
test_put_away (void)
{
  guint waited = 0;
  guint cancelled = 0;

  gw_hangup_cancel (gw_hangup_wait (count_one, &cancelled));
  gw_hangup_wait (count_one, &waited);
  g_assert_cmpuint (waited, ==, 0);
  wait_until (waited == 1);
  settle ();
  g_assert_cmpuint (waited, ==, 1);
  g_assert_cmpuint (cancelled, ==, 0);
}

static void
test_linked (void)
{
  MockXen mock;
  g_autofree char *folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *vport = g_build_filename (folder, "vport", NULL);
  g_autofree char *link = g_build_filename (vport, "_._x", NULL);
  g_autofree char *target = NULL;
  GwLinks *links;

  mock_xen_open (&mock);
  mock_xen_add (&mock, 1, "../x", "8");
  links = gw_links_new (GW_PORTS (mock.consoles), vport, FALSE);
  mock_xen_start (&mock);
  wait_until (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  target = g_file_read_link (link, NULL);
  g_assert_cmpstr (target, ==, "../hvc1");
  mock_xen_remove (&mock, 1);
  wait_until (!g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  gw_links_free (links);
  mock_xen_close (&mock);
  g_assert_cmpint (g_rmdir (vport), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static gboolean
links_to (const char *link, const char *target)
{
  g_autofree char *found = g_file_read_link (link, NULL);

  return g_strcmp0 (found, target) == 0;
}

static void
test_linked_twice (void)
{
  MockXen mock;
  g_autofree char *folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *vport = g_build_filename (folder, "vport", NULL);
  g_autofree char *link = g_build_filename (vport, "x", NULL);
  GwLinks *links;

  mock_xen_open (&mock);
  mock_xen_add (&mock, 1, "x", "8");
  links = gw_links_new (GW_PORTS (mock.consoles), vport, FALSE);
  mock_xen_start (&mock);
  wait_until (links_to (link, "../hvc1"));
  mock_xen_add (&mock, 2, "x", "9");
  mock_xen_uevent (&mock, 2, "bind");
  wait_until (links_to (link, "../hvc2"));
  mock_xen_remove (&mock, 2);
  wait_until (links_to (link, "../hvc1"));
  mock_xen_remove (&mock, 1);
  wait_until (!g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  gw_links_free (links);
  mock_xen_close (&mock);
  g_assert_cmpint (g_rmdir (vport), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static gboolean
file_begins (const char *path, const char *text)
{
  g_autofree char *contents = NULL;

  return g_file_get_contents (path, &contents, NULL, NULL) && g_str_has_prefix (contents, text);
}

/* udevd makes the links, once it hears of it. */
static void
test_announced (void)
{
  MockXen mock;
  g_autofree char *folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *root = NULL;
  g_autofree char *uevent = NULL;
  GwLinks *links;

  mock_xen_open (&mock);
  root = umockdev_testbed_get_root_dir (mock.testbed);
  uevent = g_build_filename (root, "sys/devices/virtual/tty/hvc1/uevent", NULL);
  mock_xen_add_terminal (&mock, 1, FALSE);
  mock_xen_add (&mock, 1, "late", "8");
  links = gw_links_new (GW_PORTS (mock.consoles), folder, TRUE);
  mock_xen_start (&mock);
  wait_until (file_begins (uevent, "change"));
  gw_links_free (links);
  mock_xen_close (&mock);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xen-ports/served-over-hang-ups", test_served);
  g_test_add_func ("/xen-ports/served-where-it-moves-to", test_moved);
  g_test_add_func ("/xen-ports/one-agent-at-a-time", test_two_agents);
  g_test_add_func ("/xen-ports/held-for-programs-that-know-no-terminals", test_held);
  g_test_add_func ("/xen-ports/held-over-ends-of-sessions", test_held_over_sessions);
  g_test_add_func ("/xen-ports/old-ones-are-put-away", test_put_away);
  g_test_add_func ("/xen-ports/linked-where-there-is-no-udevd", test_linked);
  g_test_add_func ("/xen-ports/second-one-of-a-name-keeps-the-link", test_linked_twice);
  g_test_add_func ("/xen-ports/udevd-is-told", test_announced);
  return g_test_run ();
}
