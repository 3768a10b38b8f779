/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-get-fsinfo and guest-fstrim: of each file system on a block device, in
 * a thread. The last mounted is the first told, as in qemu-ga. */

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gw-call-work.h"
#include "gw-disk-address.h"
#include "gw-freeze-work.h"
#include "gw-limits.h"

#define MOUNTINFO "/proc/self/mountinfo"

static void
set_text (JsonObject *object, const char *name, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  json_object_set_string_member (object, name, valid);
}

/* Calls @add for each. */
static JsonArray *
list_mounts (void (*add) (JsonArray *list, const GwMount *mount, gpointer data), gpointer data, GError **error)
{
  g_autoptr (GPtrArray) mounts = gw_mounts_load (MOUNTINFO, error);
  JsonArray *list;

  if (mounts == NULL)
    return NULL;
  list = json_array_new ();
  for (guint i = mounts->len; i > 0 && json_array_get_length (list) < GW_FILE_SYSTEMS_MAX; i--)
    add (list, mounts->pdata[i - 1], data);
  return list;
}

/* --- guest-get-fsinfo ----------------------------------------------------------- */

/* As df(1) has it: what is kept for root is part of neither. */
static void
add_sizes (JsonObject *info, const char *path)
{
  struct statvfs status;
  guint64 used;

  if (statvfs (path, &status) != 0)
    return;
  used = status.f_blocks - status.f_bfree;
  json_object_set_int_member (info, "used-bytes", used * status.f_frsize);
  json_object_set_int_member (info, "total-bytes", (used + status.f_bavail) * status.f_frsize);
}

static void
add_info (JsonArray *list, const GwMount *mount, gpointer data)
{
  JsonObject *info = json_object_new ();
  g_autofree char *name = gw_disk_name ("/sys", mount->major, mount->minor);

  set_text (info, "name", name);
  set_text (info, "mountpoint", mount->path);
  set_text (info, "type", mount->type);
  add_sizes (info, mount->path);
  json_object_set_array_member (info, "disk", gw_disk_addresses ("/sys", mount->major, mount->minor));
  json_array_add_object_element (list, info);
}

static JsonNode *
get_info (gpointer data, GError **error)
{
  g_autoptr (JsonArray) list = list_mounts (add_info, NULL, error);

  return list != NULL ? json_node_init_array (json_node_alloc (), list) : NULL;
}

static void
run_get_fsinfo (GwCall *call, JsonObject *arguments)
{
  gw_call_work (call, get_info, NULL, NULL);
}

/* --- guest-fstrim ------------------------------------------------------------------ */

static void
set_failure (JsonObject *result, const char *what)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", what, g_strerror (errno));

  json_object_set_string_member (result, "error", text);
}

static void
trim (JsonObject *result, int fd, guint64 minimum)
{
  struct fstrim_range range = { .start = 0, .len = G_MAXUINT64, .minlen = minimum };

  if (ioctl (fd, FITRIM, &range) == 0)
    {
      json_object_set_int_member (result, "minimum", range.minlen);
      json_object_set_int_member (result, "trimmed", range.len);
    }
  else if (errno == ENOTTY || errno == EOPNOTSUPP)
    json_object_set_string_member (result, "error", "trim not supported");
  else
    set_failure (result, "failed to trim");
}

static void
add_trimmed (JsonArray *list, const GwMount *mount, gpointer data)
{
  const gint64 *minimum = data;
  JsonObject *result = json_object_new ();
  int fd = gw_mount_open (mount);

  set_text (result, "path", mount->path);
  if (fd < 0)
    set_failure (result, "failed to open");
  else
    {
      trim (result, fd, *minimum);
      close (fd);
    }
  json_array_add_object_element (list, result);
}

static JsonNode *
trim_all (gpointer data, GError **error)
{
  JsonArray *list = list_mounts (add_trimmed, data, error);
  JsonNode *node;
  JsonObject *result;

  if (list == NULL)
    return NULL;
  result = json_object_new ();
  json_object_set_array_member (result, "paths", list);
  node = json_node_init_object (json_node_alloc (), result);
  json_object_unref (result);
  return node;
}

static void
run_fstrim (GwCall *call, JsonObject *arguments)
{
  gint64 minimum = json_object_get_int_member_with_default (arguments, "minimum", 0);

  gw_call_work (call, trim_all, g_memdup2 (&minimum, sizeof minimum), g_free);
}

const GwCommand gw_commands_fs[] = {
  { "guest-get-fsinfo", "Return the file systems that are on disks, and where these are", "2.2", GW_COMMAND_PLAIN,
    run_get_fsinfo, { { NULL } } },
  { "guest-fstrim", "Tell disks which blocks no file system uses", "1.2", GW_COMMAND_PLAIN, run_fstrim,
    { { "minimum", GW_ARGUMENT_INT, TRUE } } },
  { NULL },
};
