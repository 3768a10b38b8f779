/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-events-follow: what happened, and what happens, on a stream. A
 * follower has no queue of its own: what its stream has no room for stays in
 * the log, and what the log has no room for either is told of as a gap. */

#include "gw-command-events.h"

#include <string.h>

#include "gw-commands.h"
#include "gw-events.h"
#include "gw-instance.h"
#include "gw-limits.h"

typedef struct
{
  GwCall *call;
  GwStreams *streams;
  guint16 stream;
  GHashTable *names; /* those that are wanted; NULL: all */
  guint64 next;      /* the event that it gets next */
} Follower;

static GList *followers;

static void
follower_free (Follower *follower)
{
  gw_events_unwatch (gw_events_get (), follower);
  followers = g_list_remove (followers, follower);
  g_clear_pointer (&follower->names, g_hash_table_unref);
  g_free (follower);
}

/* --- What it gets ------------------------------------------------------- */

/* What another command would not tell, this one does not either. */
static gboolean
is_wanted (Follower *follower, const GwEventKind *kind)
{
  if (kind->implies != NULL && !gw_commands_allow (kind->implies))
    return FALSE;
  return follower->names == NULL || g_hash_table_contains (follower->names, kind->name);
}

/* One for which there is no room just now is told of when there is. */
G_STATIC_ASSERT (GW_EVENT_LINE_MAX < GW_STREAM_QUEUE_MAX / 2);
G_STATIC_ASSERT (GW_EVENT_DATA_MAX + 256 < GW_EVENT_LINE_MAX);

/* Returns whether there was room. */
static gboolean
write_line (Follower *follower, GBytes *line)
{
  if (gw_streams_get_room (follower->streams, follower->stream) < g_bytes_get_size (line))
    return FALSE;
  gw_streams_write (follower->streams, follower->stream, line);
  return TRUE;
}

static gboolean
write_gap (Follower *follower, guint64 lost)
{
  char *text = g_strdup_printf ("{\"lost\":%" G_GUINT64_FORMAT "}\n", lost);
  g_autoptr (GBytes) line = g_bytes_new_take (text, strlen (text));

  return write_line (follower, line);
}

static void
feed (gpointer data)
{
  Follower *follower = data;
  const GwEvent *event;

  while ((event = gw_events_find (gw_events_get (), follower->next)) != NULL)
    {
      if (event->number > follower->next && !write_gap (follower, event->number - follower->next))
        return;
      follower->next = event->number;
      if (is_wanted (follower, event->kind) && !write_line (follower, event->line))
        return;
      follower->next++;
    }
}

/* --- Its end ------------------------------------------------------------ */

static void
end (Follower *follower)
{
  GwCall *call = follower->call;

  if (follower->stream != 0)
    {
      gw_streams_finish (follower->streams, follower->stream);
      gw_streams_leave (follower->streams, follower->stream);
    }
  follower_free (follower);
  gw_call_return (call, NULL);
}

static void
on_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  Follower *follower = data;

  if (fate == GW_CALL_CANCELLED)
    {
      end (follower);
      return;
    }
  follower_free (follower);
  gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, "the session is over"));
}

/* A follower says nothing. */
static void
on_received (GBytes *bytes, gpointer data)
{
  Follower *follower = data;

  gw_streams_consume (follower->streams, follower->stream, g_bytes_get_size (bytes));
}

static void
on_finished (gpointer data)
{
}

static void
on_reset (gpointer data)
{
  Follower *follower = data;

  follower->stream = 0;
  end (follower);
}

static const GwStreamEvents stream_events = { on_received, feed, on_finished, on_reset };

/* --- Its start ---------------------------------------------------------- */

static gboolean
take_names (Follower *follower, JsonObject *arguments, GError **error)
{
  g_auto (GStrv) names = gw_argument_dup_strings (arguments, "names");

  if (names == NULL)
    return TRUE;
  if (g_strv_length (names) > GW_EVENT_NAMES_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'names' has more than %d elements", GW_EVENT_NAMES_MAX);
      return FALSE;
    }
  /* One that is not known may be a newer agent's. */
  follower->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (char **name = names; *name != NULL; name++)
    g_hash_table_add (follower->names, g_strdup (*name));
  return TRUE;
}

