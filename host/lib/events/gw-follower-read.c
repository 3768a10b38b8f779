/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes on the stream of a follower: for what it is, and lines. All of it
 * is a guest's. Knows nothing of how the stream came about. */

#include <string.h>

#include "gw-client-private.h"
#include "gw-follower-private.h"
#include "gw-limits.h"
#include "gw-reply.h"

/* --- Lines -------------------------------------------------------------- */

void
gw_follower_leave_pipe (GwFollower *self)
{
  if (self->pipe == NULL)
    return;
  gw_pipe_listen (self->pipe, NULL, NULL);
  gw_pipe_reset (self->pipe, "nobody follows any more");
  g_clear_pointer (&self->pipe, gw_pipe_unref);
  g_clear_pointer (&self->untrusted_purpose, json_node_unref);
  g_string_truncate (self->text, 0);
}

static const char *
find_text (JsonNode *untrusted_value, const char *name)
{
  JsonNode *node = json_object_get_member (json_node_get_object (untrusted_value), name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static gboolean
take_event (GwFollower *self, JsonNode *untrusted_line)
{
  const char *name = find_text (untrusted_line, "event");
  JsonNode *data = json_object_get_member (json_node_get_object (untrusted_line), "data");
  gint64 number, time_us;

  if (name == NULL || data == NULL || !JSON_NODE_HOLDS_OBJECT (data)
      || !gw_reply_find_int (untrusted_line, "number", &number) || !gw_reply_find_int (untrusted_line, "time", &time_us)
      || number < 0 || (guint64) number <= self->number)
    return FALSE;
  self->number = number;
  gw_follower_emit_event (self, time_us, name, data);
  return TRUE;
}

static gboolean
take_line (GwFollower *self, const char *untrusted_text, gsize length)
{
  g_autoptr (JsonNode) line = gw_json_parse (untrusted_text, length, NULL);
  gint64 lost;

  if (line == NULL || !JSON_NODE_HOLDS_OBJECT (line))
    return FALSE;
  if (!gw_reply_find_int (line, "lost", &lost))
    return take_event (self, line);
  /* They are done with, too. */
  self->number = MIN (self->number + MAX (lost, 0), G_MAXINT64);
  gw_follower_emit_gap (self, MAX (lost, 0));
  return TRUE;
}

/* What comes cannot be read. Takes @error, which counts: the call's own comes
 * after it. */
static void
give_up (GwFollower *self, GError *error)
{
  g_clear_error (&self->failure);
  self->failure = error;
  gw_follower_leave_pipe (self);
  if (self->call != 0)
    gw_client_cancel_call (self->client, self->call);
}

/* What has come of lines. A handler may stop it between two. */
static void
take_lines (GwFollower *self)
{
  const char *end;

  while (self->running && (end = memchr (self->text->str, '\n', self->text->len)) != NULL)
    {
      gsize length = end - self->text->str;
      g_autofree char *line = g_strndup (self->text->str, length);

      g_string_erase (self->text, 0, length + 1);
      if (!take_line (self, line, strlen (line)))
        {
          give_up (self, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL,
                                              "the agent tells events that cannot be read"));
          return;
        }
    }
  if (self->text->len > GW_FOLLOWER_LINE_MAX)
    give_up (self, g_error_new_literal (GW_ERROR, GW_ERROR_TOO_LARGE, "the agent tells an event without end"));
}

/* --- The stream --------------------------------------------------------- */

static void
take_purpose (GwFollower *self)
{
  g_autoptr (JsonNode) purpose = g_steal_pointer (&self->untrusted_purpose);
  const char *instance = find_text (purpose, "instance");
  gint64 next = 1, lost = 0;
  gboolean same = g_strcmp0 (instance, self->instance) == 0;
  gboolean set_back;

  if (instance == NULL)
    {
      give_up (self, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "the agent does not say whose events it tells"));
      return;
    }
  gw_reply_find_int (purpose, "next", &next);
  gw_reply_find_int (purpose, "lost", &lost);
  /* Numbers that it has given already: it is set back to a snapshot. */
  set_back = same && next <= (gint64) self->number;
  if (!same)
    {
      g_free (self->instance);
      self->instance = g_strdup (instance);
    }
  self->number = MAX (next, 1) - 1;
  self->from_there = TRUE;
  if (set_back || lost > 0)
    gw_follower_emit_gap (self, MAX (lost, 0));
}

/* All that has come so far. */
void
gw_follower_read (GwFollower *self)
{
  if (self->pipe != NULL && self->untrusted_purpose != NULL)
    take_purpose (self);
  while (self->running && self->pipe != NULL)
    {
      g_autoptr (GBytes) block = gw_pipe_take (self->pipe);
      gsize length;
      const char *data;

      if (block == NULL)
        break;
      data = g_bytes_get_data (block, &length);
      g_string_append_len (self->text, data, length);
      take_lines (self);
    }
}
