/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discovery of virtio-serial ports on devices that umockdev fakes. */

#include <string.h>
#include <umockdev.h>

#include "gw-virtio-ports.h"
#include "wait.h"

typedef struct
{
  UMockdevTestbed *testbed;
  GwVirtioPorts *ports;
  GString *heard; /* "+name@node " and "-name@node " */
} Mock;

static void
mock_ports_open (Mock *mock)
{
  mock->testbed = umockdev_testbed_new ();
  mock->ports = gw_virtio_ports_new ();
  mock->heard = g_string_new (NULL);
}

static void
on_appeared (GwVirtioPorts *ports, const char *name, const char *devnode, Mock *mock)
{
  g_string_append_printf (mock->heard, "+%s@%s ", name, devnode);
}

static void
on_vanished (GwVirtioPorts *ports, const char *name, const char *devnode, Mock *mock)
{
  g_string_append_printf (mock->heard, "-%s@%s ", name, devnode);
}

static void
mock_ports_start (Mock *mock)
{
  g_autoptr (GError) error = NULL;

  g_signal_connect (mock->ports, "appeared", G_CALLBACK (on_appeared), mock);
  g_signal_connect (mock->ports, "vanished", G_CALLBACK (on_vanished), mock);
  gw_virtio_ports_start (mock->ports, &error);
  g_assert_no_error (error);
}

static void
mock_ports_close (Mock *mock)
{
  g_object_unref (mock->ports);
  g_object_unref (mock->testbed);
  g_string_free (mock->heard, TRUE);
}

/* @name may be NULL: the kernel sets it later. Returns the sysfs path. */
static char *
mock_ports_add (Mock *mock, const char *device, const char *name)
{
  g_autofree char *node = g_strconcat ("/dev/", device, NULL);
  char *path = umockdev_testbed_add_device (mock->testbed, "virtio-ports", device, NULL, NULL, "DEVNAME", node, "MAJOR",
                                            "245", "MINOR", "1", NULL);

  g_assert_nonnull (path);
  if (name != NULL)
    umockdev_testbed_set_attribute (mock->testbed, path, "name", name);
  return path;
}

static void
test_present (void)
{
  g_autofree char *path = NULL;
  Mock mock;

  mock_ports_open (&mock);
  path = mock_ports_add (&mock, "vport2p1", "org.guestwire.agent.0");
  mock_ports_start (&mock);
  g_assert_cmpstr (mock.heard->str, ==, "+org.guestwire.agent.0@/dev/vport2p1 ");
  mock_ports_close (&mock);
}

static void
test_plugged (void)
{
  g_autofree char *path = NULL;
  Mock mock;

  mock_ports_open (&mock);
  mock_ports_start (&mock);
  g_assert_cmpstr (mock.heard->str, ==, "");
  path = mock_ports_add (&mock, "vport2p1", "a");
  umockdev_testbed_uevent (mock.testbed, path, "add");
  wait_until (strcmp (mock.heard->str, "+a@/dev/vport2p1 ") == 0);
  mock_ports_close (&mock);
}

static void
test_late_name (void)
{
  g_autofree char *path = NULL;
  g_autofree char *other = NULL;
  Mock mock;

  mock_ports_open (&mock);
  mock_ports_start (&mock);
  path = mock_ports_add (&mock, "vport2p1", NULL);
  umockdev_testbed_uevent (mock.testbed, path, "add");
  other = mock_ports_add (&mock, "vport2p2", "b");
  umockdev_testbed_uevent (mock.testbed, other, "add");
  wait_until (strcmp (mock.heard->str, "+b@/dev/vport2p2 ") == 0);
  umockdev_testbed_set_attribute (mock.testbed, path, "name", "a");
  umockdev_testbed_uevent (mock.testbed, path, "change");
  wait_until (strcmp (mock.heard->str, "+b@/dev/vport2p2 +a@/dev/vport2p1 ") == 0);
  mock_ports_close (&mock);
}

static void
test_told_once (void)
{
  g_autofree char *path = NULL;
  g_autofree char *other = NULL;
  Mock mock;

  mock_ports_open (&mock);
  path = mock_ports_add (&mock, "vport2p1", "a");
  mock_ports_start (&mock);
  umockdev_testbed_uevent (mock.testbed, path, "add");
  umockdev_testbed_uevent (mock.testbed, path, "change");
  other = mock_ports_add (&mock, "vport2p2", "b");
  umockdev_testbed_uevent (mock.testbed, other, "add");
  wait_until (strstr (mock.heard->str, "+b") != NULL);
  g_assert_cmpstr (mock.heard->str, ==, "+a@/dev/vport2p1 +b@/dev/vport2p2 ");
  mock_ports_close (&mock);
}

static void
test_unplugged (void)
{
  g_autofree char *path = NULL;
  Mock mock;

  mock_ports_open (&mock);
  path = mock_ports_add (&mock, "vport2p1", "a");
  mock_ports_start (&mock);
  umockdev_testbed_uevent (mock.testbed, path, "remove");
  wait_until (strcmp (mock.heard->str, "+a@/dev/vport2p1 -a@/dev/vport2p1 ") == 0);
  umockdev_testbed_uevent (mock.testbed, path, "add");
  wait_until (strcmp (mock.heard->str, "+a@/dev/vport2p1 -a@/dev/vport2p1 +a@/dev/vport2p1 ") == 0);
  mock_ports_close (&mock);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/virtio-ports/present", test_present);
  g_test_add_func ("/virtio-ports/plugged", test_plugged);
  g_test_add_func ("/virtio-ports/late-name", test_late_name);
  g_test_add_func ("/virtio-ports/told-once", test_told_once);
  g_test_add_func ("/virtio-ports/unplugged-and-plugged-again", test_unplugged);
  return g_test_run ();
}
