/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discovery of Xen's consoles on devices that umockdev fakes, with names from
 * a fake store. */

#include <string.h>

#include "mock-xen.h"
#include "wait.h"

typedef struct
{
  MockXen xen;
  GString *heard; /* "+name@N " and "-name@N ", N of hvcN */
} Mock;

static void
mock_open (Mock *mock)
{
  mock_xen_open (&mock->xen);
  mock->heard = g_string_new (NULL);
}

static void
on_appeared (GwPorts *ports, const char *name, const char *devnode, Mock *mock)
{
  g_assert_true (g_str_has_prefix (devnode, "/dev/hvc"));
  g_string_append_printf (mock->heard, "+%s@%s ", name, devnode + strlen ("/dev/hvc"));
}

static void
on_vanished (GwPorts *ports, const char *name, const char *devnode, Mock *mock)
{
  g_string_append_printf (mock->heard, "-%s@%s ", name, devnode + strlen ("/dev/hvc"));
}

static void
mock_start (Mock *mock)
{
  g_signal_connect (mock->xen.consoles, "appeared", G_CALLBACK (on_appeared), mock);
  g_signal_connect (mock->xen.consoles, "vanished", G_CALLBACK (on_vanished), mock);
  mock_xen_start (&mock->xen);
}

static void
mock_close (Mock *mock)
{
  mock_xen_close (&mock->xen);
  g_string_free (mock->heard, TRUE);
}

#define mock_hears(mock, text) wait_until (strcmp ((mock)->heard->str, (text)) == 0)

static void
test_present (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +b@2 ");
  mock_close (&mock);
}

/* The terminals follow the event channels, not the numbers. */
static void
test_order (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 3, "c", "10");
  mock_xen_add (&mock.xen, 5, "hot5", "11");
  mock_xen_add (&mock.xen, 7, "hot7", "9");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +c@3 +hot5@4 +hot7@2 ");
  mock_close (&mock);
}

/* One without a name has a terminal all the same. */
static void
test_nameless (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, NULL, "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  mock_start (&mock);
  mock_hears (&mock, "+b@2 ");
  mock_xen_says (&mock.xen, 1, "name", "late");
  mock_hears (&mock, "+b@2 +late@1 ");
  mock_close (&mock);
}

/* Who is first is known only when each event channel is. */
static void
test_busy (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  fake_xenstore_refuse_once (mock.xen.store, "device/console/1/port", "EAGAIN");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +b@2 ");
  mock_close (&mock);
}

/* Two are plugged, and the answer for the second one comes first. */
static void
test_overtaken (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", NULL);
  mock_xen_add (&mock.xen, 2, "b", NULL);
  mock_xen_add (&mock.xen, 3, "c", "8");
  mock_start (&mock);
  mock_hears (&mock, "+c@1 ");
  fake_xenstore_refuse_once (mock.xen.store, "device/console/1/port", "EAGAIN");
  mock_xen_says (&mock.xen, 1, "port", "9");
  mock_xen_says (&mock.xen, 2, "port", "10");
  mock_hears (&mock, "+c@1 +a@2 +b@3 ");
  mock_close (&mock);
}

/* As beyond the store's quota. */
static void
test_not_watched (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  fake_xenstore_refuse_once (mock.xen.store, "device/console/1", "E2BIG");
  g_test_expect_message ("guestwire-agent", G_LOG_LEVEL_WARNING, "*cannot watch*");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +b@2 ");
  g_test_assert_expected_messages ();
  mock_close (&mock);
}

static void
test_plugged (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 ");
  mock_xen_says (&mock.xen, 5, "name", "hot");
  mock_xen_add_unbound (&mock.xen, 5);
  mock_xen_uevent (&mock.xen, 5, "add");
  mock_xen_bind (&mock.xen, 5, "9");
  mock_xen_uevent (&mock.xen, 5, "bind");
  mock_hears (&mock, "+a@1 +hot@2 ");
  mock_close (&mock);
}

static void
test_unplugged (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +b@2 ");
  mock_xen_remove (&mock.xen, 1);
  mock_hears (&mock, "+a@1 +b@2 -a@1 ");
  /* The free terminal is taken, and the other one stays. */
  mock_xen_add (&mock.xen, 6, "f", "8");
  mock_xen_uevent (&mock.xen, 6, "bind");
  mock_hears (&mock, "+a@1 +b@2 -a@1 +f@1 ");
  mock_close (&mock);
}

/* After a restore it is the same one, on another event channel. */
static void
test_restored (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add (&mock.xen, 1, "a", "9");
  mock_xen_add (&mock.xen, 2, "b", "8");
  mock_start (&mock);
  mock_hears (&mock, "+a@2 +b@1 ");
  mock_xen_says (&mock.xen, 1, "port", NULL);
  mock_xen_says (&mock.xen, 2, "port", NULL);
  fake_xenstore_hang_up (mock.xen.store);
  mock_xen_says (&mock.xen, 1, "port", "8");
  mock_xen_says (&mock.xen, 2, "port", "9");
  mock_xen_says (&mock.xen, 2, "name", "c");
  mock_hears (&mock, "+a@2 +b@1 -b@1 +c@1 ");
  mock_close (&mock);
}

