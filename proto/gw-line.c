/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts the text voice into objects. Sees brackets and quotes only; whether an
 * object is JSON is gw-json's business. Does no I/O: bytes and time in,
 * objects out. */

#include "gw-line.h"

#include <string.h>

#include "gw-limits.h"

/* libvirt says hello without the 0xFF that would end a dead client's half
 * request. No request has this text inside: in a string its quotes would be
 * escaped, and no argument is such an object. So it starts a new one. It has
 * no bracket but its first, and nothing that would be junk. */
static const char greeting[] = "{\"execute\":\"guest-sync";
#define GREETING_LENGTH (sizeof greeting - 1)
#define GREETING_COLON 10 /* its place */

typedef enum
{
  BETWEEN, /* outside of any object */
  INSIDE,  /* in an object, outside of its strings */
  STRING,
  ESCAPE, /* behind a backslash in a string */
  LOST,   /* in junk: nothing counts but 0xFF, or `{` after a quiet gap */
} Place;

typedef struct
{
  GwLineEvent kind;
  GBytes *object;
  GError *junk;
} Event;

struct _GwLine
{
  gsize object_max;
  Place place;
  guint depth;
  GByteArray *object;
  GQueue events;
  gsize waiting;        /* bytes of objects among them */
  gboolean reset;       /* the last byte was 0xFF */
  gint64 heard_us;      /* when the last byte came, or G_MININT64 */
  gboolean after_quiet; /* no byte that counts has come since a quiet gap */
  gsize greeted;        /* bytes of the greeting that the object ends with */
};

/**
 * gw_line_new:
 * @object_max: the largest object that is taken, in bytes
 *
 * Returns: (transfer full): a new #GwLine
 */
GwLine *
gw_line_new (gsize object_max)
{
  GwLine *line = g_new0 (GwLine, 1);

  line->object_max = object_max;
  line->heard_us = G_MININT64;
  g_queue_init (&line->events);
  return line;
}

static void
event_free (Event *event)
{
  g_clear_pointer (&event->object, g_bytes_unref);
  g_clear_error (&event->junk);
  g_free (event);
}

void
gw_line_free (GwLine *line)
{
  gw_line_clear (line);
  g_free (line);
}

/**
 * gw_line_clear:
 *
 * Forgets everything: the other side is another one from here on.
 */
void
gw_line_clear (GwLine *line)
{
  g_clear_pointer (&line->object, g_byte_array_unref);
  g_queue_clear_full (&line->events, (GDestroyNotify) event_free);
  line->waiting = 0;
  line->place = BETWEEN;
  line->depth = 0;
  line->reset = FALSE;
  line->after_quiet = FALSE;
}

static void
push_event (GwLine *line, GwLineEvent kind, GBytes *object, GError *junk)
{
  Event *event = g_new0 (Event, 1);

  event->kind = kind;
  event->object = object;
  event->junk = junk;
  line->waiting += object != NULL ? g_bytes_get_size (object) : 0;
  g_queue_push_tail (&line->events, event);
}

static void
get_lost (GwLine *line, GError *why)
{
  g_clear_pointer (&line->object, g_byte_array_unref);
  line->place = LOST;
  push_event (line, GW_LINE_JUNK, NULL, why);
}

static void
start_over (GwLine *line)
{
  g_clear_pointer (&line->object, g_byte_array_unref);
  line->place = BETWEEN;
  /* A client may pad with many of them. */
  if (!line->reset)
    push_event (line, GW_LINE_RESET, NULL, NULL);
  line->reset = TRUE;
}

static void
start_object (GwLine *line)
{
  line->object = g_byte_array_new ();
  line->place = INSIDE;
  line->depth = 0;
  line->greeted = 0;
}

