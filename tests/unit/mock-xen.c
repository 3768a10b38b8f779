/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest of Xen's for tests of the agent. */

#include "mock-xen.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pty.h>
#include <unistd.h>

void
mock_xen_open (MockXen *mock)
{
  mock->testbed = umockdev_testbed_new ();
  mock->store = fake_xenstore_new (FAKE_XENSTORE_NO_IDS);
  mock->consoles = gw_xen_consoles_new ();
}

void
mock_xen_start (MockXen *mock)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (gw_xen_consoles_start (mock->consoles, &error));
  g_assert_no_error (error);
}

void
mock_xen_close (MockXen *mock)
{
  g_object_unref (mock->consoles);
  fake_xenstore_free (mock->store);
  g_object_unref (mock->testbed);
}

void
mock_xen_says (MockXen *mock, guint number, const char *key, const char *value)
{
  g_autofree char *path = g_strdup_printf ("device/console/%u/%s", number, key);

  fake_xenstore_set (mock->store, path, value);
}

static char *
syspath_of (guint number)
{
  return g_strdup_printf ("/sys/devices/console-%u", number);
}

void
mock_xen_uevent (MockXen *mock, guint number, const char *action)
{
  g_autofree char *path = syspath_of (number);

  umockdev_testbed_uevent (mock->testbed, path, action);
}

/* The device alone, as it is when its "add" comes. */
void
mock_xen_add_unbound (MockXen *mock, guint number)
{
  g_autofree char *device = g_strdup_printf ("console-%u", number);
  g_autofree char *node = g_strdup_printf ("device/console/%u", number);
  g_autofree char *path
      = umockdev_testbed_add_device (mock->testbed, "xen", device, NULL, "nodename", node, "devtype", "console", NULL,
                                     "MODALIAS", "xen:console", NULL);

  g_assert_nonnull (path);
}

void
mock_xen_bind (MockXen *mock, guint number, const char *port)
{
  g_autofree char *path = syspath_of (number);

  umockdev_testbed_set_attribute (mock->testbed, path, "driver", "xenconsole");
  mock_xen_says (mock, number, "port", port);
}

void
mock_xen_add (MockXen *mock, guint number, const char *name, const char *port)
{
  mock_xen_add_unbound (mock, number);
  if (name != NULL)
    mock_xen_says (mock, number, "name", name);
  mock_xen_bind (mock, number, port);
}

void
mock_xen_remove (MockXen *mock, guint number)
{
  g_autofree char *path = syspath_of (number);

  umockdev_testbed_uevent (mock->testbed, path, "remove");
  umockdev_testbed_remove_device (mock->testbed, path);
}

/* @backed: whether it opens. */
void
mock_xen_add_terminal (MockXen *mock, guint number, gboolean backed)
{
  g_autofree char *text = g_strdup_printf ("P: /devices/virtual/tty/hvc%u\nN: hvc%u\nE: SUBSYSTEM=tty\n"
                                           "E: DEVNAME=/dev/hvc%u\n\n",
                                           number, number, number);
  g_autofree char *root = umockdev_testbed_get_root_dir (mock->testbed);
  g_autofree char *node = g_strdup_printf ("%s/dev/hvc%u", root, number);
  g_autoptr (GError) error = NULL;

  umockdev_testbed_add_from_string (mock->testbed, text, &error);
  g_assert_no_error (error);
  if (!backed)
    g_assert_cmpint (g_unlink (node), ==, 0);
}

/**
 * mock_xen_connect_terminal:
 *
 * Puts a new console behind the terminal; one that was there has to be closed.
 *
 * Returns: the host's end, non-blocking
 */
int
mock_xen_connect_terminal (MockXen *mock, guint number)
{
  g_autofree char *root = umockdev_testbed_get_root_dir (mock->testbed);
  g_autofree char *folder = g_build_filename (root, "dev", NULL);
  g_autofree char *node = g_strdup_printf ("%s/hvc%u", folder, number);
  char slave_path[64];
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, slave_path, NULL, NULL), ==, 0);
  close (slave);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_unlink (node);
  g_assert_cmpint (symlink (slave_path, node), ==, 0);
  g_assert_cmpint (fcntl (master, F_SETFL, O_NONBLOCK), ==, 0);
  return master;
}

/* To be called before its console is closed: another program may get a
 * pseudo-terminal of the same number, and the agent must not meet that. */
void
mock_xen_disconnect_terminal (MockXen *mock, guint number)
{
  g_autofree char *root = umockdev_testbed_get_root_dir (mock->testbed);
  g_autofree char *node = g_strdup_printf ("%s/dev/hvc%u", root, number);

  g_assert_cmpint (g_unlink (node), ==, 0);
}
