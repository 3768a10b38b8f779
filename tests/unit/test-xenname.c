/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What udev is told of Xen's consoles. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-xen-map.h"
#include "mock-xen.h"

static void
test_named (void)
{
  MockXen mock;
  g_autoptr (GPtrArray) map = NULL;

  mock_xen_open (&mock);
  umockdev_testbed_add_from_string (mock.testbed, "P: /devices/virtual/tty/console\nE: SUBSYSTEM=tty\n"
                                                  "A: active=tty0 hvc0 hvc5\\n\n",
                                    NULL);
  mock_xen_add (&mock, 1, "org.guestwire.agent.0", "8");
  mock_xen_add (&mock, 2, NULL, "9");
  mock_xen_add (&mock, 3, "../../sda", "10");
  mock_xen_add (&mock, 4, "a\nb", "11");
  mock_xen_add (&mock, 5, "kernels", "12");
  mock_xen_add_unbound (&mock, 6);
  mock_xen_says (&mock, 6, "name", "early");
  map = gw_xen_map_new ();
  g_assert_cmpstr (gw_xen_map_link (map, 1), ==, "org.guestwire.agent.0");
  g_assert_cmpstr (gw_xen_map_link (map, 2), ==, NULL);
  g_assert_cmpstr (gw_xen_map_link (map, 3), ==, "_._.._sda");
  g_assert_cmpstr (gw_xen_map_link (map, 4), ==, NULL);
  g_assert_cmpstr (gw_xen_map_link (map, 5), ==, NULL);
  g_assert_cmpstr (gw_xen_map_link (map, 6), ==, NULL);
  g_assert_cmpstr (gw_xen_map_link (map, 0), ==, NULL);
  mock_xen_close (&mock);
}

static void
add_link (const char *folder, const char *name, const char *target)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

static gboolean
was_announced (MockXen *mock, guint number)
{
  g_autofree char *root = umockdev_testbed_get_root_dir (mock->testbed);
  g_autofree char *path = g_strdup_printf ("%s/sys/devices/virtual/tty/hvc%u/uevent", root, number);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && g_str_has_prefix (text, "change");
}

/* Only what is not right: 1 is, 2 has no link, 3 a wrong one, 4 one left over. */
static void
test_announced (void)
{
  MockXen mock;
  g_autofree char *folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);
  g_autoptr (GPtrArray) map = NULL;

  mock_xen_open (&mock);
  mock_xen_add (&mock, 1, "right", "8");
  mock_xen_add (&mock, 2, "missing", "9");
  mock_xen_add (&mock, 3, "wrong", "10");
  for (guint i = 1; i <= 5; i++)
    mock_xen_add_terminal (&mock, i, TRUE);
  add_link (folder, "right", "../hvc1");
  add_link (folder, "other", "../hvc3");
  add_link (folder, "gone", "../hvc4");
  add_link (folder, "virtio", "../vport1p1");
  map = gw_xen_map_new ();
  gw_xen_map_announce (map, folder);
  g_assert_false (was_announced (&mock, 1));
  g_assert_true (was_announced (&mock, 2));
  g_assert_true (was_announced (&mock, 3));
  g_assert_true (was_announced (&mock, 4));
  g_assert_false (was_announced (&mock, 5));
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  mock_xen_close (&mock);
}

static void
test_no_xen (void)
{
  UMockdevTestbed *testbed = umockdev_testbed_new ();
  g_autoptr (GPtrArray) map = gw_xen_map_new ();

  g_assert_cmpuint (map->len, ==, 0);
  g_object_unref (testbed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xenname/links-are-named", test_named);
  g_test_add_func ("/xenname/only-what-is-wrong-is-announced", test_announced);
  g_test_add_func ("/xenname/nothing-without-xen", test_no_xen);
  return g_test_run ();
}