static void
test_kernel_console (void)
{
  Mock mock;

  mock_open (&mock);
  umockdev_testbed_add_from_string (mock.xen.testbed, "P: /devices/virtual/tty/console\nE: SUBSYSTEM=tty\n"
                                                  "A: active=tty0 hvc0 hvc1\\n\n",
                                    NULL);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  mock_start (&mock);
  mock_hears (&mock, "+b@2 ");
  mock_close (&mock);
}

/* Such as by a kernel that never gives a number twice. */
static void
test_doubted (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add_terminal (&mock.xen, 1, FALSE);
  mock_xen_add_terminal (&mock.xen, 2, TRUE);
  mock_xen_add_terminal (&mock.xen, 3, FALSE);
  mock_xen_add_terminal (&mock.xen, 4, TRUE);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +b@2 ");
  gw_ports_doubt (GW_PORTS (mock.xen.consoles), "/dev/hvc1");
  /* The one that opens is believed. */
  g_assert_cmpstr (mock.heard->str, ==, "+a@1 +b@2 -a@1 +a@4 ");
  mock_close (&mock);
}

/* The driver gives each console the lowest free terminal when the guest is
 * restored. */
static void
test_restored_with_a_gap (void)
{
  Mock mock;

  mock_open (&mock);
  mock_xen_add_terminal (&mock.xen, 1, TRUE);
  mock_xen_add_terminal (&mock.xen, 2, TRUE);
  mock_xen_add_terminal (&mock.xen, 3, FALSE);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_xen_add (&mock.xen, 2, "b", "9");
  mock_xen_add (&mock.xen, 3, "c", "10");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 +b@2 +c@3 ");
  mock_xen_remove (&mock.xen, 1);
  mock_hears (&mock, "+a@1 +b@2 +c@3 -a@1 ");
  g_string_truncate (mock.heard, 0);
  gw_ports_doubt (GW_PORTS (mock.xen.consoles), "/dev/hvc3");
  g_assert_cmpstr (mock.heard->str, ==, "-b@2 -c@3 +b@1 +c@2 ");
  mock_close (&mock);
}

static void
test_bad_names (void)
{
  static const char *const names[] = { "", "a\nb", "\x1B[2J" };
  g_autofree char *long_name = g_strnfill (256, 'a');
  Mock mock;

  mock_open (&mock);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    mock_xen_add (&mock.xen, i + 1, names[i], "8");
  mock_xen_add (&mock.xen, 4, long_name, "9");
  mock_xen_add (&mock.xen, 5, "good", "10");
  mock_start (&mock);
  mock_hears (&mock, "+good@5 ");
  mock_close (&mock);
}

static void
test_other_devices (void)
{
  Mock mock;
  g_autofree char *path = NULL;

  mock_open (&mock);
  path = umockdev_testbed_add_device (mock.xen.testbed, "xen", "vif-0", NULL, "nodename", "device/vif/0", NULL, NULL);
  mock_xen_add (&mock.xen, 1, "a", "8");
  mock_start (&mock);
  mock_hears (&mock, "+a@1 ");
  g_assert_cmpuint (fake_xenstore_get_watches (mock.xen.store), ==, 1);
  mock_close (&mock);
}

static void
test_no_xen (void)
{
  g_autoptr (GwXenConsoles) consoles = gw_xen_consoles_new ();
  g_autoptr (GError) error = NULL;

  g_setenv ("XENSTORED_PATH", "/nonexistent/xenstored", TRUE);
  g_assert_true (gw_xen_consoles_start (consoles, &error));
  g_assert_no_error (error);
  g_unsetenv ("XENSTORED_PATH");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xen-consoles/present", test_present);
  g_test_add_func ("/xen-consoles/terminals-follow-event-channels", test_order);
  g_test_add_func ("/xen-consoles/late-name", test_nameless);
  g_test_add_func ("/xen-consoles/busy-store-is-asked-again", test_busy);
  g_test_add_func ("/xen-consoles/one-overtakes-another", test_overtaken);
  g_test_add_func ("/xen-consoles/found-though-not-watched", test_not_watched);
  g_test_add_func ("/xen-consoles/plugged", test_plugged);
  g_test_add_func ("/xen-consoles/unplugged-and-another-plugged", test_unplugged);
  g_test_add_func ("/xen-consoles/restored-on-other-event-channels", test_restored);
  g_test_add_func ("/xen-consoles/kernel-console-is-left-alone", test_kernel_console);
  g_test_add_func ("/xen-consoles/doubted-one-is-looked-for", test_doubted);
  g_test_add_func ("/xen-consoles/restored-with-a-gap", test_restored_with_a_gap);
  g_test_add_func ("/xen-consoles/bad-names-are-none", test_bad_names);
  g_test_add_func ("/xen-consoles/other-devices-are-ignored", test_other_devices);
  g_test_add_func ("/xen-consoles/nothing-without-xen", test_no_xen);
  return g_test_run ();
}
