/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages as JSON objects, in the form that QEMU's guest agent speaks
 * (qapi/qapi-schema.json, docs/interop/qmp-spec). Knows no command and no
 * voice. */

#include "gw-message.h"

#include <string.h>

#include "gw-json-write.h"
#include "gw-limits.h"

void
gw_message_free (GwMessage *message)
{
  g_free (message->name);
  g_free (message->text);
  g_clear_pointer (&message->body, json_node_unref);
  g_clear_pointer (&message->id, json_node_unref);
  g_free (message);
}

static JsonNode *
dup_member (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL ? json_node_ref (node) : NULL;
}

static const char *
string_member (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

/* At most GW_ERROR_TEXT_MAX bytes, cut between characters. */
static char *
bounded_text (const char *untrusted_text)
{
  gsize length = strlen (untrusted_text);
  const char *end = untrusted_text + GW_ERROR_TEXT_MAX;

  if (length <= GW_ERROR_TEXT_MAX)
    return g_strdup (untrusted_text);
  end = g_utf8_find_prev_char (untrusted_text, end + 1);
  return g_strndup (untrusted_text, end - untrusted_text);
}

/* What is wrong with a request, or NULL. The texts are qemu-ga's. */
static char *
request_fault (JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value))
    {
      if (g_str_equal (name, "execute"))
        {
          if (json_node_get_value_type (value) != G_TYPE_STRING)
            return g_strdup ("QMP input member 'execute' must be a string");
        }
      else if (g_str_equal (name, "arguments"))
        {
          if (!JSON_NODE_HOLDS_OBJECT (value))
            return g_strdup ("QMP input member 'arguments' must be an object");
        }
      else if (!g_str_equal (name, "id"))
        {
          g_autofree char *fault = g_strdup_printf ("QMP input member '%s' is unexpected", name);

          return bounded_text (fault);
        }
    }
  return NULL;
}

static gboolean
parse_error (GwMessage *message, JsonNode *untrusted_error, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (untrusted_error) ? json_node_get_object (untrusted_error) : NULL;
  const char *class = object != NULL ? string_member (object, "class") : NULL;
  const char *desc = object != NULL ? string_member (object, "desc") : NULL;

  if (class == NULL || desc == NULL)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "an error reply without class or desc");
      return FALSE;
    }
  message->name = g_strdup (class);
  message->text = bounded_text (desc);
  return TRUE;
}

static gboolean
parse_object (GwMessage *message, JsonObject *object, GError **error)
{
  message->id = dup_member (object, "id");
  if (json_object_has_member (object, "execute"))
    {
      message->kind = GW_MESSAGE_REQUEST;
      message->name = g_strdup (string_member (object, "execute"));
      message->body = dup_member (object, "arguments");
      message->text = request_fault (object);
      return TRUE;
    }
  if (json_object_has_member (object, "return"))
    {
      message->kind = GW_MESSAGE_REPLY;
      message->body = dup_member (object, "return");
      return TRUE;
    }
  if (json_object_has_member (object, "error"))
    {
      message->kind = GW_MESSAGE_ERROR;
      return parse_error (message, json_object_get_member (object, "error"), error);
    }
  if (string_member (object, "event") != NULL)
    {
      message->kind = GW_MESSAGE_EVENT;
      message->name = g_strdup (string_member (object, "event"));
      message->body = dup_member (object, "data");
      return TRUE;
    }
  if (json_object_has_member (object, "cancel"))
    {
      message->kind = GW_MESSAGE_CANCEL;
      g_clear_pointer (&message->id, json_node_unref);
      message->id = dup_member (object, "cancel");
      return TRUE;
    }
  g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "an object that is no message");
  return FALSE;
}

/**
 * gw_message_parse:
 * @object: the bytes of one JSON object
 *
 * A request that breaks the rules of a request is still one, since its sender
 * waits for an answer: then @text says what is wrong with it, and @name may
 * be %NULL.
 *
 * Returns: (transfer full): the message, or %NULL with
 *   %GW_ERROR_INVALID_JSON, %GW_ERROR_TOO_LARGE or %GW_ERROR_PROTOCOL set
 */
