/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of events. An event is made a line once, when it happens; who is
 * slow, or comes later, reads it from here, or learns that it is gone. */

#include "gw-events.h"

#include <string.h>

#include "gw-json-write.h"
#include "gw-limits.h"

static const GwEventKind kinds[] = {
  { "agent-started", NULL },
  { "shutdown-begun", NULL },
  { "addresses-changed", "guest-network-get-interfaces" },
  { "user-logged-in", "guest-get-users" },
  { "user-logged-out", "guest-get-users" },
  { "memory-low", NULL },
  { "job-ended", "guest-exec" },
  { "filesystems-frozen", "guest-fsfreeze-status" },
  { "filesystems-thawed", "guest-fsfreeze-status" },
};

typedef struct
{
  void (*func) (gpointer data);
  gpointer data;
} Watch;

struct _GwEvents
{
  GQueue kept; /* of GwEvent, numbers without a gap */
  gsize size;  /* of their lines */
  guint64 next;
  GList *watches;
  GPtrArray *blocked; /* names of those that are not told; or NULL */
};

GwEvents *
gw_events_new (void)
{
  GwEvents *events = g_new0 (GwEvents, 1);

  g_queue_init (&events->kept);
  events->next = 1;
  return events;
}

static void
event_free (gpointer data)
{
  GwEvent *event = data;

  g_bytes_unref (event->line);
  g_free (event);
}

void
gw_events_free (GwEvents *events)
{
  g_queue_clear_full (&events->kept, event_free);
  g_list_free_full (events->watches, g_free);
  g_clear_pointer (&events->blocked, g_ptr_array_unref);
  g_free (events);
}

/* Returns: (transfer none): those of this agent */
GwEvents *
gw_events_get (void)
{
  static GwEvents *events;

  if (events == NULL)
    events = gw_events_new ();
  return events;
}

static const GwEventKind *
find_kind (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, name))
      return &kinds[i];
  return NULL;
}

/**
 * gw_events_block:
 * @names: (element-type utf8): of events that are not to be told from here on
 */
void
gw_events_block (GwEvents *events, GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++)
    if (find_kind (names->pdata[i]) == NULL)
      g_warning ("block-events: there is no event '%s' (a typing error?)", (const char *) names->pdata[i]);
  g_clear_pointer (&events->blocked, g_ptr_array_unref);
  events->blocked = g_ptr_array_ref (names);
}

/* Whether it is of any use to find out about events @name. */
gboolean
gw_events_wants (GwEvents *events, const char *name)
{
  for (guint i = 0; events->blocked != NULL && i < events->blocked->len; i++)
    if (g_str_equal (events->blocked->pdata[i], name))
      return FALSE;
  return TRUE;
}

/* --- What happens ------------------------------------------------------- */

static GBytes *
build_line (const char *name, guint64 number, JsonNode *data)
{
  GString *line = g_string_new (NULL);
  gsize before;

  g_string_append_printf (line, "{\"number\":%" G_GUINT64_FORMAT ",\"time\":%" G_GINT64_FORMAT ",\"event\":\"%s\",\"data\":",
                          number, g_get_real_time (), name);
  before = line->len;
  if (data != NULL)
    gw_json_append (line, data);
  /* Whoever tells keeps what it tells short: this is for what nobody has thought of. */
  if (data == NULL || line->len - before > GW_EVENT_DATA_MAX)
    {
      g_string_truncate (line, before);
      g_string_append (line, "{}");
    }
  g_string_append (line, "}\n");
  return g_string_free_to_bytes (line);
}

static void
drop_oldest (GwEvents *events)
{
  GwEvent *event = g_queue_pop_head (&events->kept);

  events->size -= g_bytes_get_size (event->line);
  event_free (event);
}

static void
call_watches (GwEvents *events)
{
  for (GList *link = events->watches, *next; link != NULL; link = next)
    {
      const Watch *watch = link->data;

      next = link->next;
      watch->func (watch->data);
    }
}

/**
 * gw_events_tell:
 * @name: of a kind that is known
 * @data: (transfer full) (nullable): an object, of at most GW_EVENT_DATA_MAX as
 *   text; else it is dropped. Strings in it are UTF-8
 *
 * Something has happened.
 */
void
gw_events_tell (GwEvents *events, const char *name, JsonNode *data)
{
  g_autoptr (JsonNode) owned = data;
  GwEvent *event;

  if (!gw_events_wants (events, name))
    return;
  event = g_new0 (GwEvent, 1);
  event->kind = find_kind (name);
  g_assert (event->kind != NULL);
  event->number = events->next++;
  event->line = build_line (name, event->number, owned);
  g_debug ("event %" G_GUINT64_FORMAT ": %s", event->number, name);

  g_queue_push_tail (&events->kept, event);
  events->size += g_bytes_get_size (event->line);
  while (events->kept.length > GW_EVENTS_KEPT || events->size > GW_EVENTS_KEPT_BYTES)
    drop_oldest (events);
  call_watches (events);
}

/**
 * gw_events_tell_object:
 * @data: (transfer full): see gw_events_tell()
 */
void
gw_events_tell_object (GwEvents *events, const char *name, JsonObject *data)
{
  gw_events_tell (events, name, json_node_init_object (json_node_alloc (), data));
  json_object_unref (data);
}

/* --- Who reads ---------------------------------------------------------- */

/* The number that the next one gets. */
guint64
gw_events_get_next (GwEvents *events)
{
  return events->next;
}

/**
 * gw_events_find:
 *
 * Returns: (transfer none) (nullable): the event @number, or the oldest behind
 *   it where that is not kept any more; %NULL if it has not happened yet
 */
const GwEvent *
gw_events_find (GwEvents *events, guint64 number)
{
  guint64 oldest = events->next - events->kept.length;

  if (number >= events->next)
    return NULL;
  return g_queue_peek_nth (&events->kept, number > oldest ? number - oldest : 0);
}

/**
 * gw_events_watch:
 * @func: called after each event, from inside of gw_events_tell(); may unwatch
 *   itself, and nothing else
 */
void
gw_events_watch (GwEvents *events, void (*func) (gpointer data), gpointer data)
{
  Watch *watch = g_new (Watch, 1);

  *watch = (Watch){ func, data };
  events->watches = g_list_prepend (events->watches, watch);
}

void
gw_events_unwatch (GwEvents *events, gpointer data)
{
  for (GList *link = events->watches; link != NULL; link = link->next)
    if (((Watch *) link->data)->data == data)
      {
        g_free (link->data);
        events->watches = g_list_delete_link (events->watches, link);
        return;
      }
}
