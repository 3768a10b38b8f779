/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts a large guest-file-write into small ones, and makes one reply of
 * theirs. No I/O. */

#include "gw-virt-pieces.h"

#include <string.h>

#include "gw-limits.h"

/* What g_base64_decode() would skip may be an error to the agent. */
static gboolean
is_base64 (const char *text, gsize length)
{
  gsize good = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

  return length % 4 == 0 && length - good <= 2 && strspn (text + good, "=") == length - good;
}

static char *
piece (JsonNode *handle, const char *base64, gsize length)
{
  g_autofree char *data = g_strndup (base64, length);
  g_autoptr (JsonObject) arguments = json_object_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GBytes) line = NULL;

  json_object_set_member (arguments, "handle", json_node_ref (handle));
  json_object_set_string_member (arguments, "buf-b64", data);
  node = json_node_init_object (json_node_alloc (), arguments);
  line = gw_message_request ("guest-file-write", node, NULL);
  return g_strndup (g_bytes_get_data (line, NULL), g_bytes_get_size (line) - 1);
}

/**
 * gw_virt_pieces_of_write:
 * @untrusted_arguments: of a guest-file-write
 *
 * Returns: (transfer full) (nullable): requests that write the same; %NULL if
 *   it has more arguments than a handle and its data, or other ones
 */
GStrv
gw_virt_pieces_of_write (JsonObject *untrusted_arguments)
{
  const gsize size = GW_LIBVIRT_PIECE_MAX / 3 * 4;
  JsonNode *handle = json_object_get_member (untrusted_arguments, "handle");
  JsonNode *data = json_object_get_member (untrusted_arguments, "buf-b64");
  const char *base64;
  gsize length;
  GPtrArray *requests;

  if (handle == NULL || data == NULL || json_object_get_size (untrusted_arguments) != 2
      || json_node_get_value_type (handle) != G_TYPE_INT64 || json_node_get_value_type (data) != G_TYPE_STRING)
    return NULL;
  base64 = json_node_get_string (data);
  length = strlen (base64);
  if (!is_base64 (base64, length))
    return NULL;
  requests = g_ptr_array_new ();
  for (gsize at = 0; at < length; at += size)
    g_ptr_array_add (requests, piece (handle, base64 + at, MIN (size, length - at)));
  g_ptr_array_add (requests, NULL);
  return (GStrv) g_ptr_array_free (requests, FALSE);
}

/* Bytes that a piece was to write. */
static gint64
size_of (const char *request)
{
  const char *mark = "\"buf-b64\":\"";
  const char *data = strstr (request, mark) + strlen (mark);
  gsize length = strcspn (data, "=\"");

  return (gint64) (length * 3 / 4);
}

/**
 * gw_virt_pieces_add:
 * @request: one of gw_virt_pieces_of_write()
 * @untrusted_reply: the agent's reply to it
 *
 * Returns: %FALSE if it is not the reply to a write
 */
gboolean
gw_virt_pieces_add (GwVirtPieces *pieces, const char *request, const char *untrusted_reply)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (untrusted_reply, strlen (untrusted_reply));
  g_autoptr (GwMessage) reply = gw_message_parse (bytes, NULL);
  JsonNode *count = NULL;

  if (reply != NULL && reply->kind == GW_MESSAGE_REPLY && JSON_NODE_HOLDS_OBJECT (reply->body))
    count = json_object_get_member (json_node_get_object (reply->body), "count");
  if (count == NULL || json_node_get_value_type (count) != G_TYPE_INT64)
    return FALSE;
  pieces->written += CLAMP (json_node_get_int (count), 0, size_of (request));
  pieces->is_short = json_node_get_int (count) < size_of (request);
  return TRUE;
}

char *
gw_virt_pieces_to_reply (const GwVirtPieces *pieces)
{
  return g_strdup_printf ("{\"return\":{\"count\":%" G_GINT64_FORMAT ",\"eof\":false}}", pieces->written);
}
