/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent tells of its machine: users, processors, disks, interfaces. */

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utmpx.h>

#include "agent-client.h"
#include "gw-command-users.h"
#include "gw-command-vcpus.h"
#include "gw-disk-address.h"
#include "rows.h"

static char *root;

static char *
in_root (const char *name)
{
  return g_build_filename (root, name, NULL);
}

static void
add_file (const char *name, const char *text, gssize length)
{
  g_autofree char *path = in_root (name);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
}

static void
add_link (const char *name, const char *to)
{
  g_autofree char *path = in_root (name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *target = in_root (to);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (target, 0700), ==, 0);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
assert_says (const char *request, const char *expected)
{
  Client client;

  client_open (&client);
  say (&client, request);
  assert_hear (&client, expected);
  client_close (&client);
}

/* --- Users ------------------------------------------------------------------- */

static void
add_login (GByteArray *file, int type, const char *user, int seconds, int microseconds)
{
  struct utmpx login = { .ut_type = type };

  login.ut_tv.tv_sec = seconds;
  login.ut_tv.tv_usec = microseconds;
  memcpy (login.ut_user, user, MIN (strlen (user), sizeof login.ut_user));
  g_byte_array_append (file, (const guint8 *) &login, sizeof login);
}

static void
test_users (void)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autofree char *path = in_root ("utmp");

  add_login (file, BOOT_TIME, "reboot", 1, 0);
  add_login (file, USER_PROCESS, "root", 2000, 500000);
  add_login (file, USER_PROCESS, "a-name-of-thirty-two-characters-", 3000, 250000);
  add_login (file, DEAD_PROCESS, "gone", 1, 0);
  add_login (file, USER_PROCESS, "root", 1000, 250000);
  add_login (file, USER_PROCESS, "\xff", 4000, 750000);
  g_byte_array_append (file, (const guint8 *) "half a login", 12);
  add_file ("utmp", (const char *) file->data, file->len);
  gw_command_users_set_file (path);
  assert_says ("{\"execute\":\"guest-get-users\"}",
               "{\"return\":[{\"user\":\"root\",\"login-time\":1000.25},"
               "{\"user\":\"a-name-of-thirty-two-characters-\",\"login-time\":3000.25},"
               "{\"user\":\"\xef\xbf\xbd\",\"login-time\":4000.75}]}");
  gw_command_users_set_file ("/nonexistent/utmp");
  assert_says ("{\"execute\":\"guest-get-users\"}", "{\"return\":[]}");
}

/* --- Processors ---------------------------------------------------------------- */

#define SET(list) "{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":" list "}}"
#define WRONG FAILED ("Parameter 'vcpus' has to be an array of objects with logical-id and online")

static const struct
{
  const char *say;
  const char *hear;
} vcpus[] = {
  { "{\"execute\":\"guest-get-vcpus\"}", "{\"return\":[{\"logical-id\":0,\"online\":true,\"can-offline\":false},"
                                         "{\"logical-id\":2,\"online\":true,\"can-offline\":true},"
                                         "{\"logical-id\":10,\"online\":false,\"can-offline\":true}]}" },
  { SET ("[]"), "{\"return\":0}" },
  { SET ("[{\"logical-id\":0,\"online\":false}]"), FAILED ("logical processor #0 can't be offlined") },
  { SET ("[{\"logical-id\":2,\"online\":false},{\"logical-id\":0,\"online\":true},{\"logical-id\":0,\"online\":false}]"),
    "{\"return\":2}" },
  { SET ("{}"), WRONG },
  { SET ("[1]"), WRONG },
  { SET ("[{\"logical-id\":-1,\"online\":true}]"), WRONG },
  { SET ("[{\"logical-id\":1}]"), WRONG },
  { SET ("[{\"logical-id\":\"1\",\"online\":true}]"), WRONG },
};

static void
test_vcpus (void)
{
  g_autofree char *folder = in_root ("cpu");
  g_autofree char *second = in_root ("cpu/cpu2/online");
  g_autofree char *text = NULL;
  g_autofree char *no_such = NULL;

  add_file ("cpu/cpu0/other", "", 0);
  add_file ("cpu/cpu2/online", "1\n", -1);
  add_file ("cpu/cpu10/online", "0\n", -1);
  add_file ("cpu/cpufreq/other", "", 0);
  gw_command_vcpus_set_folder (folder);
  for (guint i = 0; i < G_N_ELEMENTS (vcpus); i++)
    assert_says (vcpus[i].say, vcpus[i].hear);
  g_assert_true (g_file_get_contents (second, &text, NULL, NULL));
  g_assert_cmpint (text[0], ==, '0');
  no_such = g_strdup_printf (FAILED ("open(\\\"%s/cpu7/\\\"): No such file or directory"), folder);
  assert_says (SET ("[{\"logical-id\":7,\"online\":true}]"), no_such);
}

/* --- Disks ------------------------------------------------------------------------ */

#define ADDRESS(type, slot, bus, target, unit, dev)                                                                    \
  "{\"pci-controller\":{\"domain\":0,\"bus\":0,\"slot\":" slot ",\"function\":1},\"bus-type\":\"" type "\",\"bus\":" bus \
  ",\"target\":" target ",\"unit\":" unit ",\"dev\":\"" dev "\"}"
#define VDA ADDRESS ("virtio", "4", "0", "0", "0", "/dev/vda")

typedef struct
{
  const char *name;
  guint minor;
  const char *path;
  const char *device; /* what it is called */
  const char *expected;
} Disk;

