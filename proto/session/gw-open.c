/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two lines of text that open a session. Knows no state. */

#include "gw-open.h"

#include <string.h>

#include "gw-le.h"
#include "gw-limits.h"

void
gw_open_clear (GwOpen *open)
{
  g_clear_pointer (&open->channel, g_free);
  g_clear_pointer (&open->features, g_strfreev);
  g_clear_pointer (&open->boot_id, g_free);
}

/* --- Writing ------------------------------------------------------------- */

static void
set_hex (JsonObject *object, const char *name, const guint8 *bytes, gsize length)
{
  GString *hex = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  json_object_set_string_member (object, name, hex->str);
  g_string_free (hex, TRUE);
}

/* What the next frame is, and what was before it. */
static void
set_history (JsonObject *object, const GwOpen *open)
{
  guint8 digest[sizeof open->digest];

  gw_le_put_u64 (digest, open->digest);
  json_object_set_int_member (object, "received", open->received);
  set_hex (object, "digest", digest, sizeof digest);
}

static void
set_features (JsonObject *object, char **features)
{
  JsonArray *array = json_array_new ();
  gsize length = 0;

  json_array_add_string_element (array, GW_OPEN_VERSION);
  for (guint i = 0; features != NULL && features[i] != NULL; i++)
    {
      length += strlen (features[i]) + strlen ("\"\",");
      if (length <= GW_OPEN_FEATURES_MAX)
        json_array_add_string_element (array, features[i]);
    }
  json_object_set_array_member (object, "features", array);
}

/* A name that would make the line longer than it may be is not said. */
static gboolean
is_plain (const char *name)
{
  if (name == NULL || strlen (name) > GW_OPEN_CHANNEL_MAX)
    return FALSE;
  for (; *name != '\0'; name++)
    if (!g_ascii_isgraph (*name) || *name == '"' || *name == '\\')
      return FALSE;
  return TRUE;
}

static JsonObject *
common_members (const GwOpen *open)
{
  JsonObject *object = json_object_new ();

  set_hex (object, "nonce", open->nonce, GW_NONCE_SIZE);
  if (is_plain (open->channel))
    json_object_set_string_member (object, "channel", open->channel);
  json_object_set_boolean_member (object, "lossy", open->lossy);
  json_object_set_int_member (object, "frame", open->frame_max);
  json_object_set_int_member (object, "window", open->window);
  set_features (object, open->features);
  return object;
}

static JsonNode *
take_object (JsonObject *object)
{
  JsonNode *node = json_node_init_object (json_node_alloc (), object);

  json_object_unref (object);
  return node;
}

/**
 * gw_open_request:
 * @id: comes back in the reply
 *
 * Returns: (transfer full): one line of at most GW_OPEN_LINE_MAX bytes
 */
GBytes *
gw_open_request (const GwOpen *open, gint64 id)
{
  JsonObject *object = common_members (open);
  g_autoptr (JsonNode) arguments = NULL;
  g_autoptr (JsonNode) node = json_node_init_int (json_node_alloc (), id);

  json_object_set_int_member (object, "keepalive", open->keepalive_s);
  if (open->resume)
    {
      JsonObject *resume = json_object_new ();

      set_hex (resume, "session", open->session, GW_NONCE_SIZE);
      set_history (resume, open);
      json_object_set_object_member (object, "resume", resume);
    }
  arguments = take_object (object);
  return gw_message_request (GW_OPEN_COMMAND, arguments, node);
}

/**
 * gw_open_reply:
 * @id: (nullable): the request's
 *
 * Returns: (transfer full): one line of at most GW_OPEN_LINE_MAX bytes
 */
GBytes *
gw_open_reply (const GwOpen *open, JsonNode *id)
{
  JsonObject *object = common_members (open);
  g_autoptr (JsonNode) value = NULL;

  set_hex (object, "session", open->session, GW_NONCE_SIZE);
  set_hex (object, "instance", open->instance, GW_NONCE_SIZE);
  if (open->boot_id != NULL)
    json_object_set_string_member (object, "boot-id", open->boot_id);
  json_object_set_boolean_member (object, "resumed", open->resume);
  if (open->resume)
    set_history (object, open);
  value = take_object (object);
  return gw_message_reply (value, id);
}

/* --- Reading ------------------------------------------------------------- */

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "%s: %s", GW_OPEN_COMMAND, why);
  return FALSE;
}

static JsonNode *
member (JsonObject *object, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == type ? node : NULL;
}

static gboolean
get_hex (JsonObject *object, const char *name, guint8 *bytes, gsize length, GError **error)
{
  JsonNode *node = member (object, name, G_TYPE_STRING);
  const char *hex = node != NULL ? json_node_get_string (node) : "";

  if (strlen (hex) != 2 * length || strspn (hex, "0123456789abcdef") != 2 * length)
    return refuse (error, "'%s' must be %" G_GSIZE_FORMAT " hexadecimal digits", name, 2 * length);
  for (gsize i = 0; i < length; i++)
    bytes[i] = g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]);
  return TRUE;
}