static gboolean
is_string_or_nothing (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node == NULL || json_node_get_value_type (node) == G_TYPE_STRING;
}

/* @number: (out): the last event that the host has; what it has of another
 * instance does not count */
static gboolean
read_after (JsonNode *after, guint64 *number, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (after) ? json_node_get_object (after) : NULL;
  JsonNode *node = object != NULL ? json_object_get_member (object, "number") : NULL;

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0
      || !is_string_or_nothing (object, "instance"))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED,
                           "Parameter 'after' has to be an object with a 'number' from 0 on, and maybe an 'instance'");
      return FALSE;
    }
  *number = json_node_get_int (node);
  if (g_strcmp0 (json_object_get_string_member_with_default (object, "instance", gw_instance_get_text ()),
                 gw_instance_get_text ())
      != 0)
    *number = 0;
  return TRUE;
}

/* @lost: (out): how many it can not get any more. One that has seen more than
 * there is has seen what a restored snapshot undid: it gets what comes. */
static gboolean
take_after (Follower *follower, JsonNode *after, guint64 *lost, GError **error)
{
  guint64 next = gw_events_get_next (gw_events_get ());
  const GwEvent *first;
  guint64 number;

  *lost = 0;
  follower->next = next;
  if (after == NULL)
    return TRUE;
  if (!read_after (after, &number, error))
    return FALSE;
  first = number < next ? gw_events_find (gw_events_get (), number + 1) : NULL;
  if (first == NULL)
    return TRUE;
  *lost = first->number - number - 1;
  follower->next = first->number;
  return TRUE;
}

static gboolean
open_stream (Follower *follower, guint64 lost, GError **error)
{
  g_autofree char *purpose = g_strdup_printf (
      "{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"events\",\"instance\":\"%s\",\"next\":%" G_GUINT64_FORMAT
      ",\"lost\":%" G_GUINT64_FORMAT "}",
      gw_call_get_id (follower->call), gw_instance_get_text (), follower->next, lost);

  if (g_list_length (followers) > GW_EVENT_FOLLOWERS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d hosts follow the events already", GW_EVENT_FOLLOWERS_MAX);
      return FALSE;
    }
  if (!gw_streams_reserve (follower->streams, 1, error))
    return FALSE;
  gw_streams_release (follower->streams, 1);
  follower->stream = gw_streams_open (follower->streams, purpose, &stream_events, follower, error);
  return follower->stream != 0;
}

static void
run_follow (GwCall *call, JsonObject *arguments)
{
  Follower *follower = g_new0 (Follower, 1);
  GError *error = NULL;
  guint64 lost;

  follower->call = call;
  follower->streams = gw_call_get_streams (call);
  followers = g_list_prepend (followers, follower);
  if (!take_names (follower, arguments, &error)
      || !take_after (follower, json_object_get_member (arguments, "after"), &lost, &error)
      || !open_stream (follower, lost, &error))
    {
      follower_free (follower);
      gw_call_fail (call, error);
      return;
    }
  gw_call_watch (call, on_fate, follower);
  gw_events_watch (gw_events_get (), feed, follower);
  feed (follower);
}

gboolean
gw_command_events_are_followed (void)
{
  return followers != NULL;
}

/**
 * gw_command_events_are_written:
 *
 * Returns: whether all that has happened is on its way to all who follow
 */
gboolean
gw_command_events_are_written (void)
{
  for (GList *link = followers; link != NULL; link = link->next)
    {
      Follower *follower = link->data;

      if (follower->next < gw_events_get_next (gw_events_get ())
          || gw_streams_get_room (follower->streams, follower->stream) < GW_STREAM_QUEUE_MAX)
        return FALSE;
    }
  return TRUE;
}

static const char *const implies_nothing[] = { NULL };

const GwCommand gw_commands_events[] = {
  { "guestwire-events-follow", "Tell what happens in the guest, on a stream", "0.1",
    GW_COMMAND_IN_FRAMES | GW_COMMAND_WHILE_FROZEN, run_follow,
    { { "after", GW_ARGUMENT_ANY, TRUE }, { "names", GW_ARGUMENT_STRINGS, TRUE } }, implies_nothing },
  { NULL },
};
