/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has become of a copy over a stream: what the thread found out, and what
 * the guest answered, told to the program. */

#include "gw-framed-result.h"

#include "gw-limits.h"
#include "gw-reply.h"
#include "gw-transfer-private.h"

static const char *
find_text (JsonNode *untrusted_value, const char *name)
{
  JsonNode *node = NULL;

  if (untrusted_value != NULL && JSON_NODE_HOLDS_OBJECT (untrusted_value))
    node = json_object_get_member (json_node_get_object (untrusted_value), name);
  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

/* What the guest could not do of a tree. */
static void
read_troubles (GwTransfer *transfer, JsonNode *untrusted_value)
{
  JsonNode *node = NULL;
  gint64 count;
  JsonArray *texts;

  if (untrusted_value == NULL || !gw_reply_find_int (untrusted_value, "failed", &count) || count < 0)
    return;
  node = json_object_get_member (json_node_get_object (untrusted_value), "errors");
  texts = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  for (guint i = 0; texts != NULL && i < MIN (json_array_get_length (texts), GW_TREE_TROUBLES_MAX); i++)
    {
      JsonNode *text = json_array_get_element (texts, i);

      if (json_node_get_value_type (text) == G_TYPE_STRING)
        gw_transfer_tell_failed (transfer, json_node_get_string (text));
    }
  gw_transfer_add_failed (transfer, (guint64) count);
}

/* What failed alone makes the whole fail, once all the rest is there. */
static void
tell_troubles (GwTransfer *transfer, GwFramedWork *work, JsonNode *untrusted_value, GError **failure)
{
  GwTreeTroubles *troubles = &work->troubles;

  for (guint i = 0; troubles->texts != NULL && i < troubles->texts->len; i++)
    gw_transfer_tell_failed (transfer, g_ptr_array_index (troubles->texts, i));
  gw_transfer_add_failed (transfer, troubles->count);
  read_troubles (transfer, untrusted_value);
  if (transfer->files_failed > 0 && *failure == NULL)
    *failure = g_error_new (GW_ERROR, GW_ERROR_FAILED, "%" G_GUINT64_FORMAT " of what is in it %s not copied; the rest was",
                                 transfer->files_failed, transfer->files_failed == 1 ? "was" : "were");
}

static void
tell_places (GwTransfer *transfer, GwFramedWork *work, JsonNode *untrusted_value, gboolean whole)
{
  const char *path = whole && work->push ? find_text (untrusted_value, "path") : NULL;
  const char *digest = work->push ? find_text (untrusted_value, "digest") : work->whole_digest;

  if (path != NULL)
    gw_transfer_take_guest_path (transfer, path);
  if (!work->push && work->placed != NULL)
    gw_transfer_take_host_path (transfer, work->placed);
  if (digest != NULL && whole)
    gw_transfer_take_digest (transfer, digest);
}

/* A guest that has another file, or none, must not make a copy look well. */
static void
check_whole (const GwFramedWork *work, JsonNode *untrusted_value, GError **failure)
{
  const char *digest = find_text (untrusted_value, "digest");
  gint64 size;

  if (digest != NULL && gw_reply_find_int (untrusted_value, "size", &size) && size >= 0
      && (guint64) size == work->whole_size && g_strcmp0 (digest, work->whole_digest) == 0)
    return;
  g_set_error (failure, GW_ERROR, GW_ERROR_PROTOCOL,
               "the agent says that the file is there, but not that it is the one that was sent (%" G_GUINT64_FORMAT
               " bytes, digest %s)",
               work->whole_size, work->whole_digest != NULL ? work->whole_digest : "not known");
}

/**
 * gw_framed_result_tell:
 * @untrusted_value: (nullable): the answer
 * @failure: why it failed, or that some of it did
 */
void
gw_framed_result_tell (GwTransfer *transfer, GwFramedWork *work, JsonNode *untrusted_value, GError **failure)
{
  if (*failure == NULL && work->push && (transfer->flags & GW_TRANSFER_RECURSIVE) == 0)
    check_whole (work, untrusted_value, failure);
  tell_places (transfer, work, untrusted_value, *failure == NULL);
  if ((transfer->flags & GW_TRANSFER_RECURSIVE) != 0)
    tell_troubles (transfer, work, untrusted_value, failure);
}