static gboolean
get_number (JsonObject *object, const char *name, gint64 least, gint64 most, guint32 *number, GError **error)
{
  JsonNode *node = member (object, name, G_TYPE_INT64);
  gint64 value = node != NULL ? json_node_get_int (node) : -1;

  if (node == NULL || value < least || value > most)
    return refuse (error, "'%s' must be a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, name, least, most);
  *number = value;
  return TRUE;
}

static char *
dup_plain (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, G_TYPE_STRING);

  return node != NULL && is_plain (json_node_get_string (node)) ? json_node_dup_string (node) : NULL;
}

static gboolean
get_features (JsonObject *object, GwOpen *open, GError **error)
{
  JsonNode *node = json_object_get_member (object, "features");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  g_autoptr (GPtrArray) features = g_ptr_array_new_with_free_func (g_free);
  gboolean common = FALSE;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *feature = json_array_get_element (array, i);
      const char *name
          = json_node_get_value_type (feature) == G_TYPE_STRING ? json_node_get_string (feature) : NULL;

      common = common || g_strcmp0 (name, GW_OPEN_VERSION) == 0;
      if (is_plain (name))
        g_ptr_array_add (features, g_strdup (name));
    }
  if (!common)
    return refuse (error, "'features' must have \"%s\": there is no other version here", GW_OPEN_VERSION);
  g_ptr_array_add (features, NULL);
  open->features = (char **) g_ptr_array_free (g_steal_pointer (&features), FALSE);
  return TRUE;
}

static gboolean
get_history (JsonObject *object, GwOpen *open, GError **error)
{
  guint8 digest[sizeof open->digest];

  if (!get_number (object, "received", 0, G_MAXUINT32, &open->received, error)
      || !get_hex (object, "digest", digest, sizeof digest, error))
    return FALSE;
  open->digest = gw_le_get_u64 (digest);
  return TRUE;
}

static gboolean
parse_common (JsonObject *object, GwOpen *open, GError **error)
{
  JsonNode *lossy = member (object, "lossy", G_TYPE_BOOLEAN);

  if (!get_hex (object, "nonce", open->nonce, GW_NONCE_SIZE, error)
      || !get_number (object, "frame", GW_FRAME_MAX_LEAST, GW_FRAME_MAX, &open->frame_max, error)
      || !get_number (object, "window", open->frame_max, G_MAXUINT32, &open->window, error)
      || !get_features (object, open, error))
    return FALSE;
  open->lossy = lossy != NULL && json_node_get_boolean (lossy);
  open->channel = dup_plain (object, "channel");
  return TRUE;
}

static gboolean
parse_resume (JsonObject *object, GwOpen *open, GError **error)
{
  JsonNode *node = json_object_get_member (object, "resume");

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, "'resume' must be an object");
  open->resume = TRUE;
  return get_hex (json_node_get_object (node), "session", open->session, GW_NONCE_SIZE, error)
         && get_history (json_node_get_object (node), open, error);
}

/**
 * gw_open_parse_request:
 * @untrusted_arguments: (nullable): of the request
 * @open: (out caller-allocates): to be cleared with gw_open_clear()
 *
 * Returns: %FALSE with @error set for the other side to read
 */
gboolean
gw_open_parse_request (JsonNode *untrusted_arguments, GwOpen *open, GError **error)
{
  g_auto (GwOpen) parsed = { 0 };
  JsonObject *object;

  *open = (GwOpen){ 0 };
  if (untrusted_arguments == NULL || !JSON_NODE_HOLDS_OBJECT (untrusted_arguments))
    return refuse (error, "it needs arguments");
  object = json_node_get_object (untrusted_arguments);
  if (!parse_common (object, &parsed, error)
      || !get_number (object, "keepalive", 0, GW_SESSION_KEEPALIVE_MAX_S, &parsed.keepalive_s, error)
      || !parse_resume (object, &parsed, error))
    return FALSE;
  *open = parsed;
  parsed = (GwOpen){ 0 };
  return TRUE;
}

/**
 * gw_open_parse_reply:
 * @untrusted_value: what the agent returned
 * @open: (out caller-allocates): to be cleared with gw_open_clear()
 */
gboolean
gw_open_parse_reply (JsonNode *untrusted_value, GwOpen *open, GError **error)
{
  g_auto (GwOpen) parsed = { 0 };
  JsonObject *object;
  JsonNode *resumed;

  *open = (GwOpen){ 0 };
  if (!JSON_NODE_HOLDS_OBJECT (untrusted_value))
    return refuse (error, "it returned no object");
  object = json_node_get_object (untrusted_value);
  if (!parse_common (object, &parsed, error) || !get_hex (object, "session", parsed.session, GW_NONCE_SIZE, error)
      || !get_hex (object, "instance", parsed.instance, GW_NONCE_SIZE, error))
    return FALSE;
  parsed.boot_id = dup_plain (object, "boot-id");
  resumed = member (object, "resumed", G_TYPE_BOOLEAN);
  parsed.resume = resumed != NULL && json_node_get_boolean (resumed);
  if (parsed.resume && !get_history (object, &parsed, error))
    return FALSE;
  *open = parsed;
  parsed = (GwOpen){ 0 };
  return TRUE;
}
