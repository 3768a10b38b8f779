/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The streams of a program: some read late, some break off. What they say is
 * what would do the most harm if it were ever read as text or as a frame. */

#include "sim-work.h"

#include <string.h>

#include "gw-limits.h"
#include "sim-check.h"

#define PIECE (8 * GW_KIB)

static SimStream *
add_stream (SimWork *work, guint64 uid, guint16 id, gboolean mine)
{
  SimRandom *random = &work->endpoint->random;
  SimStream *stream = g_new0 (SimStream, 1);

  stream->uid = uid;
  stream->id = id;
  stream->mine = mine;
  stream->target = sim_work_some_size (work, 4 * GW_KIB, 400 * GW_KIB);
  stream->style = sim_below (random, 4);
  stream->said = g_byte_array_new ();
  stream->heard = g_byte_array_new ();
  g_ptr_array_add (work->streams, stream);
  return stream;
}

void
sim_stream_free (SimStream *stream)
{
  g_byte_array_unref (stream->said);
  g_byte_array_unref (stream->heard);
  g_free (stream);
}

static SimStream *
find_stream (SimWork *work, guint16 id)
{
  for (guint i = work->streams->len; i > 0; i--)
    {
      SimStream *stream = work->streams->pdata[i - 1];

      if (stream->id == id && !stream->over)
        return stream;
    }
  return NULL;
}

/* --- What is said -------------------------------------------------------- */

/* Whole requests, with and without the byte that begins a conversation, in
 * libvirt's way and ours; SIM_MARK tells that they come from a stream. */
static void
say_requests (SimRandom *random, guint8 *bytes, gsize length)
{
  static const struct
  {
    const char *begin;
    const char *end;
  } requests[] = {
    { "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"" SIM_MARK, "\"}}\n" },
    { "\xFF{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"" SIM_MARK, "\"}}\n" },
    { "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":" SIM_MARK, "}}\n" },
    { "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":" SIM_MARK, "}}\n" },
  };
  gsize at = 0;

  while (at < length)
    {
      char line[160];
      guint which = sim_below (random, G_N_ELEMENTS (requests));
      gsize size = g_snprintf (line, sizeof line, "%s%04u%s", requests[which].begin, (guint) sim_below (random, 10000),
                               requests[which].end);

      size = MIN (size, length - at);
      memcpy (bytes + at, line, size);
      at += size;
    }
}

static void
say_bytes (SimRandom *random, guint style, guint8 *bytes, gsize length)
{
  static const guint8 marks[] = { GW_FRAME_MAGIC, 0xFF, 0 };

  if (style < 2)
    {
      say_requests (random, bytes, length);
      return;
    }
  for (gsize i = 0; i < length; i++)
    bytes[i] = style == 2 ? sim_random (random) : marks[sim_random (random) % G_N_ELEMENTS (marks)];
}

static void
finish (SimWork *work, SimStream *stream)
{
  gw_session_stream_finish (work->endpoint->session, stream->id);
  stream->said_all = TRUE;
}

static void
write_some (SimWork *work, SimStream *stream)
{
  g_autoptr (GError) error = NULL;
  SimRandom *random = &work->endpoint->random;
  gsize room = gw_session_stream_get_room (work->endpoint->session, stream->id);
  gsize piece = 1 + sim_below (random, PIECE);
  gsize length = MIN (MIN (room, stream->target - stream->said->len), piece);
  g_autofree guint8 *data = g_malloc (length + 1);
  g_autoptr (GBytes) bytes = NULL;

  stream->no_room = room == 0;
  if (length == 0)
    return;
  say_bytes (random, stream->style, data, length);
  bytes = g_bytes_new (data, length);
  if (!gw_session_stream_write (work->endpoint->session, stream->id, bytes, &error))
    {
      sim_check_fail (work->endpoint, "stream %u takes no %" G_GSIZE_FORMAT " bytes where it has room for %" G_GSIZE_FORMAT
                      ": %s", stream->id, length, room, error->message);
      return;
    }
  g_byte_array_append (stream->said, data, length);
}

/* --- Steps --------------------------------------------------------------- */

static void
note_over (SimStream *stream)
{
  if (stream->said_all && stream->heard_all && stream->used == stream->heard->len)
    stream->over = TRUE;
}

static void
use_some (SimWork *work, SimStream *stream)
{
  gsize length = stream->heard->len - stream->used;

  if (length > 64 && sim_percent (&work->endpoint->random, 50))
    length = 1 + sim_below (&work->endpoint->random, length);
  if (length == 0)
    return;
  gw_session_stream_consume (work->endpoint->session, stream->id, length);
  stream->used += length;
}

static void
break_off (SimWork *work, SimStream *stream)
{
  gw_session_stream_reset (work->endpoint->session, stream->id, "the simulated program does not want it");
  stream->over = stream->reset = TRUE;
}

