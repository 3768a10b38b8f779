/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host wants done with files. Knows no call and no stream. */

#include "gw-file-order.h"

#include <string.h>

#include "gw-command.h"

static gboolean
take_number (JsonObject *arguments, const char *name, gint64 most, gint64 *number, GError **error)
{
  if (!json_object_has_member (arguments, name))
    return TRUE;
  *number = json_object_get_int_member (arguments, name);
  if (*number >= 0 && *number <= most)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter '%s' has to be a number from 0 to %" G_GINT64_FORMAT, name,
               most);
  return FALSE;
}

static gboolean
take_kind (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  const char *kind = gw_argument_string (arguments, "digest");

  if (kind == NULL || gw_digest_kind_from_name (kind, &order->kind))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'digest' has to be xxh64 or sha256");
  return FALSE;
}

static gboolean
take_name (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  const char *name = gw_argument_string (arguments, "name");

  if (name != NULL && (name[0] == '\0' || strchr (name, '/') != NULL || g_str_equal (name, ".") || g_str_equal (name, "..")))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'name' has to be a file's name in a folder");
      return FALSE;
    }
  order->name = g_strdup (name);
  return TRUE;
}

static gboolean
take_traits (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  GwFileTraits *traits = &order->traits;

  traits->timed = json_object_has_member (arguments, "mtime");
  traits->mtime_ns = json_object_get_int_member_with_default (arguments, "mtime", 0);
  order->owner = g_strdup (gw_argument_string (arguments, "owner"));
  order->keep_owner = json_object_get_boolean_member_with_default (arguments, "keep-owner", FALSE);
  return take_number (arguments, "mode", 07777, &traits->mode, error)
         && (order->owner == NULL || gw_file_owner_check (order->owner, error));
}

static gboolean
take_resume (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  gint64 offset = -1;

  order->resume = json_object_get_boolean_member_with_default (arguments, "resume", FALSE);
  order->keep = order->resume || json_object_get_boolean_member_with_default (arguments, "keep", FALSE);
  order->resume_digest = g_strdup (gw_argument_string (arguments, "have-digest"));
  if (!take_number (arguments, "have", G_MAXINT64, &offset, error))
    return FALSE;
  order->resume_offset = offset;
  if ((offset >= 0) == (order->resume_digest != NULL))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameters 'have' and 'have-digest' go together");
  return FALSE;
}

/**
 * gw_file_order_read:
 * @order: zeroed; to be cleared whatever comes
 */
gboolean
gw_file_order_read (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  order->path = g_strdup (gw_argument_string (arguments, "path"));
  order->traits = (GwFileTraits) GW_FILE_TRAITS_NONE;
  return take_kind (order, arguments, error) && take_name (order, arguments, error)
         && take_traits (order, arguments, error) && take_resume (order, arguments, error);
}

void
gw_file_order_clear (GwFileOrder *order)
{
  g_free (order->path);
  g_free (order->name);
  g_free (order->resume_digest);
  g_free (order->digest);
  g_free (order->placed);
  g_free (order->owner);
  gw_tree_troubles_clear (&order->troubles);
}
