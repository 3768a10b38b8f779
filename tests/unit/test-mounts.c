/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of mountinfo, usual and odd. */

#include <string.h>
#include <unistd.h>

#include "gw-mounts.h"
#include "rows.h"

typedef struct
{
  const char *name;
  const char *line;
  const char *expected; /* major:minor path type source; NULL: not understood */
} Row;

static const Row rows[] = {
  { "plain", "22 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw", "254:0 / ext4 /dev/vda" },
  { "no-optional-field", "22 1 8:1 / /a rw - xfs /dev/sda1 rw", "8:1 /a xfs /dev/sda1" },
  { "many-optional-fields", "22 1 8:1 / /a rw shared:1 master:2 propagate_from:3 x - xfs /dev/sda1 rw", "8:1 /a xfs /dev/sda1" },
  { "bind-mount", "22 1 8:1 /sub/folder /a rw - xfs /dev/sda1 rw", "8:1 /a xfs /dev/sda1" },
  { "space", "22 1 8:1 / /a\\040b rw - ext4 /dev/x\\040y rw", "8:1 /a b ext4 /dev/x y" },
  { "tab-newline-backslash-hash", "22 1 8:1 / /\\011\\012\\134\\043 rw - ext4 s rw", "8:1 /\t\n\\# ext4 s" },
  { "escaped-dash-is-no-separator", "22 1 8:1 / /\\055 rw - ext4 s rw", "8:1 /- ext4 s" },
  { "path-that-is-a-dash", "22 1 8:1 / /- rw - ext4 s rw", "8:1 /- ext4 s" },
  { "escapes-next-to-each-other", "22 1 8:1 / /\\040\\040\\040 rw - ext4 s rw", "8:1 /    ext4 s" },
  { "no-octal-digits", "22 1 8:1 / /\\089\\04 rw - ext4 s rw", "8:1 /\\089\\04 ext4 s" },
  { "backslash-at-the-end", "22 1 8:1 / /a\\ rw - ext4 s rw", "8:1 /a\\ ext4 s" },
  { "above-a-byte", "22 1 8:1 / /\\777 rw - ext4 s rw", "8:1 /\\777 ext4 s" },
  { "no-utf8", "22 1 8:1 / /\xff\xfe rw - ext4 s rw", "8:1 /\xff\xfe ext4 s" },
  { "no-source", "22 1 0:20 / /a rw -  tmpfs  rw", NULL },
  { "empty-source", "22 1 0:20 / /a rw - tmpfs  rw", "0:20 /a tmpfs " },
  { "subtype", "22 1 0:20 / /a rw - fuse.sshfs me@there:/x rw", "0:20 /a fuse.sshfs me@there:/x" },
  { "large-numbers", "22 1 4095:1048575 / /a rw - ext4 s rw", "4095:1048575 /a ext4 s" },
  { "fields-that-are-not-known-yet", "22 1 8:1 / /a rw - ext4 s rw more of it", "8:1 /a ext4 s" },
  { "deleted", "22 1 8:1 / /a//deleted rw - ext4 s rw", "8:1 /a//deleted ext4 s" },
  { "empty", "", NULL },
  { "cut-before-the-separator", "22 1 8:1 / /a rw shared:1", NULL },
  { "cut-behind-the-separator", "22 1 8:1 / /a rw -", NULL },
  { "cut-behind-the-type", "22 1 8:1 / /a rw - ext4", NULL },
  { "no-device", "22 1 8 / /a rw - ext4 s rw", NULL },
  { "device-with-more", "22 1 8:1x / /a rw - ext4 s rw", NULL },
  { "device-no-number", "22 1 a:b / /a rw - ext4 s rw", NULL },
  { "no-absolute-path", "22 1 8:1 / a rw - ext4 s rw", NULL },
};

static char *
describe (const GwMount *mount)
{
  return mount == NULL ? NULL
                       : g_strdup_printf ("%u:%u %s %s %s", mount->major, mount->minor, mount->path, mount->type, mount->source);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (GwMount) mount = gw_mount_parse (row->line);
  g_autofree char *got = describe (mount);

  g_assert_cmpstr (got, ==, row->expected);
}

/* One layer of an overlay is enough to make a line of many KiB. */
static void
test_very_long (void)
{
  g_autofree char *path = g_strnfill (1000000, 'x');
  g_autofree char *line = g_strdup_printf ("22 1 8:1 / /%s rw - ext4 s rw,lowerdir=%s", path, path);
  g_autoptr (GwMount) mount = gw_mount_parse (line);

  g_assert_nonnull (mount);
  g_assert_cmpuint (strlen (mount->path), ==, 1000001);
}

static void
test_only_devices (void)
{
  static const char text[] = "20 1 254:0 / / rw - ext4 /dev/vda rw\n"
                             "nonsense\n"
                             "21 20 0:19 / /proc rw - proc proc rw\n"
                             "22 20 0:30 / /b rw - btrfs /dev/null rw\n"
                             "23 20 0:31 / /c rw - btrfs /nonexistent rw\n"
                             "24 20 0:32 / /d rw - overlay overlay rw\n"
                             "25 20 7:0 / /data rw - ext4 /dev/loop0 rw\n"
                             "26 20 254:0 /home /home rw - ext4 /dev/vda rw";
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) mounts = NULL;
  g_autoptr (GString) got = g_string_new (NULL);

  close (g_file_open_tmp ("guestwire-XXXXXX", &path, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  mounts = gw_mounts_load (path, NULL);
  for (guint i = 0; i < mounts->len; i++)
    g_string_append_printf (got, "%s ", ((GwMount *) mounts->pdata[i])->path);
  g_assert_cmpstr (got->str, ==, "/ /data /home ");
  g_assert_cmpuint (gw_mount_get_device (mounts->pdata[0]), ==, gw_mount_get_device (mounts->pdata[2]));
  unlink (path);
}

static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_mounts_load ("/nonexistent", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/mounts/line/", rows, test_row);
  g_test_add_func ("/mounts/line/very-long", test_very_long);
  g_test_add_func ("/mounts/only-those-on-devices", test_only_devices);
  g_test_add_func ("/mounts/no-file", test_no_file);
  return g_test_run ();
}