static void
step (SimWork *work, SimStream *stream, gint64 now_us)
{
  SimRandom *random = &work->endpoint->random;
  gboolean calm = work->endpoint->calm;

  stream->next_us = now_us + (sim_percent (random, 10) && !calm ? sim_below (random, 5 * SIM_SECOND)
                                                                : sim_below (random, 20 * SIM_MS));
  if (!stream->mine && !stream->accepted)
    {
      stream->accepted = TRUE;
      gw_session_stream_accept (work->endpoint->session, stream->id);
      sim_check_lent (work->endpoint);
    }
  if (!calm && sim_percent (random, 2))
    {
      break_off (work, stream);
      return;
    }
  if (calm)
    stream->target = MIN (stream->target, stream->said->len);
  use_some (work, stream);
  if (!stream->said_all && !stream->no_room)
    write_some (work, stream);
  if (!stream->said_all && stream->said->len >= stream->target)
    finish (work, stream);
  note_over (stream);
}

static gboolean
has_to_do (SimStream *stream)
{
  return !stream->over
         && ((!stream->mine && !stream->accepted) || stream->used < stream->heard->len
             || (!stream->said_all && !stream->no_room));
}

void
sim_streams_pass_time (SimWork *work, gint64 now_us)
{
  for (guint i = 0; i < work->streams->len; i++)
    {
      SimStream *stream = work->streams->pdata[i];

      if (has_to_do (stream) && stream->next_us <= now_us)
        step (work, stream, now_us);
    }
}

gint64
sim_streams_get_deadline (SimWork *work)
{
  gint64 deadline = G_MAXINT64;

  for (guint i = 0; i < work->streams->len; i++)
    {
      SimStream *stream = work->streams->pdata[i];

      if (has_to_do (stream))
        deadline = MIN (deadline, stream->next_us);
    }
  return deadline;
}

void
sim_streams_begin (SimWork *work, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  guint64 uid = sim_random (&work->endpoint->random);
  g_autofree char *purpose = g_strdup_printf ("%016" G_GINT64_MODIFIER "x {\"execute\":\"guest-exec\"}", uid);
  g_autoptr (GBytes) bytes = g_bytes_new (purpose, strlen (purpose));
  guint16 id = gw_session_stream_open (work->endpoint->session, bytes, &error);

  if (id == 0)
    return;
  if (find_stream (work, id) != NULL)
    sim_check_fail (work->endpoint, "stream %u was opened while it is open", id);
  add_stream (work, uid, id, TRUE)->next_us = now_us;
}

/* --- Events -------------------------------------------------------------- */

static void
on_opened (SimWork *work, const GwSessionEvent *event, gint64 now_us)
{
  SimStream *stream;
  guint64 uid = sim_check_stream_opened (work->endpoint, event->bytes);

  if (find_stream (work, event->stream) != NULL)
    sim_check_fail (work->endpoint, "the other side opens stream %u, which is open", event->stream);
  stream = add_stream (work, uid, event->stream, FALSE);
  stream->next_us = now_us + (sim_percent (&work->endpoint->random, 20) ? 200 * SIM_MS : 0);
}

static void
on_data (SimWork *work, SimStream *stream, const GwSessionEvent *event)
{
  g_byte_array_append (stream->heard, g_bytes_get_data (event->bytes, NULL), g_bytes_get_size (event->bytes));
  sim_check_stream_heard (work->endpoint, stream, g_bytes_get_size (event->bytes));
}

void
sim_streams_event (SimWork *work, const GwSessionEvent *event, gint64 now_us)
{
  SimStream *stream = event->stream != 0 ? find_stream (work, event->stream) : NULL;

  if (event->kind == GW_SESSION_EVENT_STREAM_OPENED)
    {
      on_opened (work, event, now_us);
      return;
    }
  if (event->stream == 0)
    return;
  if (stream == NULL)
    {
      /* Its end may be told with the session's, when all of it was heard. */
      if (event->kind != GW_SESSION_EVENT_STREAM_RESET && event->kind != GW_SESSION_EVENT_STREAM_WRITABLE)
        sim_check_fail (work->endpoint, "%s for stream %u, which is over", gw_session_event_name (event->kind),
                        event->stream);
      return;
    }
  stream->next_us = MIN (stream->next_us, now_us + 5 * SIM_MS);
  switch (event->kind)
    {
    case GW_SESSION_EVENT_STREAM_ACCEPTED:
      if (!stream->mine || stream->accepted)
        sim_check_fail (work->endpoint, "stream %u was accepted again", event->stream);
      stream->accepted = TRUE;
      break;
    case GW_SESSION_EVENT_STREAM_DATA:
      on_data (work, stream, event);
      break;
    case GW_SESSION_EVENT_STREAM_WRITABLE:
      stream->no_room = FALSE;
      break;
    case GW_SESSION_EVENT_STREAM_FIN:
      sim_check_stream_heard_all (work->endpoint, stream);
      stream->heard_all = TRUE;
      note_over (stream);
      break;
    case GW_SESSION_EVENT_STREAM_RESET:
      stream->over = stream->reset = TRUE;
      break;
    default:
      break;
    }
}
