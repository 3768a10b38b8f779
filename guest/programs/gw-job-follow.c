/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the files of a job to streams. Each stream has bytes that follow one
 * upon the other; where some are missing in between it ends, and another one
 * begins. Knows no command. */

#include "gw-job-follow.h"

#include <unistd.h>

#include "gw-job-reader.h"
#include "gw-limits.h"

typedef struct
{
  GwJobFollow *follow;
  guint16 id; /* of the stream; 0: there is none any more */
  GwJobReader reader;
  gboolean over; /* all is written, or nobody wants it */
} Half;

struct _GwJobFollow
{
  GwKeptJob *job;
  GwJobWatch *watch;
  int folder;
  GwStreams *streams;
  guint64 call;
  Half halves[GW_STREAMS];
  GwJobFollowFunc ended_func; /* NULL once it was called */
  gpointer data;
};

/* --- Its end -------------------------------------------------------------------- */

static void
end (GwJobFollow *follow, const GError *error)
{
  GwJobFollowFunc func = follow->ended_func;

  follow->ended_func = NULL;
  if (func != NULL)
    func (follow, error, follow->data);
}

static void
look_for_end (GwJobFollow *follow)
{
  if (gw_kept_job_has_ended (follow->job) && follow->halves[GW_STREAM_STDOUT].over
      && follow->halves[GW_STREAM_STDERR].over)
    end (follow, NULL);
}

/* --- Streams ---------------------------------------------------------------------- */

static void go_on (GwJobFollow *follow);

/* Nothing is to be written on it. */
static void
on_received (GBytes *bytes, gpointer data)
{
  Half *half = data;

  gw_streams_consume (half->follow->streams, half->id, g_bytes_get_size (bytes));
}

static void
on_finished (gpointer data)
{
}

static void
on_writable (gpointer data)
{
  go_on (((Half *) data)->follow);
}

static void
on_reset (gpointer data)
{
  Half *half = data;

  half->id = 0;
  half->over = TRUE;
  look_for_end (half->follow);
}

static const GwStreamEvents events = { on_received, on_writable, on_finished, on_reset };

static void
leave (Half *half)
{
  if (half->id == 0)
    return;
  gw_streams_finish (half->follow->streams, half->id);
  gw_streams_leave (half->follow->streams, half->id);
  half->id = 0;
}

/* In the place of the one before, if there is one, which ends only now: so
 * whoever reads that knows then that it was not the last. */
static gboolean
open_stream (Half *half, guint64 lost, GError **error)
{
  GwJobFollow *follow = half->follow;
  g_autofree char *purpose = g_strdup_printf (
      "{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"%s\",\"pid\":%d,\"offset\":%" G_GUINT64_FORMAT
      ",\"lost\":%" G_GUINT64_FORMAT "}",
      follow->call, half == &follow->halves[GW_STREAM_STDOUT] ? "stdio" : "stderr",
      (int) gw_kept_job_get_pid (follow->job), half->reader.offset, lost);
  guint16 id = gw_streams_open (follow->streams, purpose, &events, half, error);

  if (id == 0)
    return FALSE;
  leave (half);
  half->id = id;
  return TRUE;
}

/* --- On its way ------------------------------------------------------------------- */

/* All was read that is there. What had no room at the end is lost too. */
static gboolean
finish (Half *half, GError **error)
{
  guint64 total = gw_kept_job_get_end (half->follow->job)->totals[half - half->follow->halves];

  if (half->reader.offset < total)
    {
      guint64 lost = total - half->reader.offset;

      half->reader.offset = total;
      if (!open_stream (half, lost, error))
        return FALSE;
    }
  leave (half);
  half->over = TRUE;
  return TRUE;
}

static gboolean
move (Half *half, GError **error)
{
  GwStreams *streams = half->follow->streams;
  /* Of before the last look: what it has written is there then. */
  gboolean ended = gw_kept_job_has_ended (half->follow->job);
  guint8 buffer[GW_FRAME_MAX];
  gsize room;

  while (!half->over && (room = gw_streams_get_room (streams, half->id)) > 0)
    {
      guint64 lost;
      gsize length = gw_job_reader_read (&half->reader, buffer, MIN (room, sizeof buffer), &lost);
      g_autoptr (GBytes) bytes = length > 0 ? g_bytes_new (buffer, length) : NULL;

      if (bytes != NULL)
        gw_streams_write (streams, half->id, bytes);
      else if (lost == 0)
        return ended ? finish (half, error) : TRUE;
      else if (!open_stream (half, lost, error))
        return FALSE;
    }
  return TRUE;
}

static void
go_on (GwJobFollow *follow)
{
  g_autoptr (GError) error = NULL;

  if (follow->ended_func == NULL)
    return;
  for (int i = 0; i < GW_STREAMS && error == NULL; i++)
    move (&follow->halves[i], &error);
  if (error != NULL)
    end (follow, error);
  else
    look_for_end (follow);
}

static void
on_news (GwKeptJob *job, gpointer data)
{
  go_on (data);
}

/* --- Its life --------------------------------------------------------------------- */

/* What is asked for and not kept is lost from the beginning. */
static gboolean
begin_half (GwJobFollow *follow, GwStream which, guint64 offset, GError **error)
{
  Half *half = &follow->halves[which];
  guint64 first, last, lost;

  half->follow = follow;
  gw_job_reader_find_range (follow->folder, which, &first, &last);
  lost = first > offset ? first - offset : 0;
  gw_job_reader_init (&half->reader, follow->folder, which, offset + lost);
  return open_stream (half, lost, error);
}

/**
 * gw_job_follow_new:
 * @offsets: for each of its streams, where to begin
 * @ended: called once, from the loop or from gw_job_follow_begin(), unless it is
 *   freed before
 *
 * Returns: (transfer full): what is to be begun, or %NULL with @error set
 */
GwJobFollow *
gw_job_follow_new (GwKeptJob *job, const guint64 *offsets, GwStreams *streams, guint64 call, GwJobFollowFunc ended,
                   gpointer data, GError **error)
{
  GwJobFollow *follow = g_new0 (GwJobFollow, 1);

  follow->job = job;
  follow->streams = streams;
  follow->call = call;
  follow->folder = gw_kept_job_enter (job);
  for (int i = 0; i < GW_STREAMS; i++)
    follow->halves[i].reader = (GwJobReader) GW_JOB_READER_NONE;
  if (begin_half (follow, GW_STREAM_STDOUT, offsets[GW_STREAM_STDOUT], error)
      && begin_half (follow, GW_STREAM_STDERR, offsets[GW_STREAM_STDERR], error))
    {
      follow->watch = gw_kept_job_watch (job, TRUE, on_news, follow);
      follow->ended_func = ended;
      follow->data = data;
      return follow;
    }
  gw_job_follow_free (follow);
  return NULL;
}

void
gw_job_follow_begin (GwJobFollow *follow)
{
  go_on (follow);
}

/* The job goes on. */
void
gw_job_follow_free (GwJobFollow *follow)
{
  g_clear_pointer (&follow->watch, gw_kept_job_unwatch);
  for (int i = 0; i < GW_STREAMS; i++)
    {
      if (follow->halves[i].id != 0)
        gw_streams_reset (follow->streams, follow->halves[i].id, "nobody follows the job any more");
      gw_job_reader_clear (&follow->halves[i].reader);
    }
  if (follow->folder >= 0)
    close (follow->folder);
  g_free (follow);
}