GwMessage *
gw_message_parse (GBytes *object, GError **error)
{
  g_autoptr (GwMessage) message = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize length;
  const char *text = g_bytes_get_data (object, &length);

  root = gw_json_parse (text, length, error);
  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "QMP input must be a JSON object");
      return NULL;
    }
  message = g_new0 (GwMessage, 1);
  if (!parse_object (message, json_node_get_object (root), error))
    return NULL;
  return g_steal_pointer (&message);
}

/* Takes @object; adds the id and the line's end. */
static GBytes *
to_line (JsonObject *object, JsonNode *id)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), object);
  GString *text = g_string_new (NULL);

  json_object_unref (object);
  if (id != NULL)
    json_object_set_member (object, "id", json_node_ref (id));
  gw_json_append (text, root);
  g_string_append_c (text, '\n');
  return g_string_free_to_bytes (text);
}

/**
 * gw_message_request:
 * @arguments: (nullable): an object
 * @id: (nullable): comes back in the reply
 *
 * Returns: (transfer full): one line
 */
GBytes *
gw_message_request (const char *command, JsonNode *arguments, JsonNode *id)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "execute", command);
  if (arguments != NULL)
    json_object_set_member (object, "arguments", json_node_ref (arguments));
  return to_line (object, id);
}

/**
 * gw_message_reply:
 * @value: (nullable): the return value; %NULL stands for an empty object
 * @id: (nullable): the request's
 *
 * Returns: (transfer full): one line
 */
GBytes *
gw_message_reply (JsonNode *value, JsonNode *id)
{
  JsonObject *object = json_object_new ();

  if (value != NULL)
    json_object_set_member (object, "return", json_node_ref (value));
  else
    json_object_set_object_member (object, "return", json_object_new ());
  return to_line (object, id);
}

/**
 * gw_message_error:
 * @error: what went wrong
 * @id: (nullable): the request's
 *
 * Returns: (transfer full): one line
 */
GBytes *
gw_message_error (const GError *error, JsonNode *id)
{
  JsonObject *object = json_object_new ();
  JsonObject *body = json_object_new ();
  g_autofree char *text = g_utf8_make_valid (error->message, -1);
  gboolean unknown = g_error_matches (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND)
                     || g_error_matches (error, GW_ERROR, GW_ERROR_DENIED);

  json_object_set_string_member (body, "class", unknown ? "CommandNotFound" : "GenericError");
  json_object_set_string_member (body, "desc", text);
  json_object_set_object_member (object, "error", body);
  return to_line (object, id);
}

GBytes *
gw_message_event (const char *name, JsonNode *data)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "event", name);
  if (data != NULL)
    json_object_set_member (object, "data", json_node_ref (data));
  return to_line (object, NULL);
}

/**
 * gw_message_to_error:
 * @message: a %GW_MESSAGE_ERROR
 *
 * Returns: (transfer full): the error that the other side reported
 */
GError *
gw_message_to_error (const GwMessage *message)
{
  GwError code = GW_ERROR_GUEST;

  /* Both come with one class. The text is all that tells them apart; it has
   * not changed since QEMU 1.2. */
  if (g_str_equal (message->name, "CommandNotFound"))
    code = strstr (message->text, "has been disabled") != NULL ? GW_ERROR_DENIED : GW_ERROR_COMMAND_NOT_FOUND;
  return g_error_new_literal (GW_ERROR, code, message->text);
}

/**
 * gw_message_success_is_silent:
 *
 * Those with "success-response": false (QEMU: qga/qapi-schema.json).
 *
 * Returns: whether an agent answers @command only when it fails
 */
gboolean
gw_message_success_is_silent (const char *command)
{
  static const char *const names[]
      = { "guest-shutdown", "guest-suspend-disk", "guest-suspend-hybrid", "guest-suspend-ram", NULL };

  return g_strv_contains (names, command);
}
