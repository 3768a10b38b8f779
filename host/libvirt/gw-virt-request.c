/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the client's words and libvirt's: libvirt greets the agent itself,
 * knows no id, and has bounds of its own. No I/O. */

#include "gw-virt-request.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-virt-pieces.h"

gboolean
gw_virt_request_is_sync (const GwMessage *request)
{
  return g_str_equal (request->name, "guest-sync") || g_str_equal (request->name, "guest-sync-delimited");
}

gboolean
gw_virt_request_is_silent (const GwMessage *request)
{
  return gw_message_success_is_silent (request->name);
}

/* The agent's texts (scripts/qapi). */
static GError *
check_sync (JsonObject *arguments)
{
  JsonNode *id = arguments != NULL ? json_object_get_member (arguments, "id") : NULL;

  if (id == NULL)
    return g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "Parameter 'id' is missing");
  if (json_node_get_value_type (id) != G_TYPE_INT64)
    return g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "Invalid parameter type for 'id', expected: integer");
  return NULL;
}

/**
 * gw_virt_request_answer_sync:
 * @request: a sync
 *
 * Returns: (transfer full): what an agent would answer
 */
GBytes *
gw_virt_request_answer_sync (const GwMessage *request)
{
  JsonObject *arguments = request->body != NULL ? json_node_get_object (request->body) : NULL;
  g_autoptr (GError) error = check_sync (arguments);
  g_autoptr (GBytes) line = NULL;
  GByteArray *answer = g_byte_array_new ();

  if (error != NULL)
    line = gw_message_error (error, request->id);
  else
    line = gw_message_reply (json_object_get_member (arguments, "id"), request->id);
  if (error == NULL && g_str_equal (request->name, "guest-sync-delimited"))
    g_byte_array_append (answer, (const guint8 *) "\xFF", 1);
  g_byte_array_append (answer, g_bytes_get_data (line, NULL), g_bytes_get_size (line));
  return g_byte_array_free_to_bytes (answer);
}

/* A read that libvirt cannot pass on would be lost, or worse: see
 * GW_LIBVIRT_READ_MAX. A short read is always right. */
static void
shorten_read (JsonObject *arguments)
{
  JsonNode *count = json_object_get_member (arguments, "count");

  if (count != NULL && json_node_get_value_type (count) == G_TYPE_INT64
      && json_node_get_int (count) > (gint64) GW_LIBVIRT_READ_MAX)
    json_object_set_int_member (arguments, "count", GW_LIBVIRT_READ_MAX);
}

static char *
to_text (const char *command, JsonNode *arguments)
{
  g_autoptr (GBytes) line = gw_message_request (command, arguments, NULL);

  return g_strndup (g_bytes_get_data (line, NULL), g_bytes_get_size (line) - 1);
}

/**
 * gw_virt_request_to_texts:
 *
 * Returns: (transfer full): JSON objects without an id, of which all but the
 *   last are pieces of a write; or %NULL with %GW_ERROR_TOO_LARGE set, or what
 *   is wrong with the request
 */
GStrv
gw_virt_request_to_texts (const GwMessage *request, GError **error)
{
  JsonObject *arguments = request->body != NULL ? json_node_get_object (request->body) : NULL;
  g_autofree char *text = NULL;
  GStrv texts;

  if (request->text != NULL)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, request->text);
      return NULL;
    }
  if (arguments != NULL && g_str_equal (request->name, "guest-file-read"))
    shorten_read (arguments);
  text = to_text (request->name, request->body);
  if (strlen (text) <= GW_LIBVIRT_TEXT_MAX)
    {
      texts = g_new0 (char *, 2);
      texts[0] = g_steal_pointer (&text);
      return texts;
    }
  texts = g_str_equal (request->name, "guest-file-write") ? gw_virt_pieces_of_write (arguments) : NULL;
  if (texts == NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE,
                 "libvirt can be given requests of at most %u bytes, and this one has %" G_GSIZE_FORMAT
                 "; send less at once, or give the domain a channel org.guestwire.agent.0",
                 GW_LIBVIRT_TEXT_MAX, strlen (text));
  return texts;
}

/**
 * gw_virt_request_pass_reply:
 * @untrusted_reply: the agent's, as libvirt gave it
 *
 * Returns: (transfer full): the reply with the id of @request
 */
GBytes *
gw_virt_request_pass_reply (const GwMessage *request, const char *untrusted_reply)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (untrusted_reply, strlen (untrusted_reply));
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) reply = gw_message_parse (bytes, &error);

  if (reply != NULL && reply->kind == GW_MESSAGE_REPLY)
    return gw_message_reply (reply->body, request->id);
  if (reply != NULL)
    g_set_error_literal (&error, GW_ERROR, GW_ERROR_PROTOCOL, "libvirt gave no reply");
  g_prefix_error (&error, "%s has run, and its reply cannot be understood: ", request->name);
  return gw_message_error (error, request->id);
}