static gboolean
is_space (guint8 c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static GError *
stray_byte (guint8 c)
{
  if (g_ascii_isgraph (c))
    return g_error_new (GW_ERROR, GW_ERROR_INVALID_JSON, "JSON parse error, stray '%c'", c);
  return g_error_new (GW_ERROR, GW_ERROR_INVALID_JSON, "JSON parse error, stray byte 0x%02x", c);
}

/* Whether @c is the last byte of a greeting. Some writers put a space behind
 * the brace and around the colon. */
static gboolean
greets (GwLine *line, guint8 c)
{
  if (is_space (c) && (line->greeted == 1 || line->greeted == GREETING_COLON || line->greeted == GREETING_COLON + 1))
    return FALSE;
  if (c != (guint8) greeting[line->greeted])
    line->greeted = 0;
  if (c == (guint8) greeting[line->greeted])
    line->greeted++;
  return line->greeted == GREETING_LENGTH;
}

/* The object begins with the greeting; what was before it is void. */
static void
begin_greeted (GwLine *line)
{
  g_byte_array_set_size (line->object, 0);
  g_byte_array_append (line->object, (const guint8 *) greeting, GREETING_LENGTH);
  line->place = STRING;
  line->depth = 1;
  line->greeted = 0;
}

/* How many of @data belong to the open object. Moves place; BETWEEN when the
 * object is whole, LOST when it cannot become one. Stops behind a greeting. */
static gsize
scan_object (GwLine *line, const guint8 *data, gsize length, GError **why)
{
  for (gsize i = 0; i < length; i++)
    {
      guint8 c = data[i];

      /* In no JSON text, and not ours to eat. */
      if (c == 0xFF)
        return i;
      switch (line->place)
        {
        case STRING:
          if (c == '"')
            line->place = INSIDE;
          else if (c == '\\')
            line->place = ESCAPE;
          else if (c < 0x20)
            goto stray;
          break;
        case ESCAPE:
          if (c < 0x20)
            goto stray;
          line->place = STRING;
          break;
        default:
          if (c == '"')
            line->place = STRING;
          else if (c == '{' || c == '[')
            {
              if (++line->depth > GW_JSON_DEPTH_MAX)
                {
                  *why = g_error_new (GW_ERROR, GW_ERROR_INVALID_JSON, "JSON parse error, nesting deeper than %d",
                                      GW_JSON_DEPTH_MAX);
                  line->place = LOST;
                  return i;
                }
            }
          else if (c == '}' || c == ']')
            {
              if (--line->depth == 0)
                {
                  line->place = BETWEEN;
                  return i + 1;
                }
            }
          else if ((c < 0x20 && !is_space (c)) || c >= 0x7F)
            goto stray;
          break;
        }
      if (greets (line, c))
        return i + 1;
      continue;

    stray:
      *why = stray_byte (c);
      line->place = LOST;
      return i;
    }
  return length;
}

static gsize
take_object (GwLine *line, const guint8 *data, gsize length)
{
  g_autoptr (GError) why = NULL;
  gsize taken = scan_object (line, data, length, &why);

  if (line->place != LOST && line->object->len + taken > line->object_max)
    {
      why = g_error_new (GW_ERROR, GW_ERROR_TOO_LARGE, "JSON parse error, object of more than %" G_GSIZE_FORMAT " bytes",
                         line->object_max);
      line->place = LOST;
    }
  if (line->place == LOST)
    {
      get_lost (line, g_steal_pointer (&why));
      return taken;
    }
  if (line->greeted == GREETING_LENGTH)
    begin_greeted (line);
  else
    g_byte_array_append (line->object, data, taken);
  if (line->place == BETWEEN)
    push_event (line, GW_LINE_OBJECT, g_byte_array_free_to_bytes (g_steal_pointer (&line->object)), NULL);
  return taken;
}

static gsize
skip_junk (GwLine *line, const guint8 *data, gsize length)
{
  gsize i = 0;

  while (line->after_quiet && i < length && is_space (data[i]))
    i++;
  if (i == length)
    return i;
  if (line->after_quiet && data[i] == '{')
    {
      start_object (line);
      return i;
    }
  if (line->after_quiet && data[i] != 0xFF)
    push_event (line, GW_LINE_JUNK, NULL, stray_byte (data[i]));
  line->after_quiet = FALSE;
  while (i < length && data[i] != 0xFF)
    i++;
  return i;
}

/* One step of at least a byte, or a change of place. */
static gsize
scan_step (GwLine *line, const guint8 *data, gsize length)
{
  if (line->place == LOST && data[0] != 0xFF)
    return skip_junk (line, data, length);
  line->after_quiet = FALSE;
  if (data[0] == 0xFF)
    {
      start_over (line);
      return 1;
    }
  line->reset = FALSE;
  if (line->place != BETWEEN)
    return take_object (line, data, length);
  if (is_space (data[0]))
    return 1;
  if (data[0] == '{')
    start_object (line);
  else
    get_lost (line, stray_byte (data[0]));
  return 0;
}

static void
scan (GwLine *line, const guint8 *data, gsize length)
{
  while (length > 0)
    {
      gsize taken = scan_step (line, data, length);

      data += taken;
      length -= taken;
    }
}

/**
 * gw_line_receive:
 * @data: the bytes
 * @length: how many
 * @now_us: monotonic time, in microseconds, at which they came
 *
 * Takes in what the other side said. Events are then there for
 * gw_line_next(). What is kept is at most one object of the allowed size and
 * the events of @data.
 */
void
gw_line_receive (GwLine *line, const guint8 *data, gsize length, gint64 now_us)
{
  if (length == 0)
    return;
  if (line->heard_us != G_MININT64 && now_us - line->heard_us >= GW_LINE_QUIET_US)
    line->after_quiet = TRUE;
  line->heard_us = now_us;
  scan (line, data, length);
}

/**
 * gw_line_heard:
 * @now_us: monotonic time in microseconds
 *
 * Says that nobody listened until now, so that the time before counts as no
 * silence of the other side.
 */
void
gw_line_heard (GwLine *line, gint64 now_us)
{
  if (line->heard_us != G_MININT64)
    line->heard_us = now_us;
}

gboolean
gw_line_has_next (GwLine *line)
{
  return !g_queue_is_empty (&line->events);
}

/* Bytes of objects, whole or begun, that are kept here. */
gsize
gw_line_get_size (GwLine *line)
{
  return line->waiting + (line->object != NULL ? line->object->len : 0);
}

/**
 * gw_line_next:
 * @object: (out) (transfer full): the bytes, for %GW_LINE_OBJECT
 * @junk: (out) (transfer full): why not, for %GW_LINE_JUNK
 *
 * Returns: the next thing that came, or %GW_LINE_NONE
 */
GwLineEvent
gw_line_next (GwLine *line, GBytes **object, GError **junk)
{
  Event *event = g_queue_pop_head (&line->events);
  GwLineEvent kind = event == NULL ? GW_LINE_NONE : event->kind;

  if (kind == GW_LINE_OBJECT)
    {
      line->waiting -= g_bytes_get_size (event->object);
      *object = g_steal_pointer (&event->object);
    }
  if (kind == GW_LINE_JUNK)
    g_propagate_error (junk, g_steal_pointer (&event->junk));
  g_clear_pointer (&event, event_free);
  return kind;
}