static const Disk disks[] = {
  { "virtio", 0, "devices/pci0000:00/0000:00:04.1/virtio0/block/vda", "vda", "[" VDA "]" },
  { "partition", 1, "devices/pci0000:00/0000:00:04.1/virtio0/block/vda/vda1", "vda1", "[" VDA "]" },
  { "behind-a-bridge", 2, "devices/pci0000:00/0000:00:02.0/0000:00:05.1/virtio1/block/vdb", "vdb",
    "[" ADDRESS ("virtio", "5", "0", "0", "0", "/dev/vdb") "]" },
  { "scsi", 3, "devices/pci0000:00/0000:00:06.1/virtio2/host3/target3:1:2/3:1:2:7/block/sda", "sda",
    "[" ADDRESS ("scsi", "6", "1", "2", "7", "/dev/sda") "]" },
  { "sata", 4, "devices/pci0000:00/0000:00:1f.1/ata3/host2/target2:0:0/2:0:0:0/block/sdb", "sdb",
    "[" ADDRESS ("sata", "31", "0", "0", "0", "/dev/sdb") "]" },
  { "nvme", 5, "devices/pci0000:00/0000:00:07.1/nvme/nvme0/nvme0n1", "nvme0n1",
    "[" ADDRESS ("nvme", "7", "0", "0", "0", "/dev/nvme0n1") "]" },
  { "usb", 6, "devices/pci0000:00/0000:00:08.1/usb1/1-1/1-1:1.0/host4/target4:0:0/4:0:0:0/block/sdc", "sdc",
    "[" ADDRESS ("usb", "8", "0", "0", "0", "/dev/sdc") "]" },
  { "loop", 7, "devices/virtual/block/loop0", "loop0", "[]" },
  { "mapped", 8, "devices/virtual/block/dm-0", "dm-0", "[" VDA "]" },
  { "not-there", 99, NULL, "254:99", "[]" },
};

static void
add_disks (void)
{
  for (guint i = 0; disks[i].path != NULL; i++)
    {
      g_autofree char *link = g_strdup_printf ("dev/block/254:%u", disks[i].minor);

      add_link (link, disks[i].path);
    }
  add_file ("devices/pci0000:00/0000:00:04.1/virtio0/block/vda/vda1/partition", "1\n", -1);
  add_link ("devices/virtual/block/dm-0/slaves/vda1", "devices/pci0000:00/0000:00:04.1/virtio0/block/vda/vda1");
}

static void
test_disk (gconstpointer data)
{
  const Disk *disk = data;
  g_autofree char *name = gw_disk_name (root, 254, disk->minor);
  g_autoptr (JsonArray) addresses = gw_disk_addresses (root, 254, disk->minor);
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), addresses);
  g_autofree char *text = json_to_string (node, FALSE);

  g_assert_cmpstr (name, ==, disk->device);
  g_assert_cmpstr (text, ==, disk->expected);
}

/* Two that lie on each other are in no kernel, and end too. */
static void
test_disks_in_a_circle (void)
{
  g_autoptr (JsonArray) addresses = NULL;

  add_link ("dev/block/254:20", "devices/virtual/block/dm-1");
  add_link ("devices/virtual/block/dm-1/slaves/dm-2", "devices/virtual/block/dm-2");
  add_link ("devices/virtual/block/dm-2/slaves/dm-1", "devices/virtual/block/dm-1");
  addresses = gw_disk_addresses (root, 254, 20);
  g_assert_cmpuint (json_array_get_length (addresses), ==, 0);
}

/* --- This machine ------------------------------------------------------------------ */

static JsonObject *
find_named (JsonArray *list, const char *name)
{
  for (guint i = 0; i < json_array_get_length (list); i++)
    if (g_str_equal (json_object_get_string_member (json_array_get_object_element (list, i), "name"), name))
      return json_array_get_object_element (list, i);
  g_assert_not_reached ();
}

static void
test_interfaces (void)
{
  g_autoptr (JsonNode) value = NULL;
  JsonObject *loopback;
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guest-network-get-interfaces\"}");
  value = hear_value (&client);
  loopback = find_named (json_node_get_array (value), "lo");
  g_assert_cmpstr (json_object_get_string_member (loopback, "hardware-address"), ==, "00:00:00:00:00:00");
  g_assert_cmpuint (json_object_get_size (json_object_get_object_member (loopback, "statistics")), ==, 8);
  client_close (&client);
}

/* In a thread: the answer comes later, and to nobody where nobody waits. */
static void
test_file_systems (void)
{
  g_autoptr (JsonNode) value = NULL;
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guest-get-fsinfo\"}");
  client_close (&client);
  client_open (&client);
  say (&client, "{\"execute\":\"guest-get-fsinfo\"}");
  value = hear_value (&client);
  for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
    {
      JsonObject *info = json_array_get_object_element (json_node_get_array (value), i);

      g_assert_nonnull (json_object_get_array_member (info, "disk"));
      g_assert_cmpint (json_object_get_string_member (info, "mountpoint")[0], ==, '/');
    }
  client_close (&client);
}

int
main (int argc, char **argv)
{
  g_autofree char *command = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  root = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  add_disks ();
  g_test_add_func ("/inventory/users", test_users);
  g_test_add_func ("/inventory/vcpus", test_vcpus);
  ADD_ROWS ("/inventory/disk/", disks, test_disk);
  g_test_add_func ("/inventory/disk/in-a-circle", test_disks_in_a_circle);
  g_test_add_func ("/inventory/interfaces", test_interfaces);
  g_test_add_func ("/inventory/file-systems", test_file_systems);
  status = g_test_run ();
  command = g_strdup_printf ("rm -r '%s'", root);
  g_assert_cmpint (system (command), ==, 0);
  g_free (root);
  return status;
}
