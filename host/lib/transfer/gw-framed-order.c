/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a copy over a stream is to be, from what the program asked for. Moves
 * nothing. */

#include "gw-framed-order.h"

#include <errno.h>
#include <stdio.h>

#include "gw-file-error.h"
#include "gw-host-file.h"
#include "gw-transfer-private.h"

/* To set it in order to look at it would show in other threads. */
static guint
read_umask (void)
{
  g_autofree char *text = NULL;
  const char *line;
  guint mask;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 022;
  line = strstr (text, "\nUmask:");
  return line != NULL && sscanf (line, "\nUmask: %o", &mask) == 1 ? mask : 022;
}

/* Of what has none, as . and /, the contents are meant. */
static char *
name_of (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  if (g_str_equal (name, ".") || g_str_equal (name, "..") || g_str_equal (name, "/"))
    return NULL;
  return g_steal_pointer (&name);
}

static gboolean
check_file (GwTransfer *transfer, GwFramedWork *work, struct stat *status, GError **error)
{
  GwHostFile file = GW_HOST_FILE_INIT;
  gboolean fine = gw_host_file_open (&file, work->path, error);

  if (fine && fstat (file.fd, status) == 0)
    gw_transfer_take_total (transfer, file.size);
  gw_host_file_clear (&file);
  return fine;
}

static gboolean
check_tree (const char *path, GError **error)
{
  g_autofree char *name = name_of (path);
  struct stat status;

  if (stat (path, &status) != 0)
    return gw_file_fail (error, errno, "open", path);
  if (name == NULL || g_utf8_validate (name, -1, NULL))
    return TRUE;
  return gw_file_refuse (error, G_FILE_ERROR_INVAL, path, "has a name that is no UTF-8: give it another one first");
}

/**
 * gw_framed_order_check:
 *
 * What this host alone can tell.
 */
gboolean
gw_framed_order_check (GwTransfer *transfer, GwFramedWork *work, struct stat *status, GError **error)
{
  gboolean sha256 = (transfer->flags & GW_TRANSFER_SHA256) != 0;

  work->push = transfer->direction == GW_TRANSFER_PUSH;
  work->flags = transfer->flags | (transfer->going_on ? GW_TRANSFER_RESUME : 0);
  work->fd = transfer->host_fd;
  work->path = g_strdup (transfer->host_path);
  work->name = work->push ? NULL : name_of (transfer->guest_path);
  work->owner = work->push ? NULL : g_strdup (transfer->owner);
  work->umask = read_umask ();
  work->kind = sha256 ? GW_DIGEST_SHA256 : GW_DIGEST_XXH64;
  work->theirs = (GwFileTraits) GW_FILE_TRAITS_NONE;
  if (work->fd >= 0 && (work->flags & (GW_TRANSFER_RESUME | GW_TRANSFER_RECURSIVE)) != 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_UNSUPPORTED, "a stream can be no folder, and not be gone on with");
      return FALSE;
    }
  if ((work->flags & GW_TRANSFER_RESUME) != 0 && (work->flags & GW_TRANSFER_RECURSIVE) != 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_UNSUPPORTED, "only single files can be gone on with");
      return FALSE;
    }
  if (!work->push || work->fd >= 0)
    return TRUE;
  return (work->flags & GW_TRANSFER_RECURSIVE) != 0 ? check_tree (work->path, error)
                                                    : check_file (transfer, work, status, error);
}

/* --- For the guest -------------------------------------------------------- */

static void
add_push (JsonObject *arguments, GwTransfer *transfer, const GwFramedWork *work, const struct stat *status)
{
  gboolean keep_owner = (work->flags & GW_TRANSFER_KEEP_OWNER) != 0;
  g_autofree char *name = work->fd < 0 ? name_of (work->path) : NULL;
  g_autofree char *numbers = NULL;

  if (name != NULL && g_utf8_validate (name, -1, NULL))
    json_object_set_string_member (arguments, "name", name);
  if (transfer->owner != NULL)
    json_object_set_string_member (arguments, "owner", transfer->owner);
  if ((work->flags & GW_TRANSFER_RECURSIVE) != 0)
    {
      json_object_set_boolean_member (arguments, "keep-owner", keep_owner);
      return;
    }
  if (work->fd >= 0)
    return;
  if (keep_owner)
    {
      numbers = g_strdup_printf ("+%u:+%u", status->st_uid, status->st_gid);
      json_object_set_string_member (arguments, "owner", numbers);
    }
  json_object_set_int_member (arguments, "mode", status->st_mode & (keep_owner ? 07777 : 0777));
  json_object_set_int_member (arguments, "mtime", gw_file_mtime_ns (status));
  json_object_set_boolean_member (arguments, "keep", TRUE);
  if ((work->flags & GW_TRANSFER_RESUME) != 0)
    json_object_set_boolean_member (arguments, "resume", TRUE);
}

/**
 * gw_framed_order_build:
 *
 * Returns: (transfer full): the arguments of the command
 */
JsonNode *
gw_framed_order_build (GwTransfer *transfer, const GwFramedWork *work, const struct stat *status)
{
  JsonObject *arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (arguments, "path", transfer->guest_path);
  if (work->kind != GW_DIGEST_XXH64)
    json_object_set_string_member (arguments, "digest", gw_digest_kind_name (work->kind));
  if (work->push)
    add_push (arguments, transfer, work, status);
  else if (work->offset > 0)
    {
      json_object_set_int_member (arguments, "have", (gint64) work->offset);
      json_object_set_string_member (arguments, "have-digest", work->digest);
    }
  json_node_take_object (node, arguments);
  return node;
}
