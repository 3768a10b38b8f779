/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps what came on a stream until somebody takes it, and gives credit for it
 * then: so a slow reader here stops the writer in the guest. Knows neither
 * what the stream is for nor who reads. */

#include "gw-pipe.h"

#include <gio/gio.h>
#include <string.h>

#include "gw-output.h"

struct _GwPipe
{
  const GwPipeCarrier *carrier; /* NULL: there is no such stream any more */
  guint16 id;

  GQueue blocks; /* of GBytes*: what came */
  gsize taken;   /* of the first one */
  gboolean fin;  /* no more will come */
  gboolean finished; /* no more will go */
  char *why;     /* it was lost, or reset by either side */

  GwPipeFunc changed;
  gpointer user_data;
  GPtrArray *sources; /* of PipeSource*, not owned */
};

GwPipe *
gw_pipe_new (guint16 id, const GwPipeCarrier *carrier)
{
  GwPipe *pipe = g_rc_box_new0 (GwPipe);

  pipe->id = id;
  pipe->carrier = carrier;
  pipe->sources = g_ptr_array_new ();
  g_queue_init (&pipe->blocks);
  return pipe;
}

GwPipe *
gw_pipe_ref (GwPipe *pipe)
{
  return g_rc_box_acquire (pipe);
}

static void
pipe_clear (gpointer data)
{
  GwPipe *pipe = data;

  g_queue_clear_full (&pipe->blocks, (GDestroyNotify) g_bytes_unref);
  g_ptr_array_unref (pipe->sources);
  g_free (pipe->why);
}

void
gw_pipe_unref (GwPipe *pipe)
{
  g_rc_box_release_full (pipe, pipe_clear);
}

/* --- Who waits ---------------------------------------------------------- */

typedef struct
{
  GSource source;
  GwPipe *pipe;
  gboolean (*ready) (GwPipe *pipe);
} PipeSource;

static gboolean
source_prepare (GSource *source, int *timeout_ms)
{
  PipeSource *self = (PipeSource *) source;

  *timeout_ms = -1;
  return self->ready (self->pipe);
}

static gboolean
source_check (GSource *source)
{
  PipeSource *self = (PipeSource *) source;

  return self->ready (self->pipe);
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback != NULL ? callback (user_data) : G_SOURCE_REMOVE;
}

/* GIO sets a closure, and not a function. */
static gboolean
call_closure (gpointer closure)
{
  g_auto (GValue) result = G_VALUE_INIT;

  g_value_init (&result, G_TYPE_BOOLEAN);
  g_closure_invoke (closure, &result, 0, NULL, NULL);
  return g_value_get_boolean (&result);
}

static void
source_finalize (GSource *source)
{
  PipeSource *self = (PipeSource *) source;

  g_ptr_array_remove_fast (self->pipe->sources, self);
  gw_pipe_unref (self->pipe);
}

/**
 * gw_pipe_create_source:
 * @ready: what to wait for
 *
 * Returns: (transfer full): a source that is ready as long as @ready says so
 */
GSource *
gw_pipe_create_source (GwPipe *pipe, gboolean (*ready) (GwPipe *pipe))
{
  static GSourceFuncs funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
    .finalize = source_finalize,
    .closure_callback = call_closure,
  };
  GSource *source = g_source_new (&funcs, sizeof (PipeSource));
  PipeSource *self = (PipeSource *) source;

  self->pipe = gw_pipe_ref (pipe);
  self->ready = ready;
  g_ptr_array_add (pipe->sources, self);
  return source;
}

/* @changed: called, from inside of the session's events, when there is more to
 * read, or more room, or an end; it makes no call of the program */
void
gw_pipe_listen (GwPipe *pipe, GwPipeFunc changed, gpointer user_data)
{
  pipe->changed = changed;
  pipe->user_data = user_data;
}

/* There may be room again. */
void
gw_pipe_notice (GwPipe *pipe)
{
  for (guint i = 0; i < pipe->sources->len; i++)
    {
      GMainContext *context = g_source_get_context (g_ptr_array_index (pipe->sources, i));

      if (context != NULL)
        g_main_context_wakeup (context);
    }
  if (pipe->changed != NULL)
    pipe->changed (pipe, pipe->user_data);
}

/* --- What comes --------------------------------------------------------- */

void
gw_pipe_receive (GwPipe *pipe, GBytes *bytes)
{
  gw_blocks_push_joined (&pipe->blocks, bytes);
  gw_pipe_notice (pipe);
}

void
gw_pipe_receive_fin (GwPipe *pipe)
{
  pipe->fin = TRUE;
  gw_pipe_notice (pipe);
}

/* The session has it no more. What came may still be read. */
void
gw_pipe_lose (GwPipe *pipe, const char *why)
{
  pipe->carrier = NULL;
  if (pipe->why == NULL)
    pipe->why = g_strdup (why);
  gw_pipe_notice (pipe);
}

/* Whether nothing is left to be done with it: its number may soon be another
 * stream's. */
gboolean
gw_pipe_is_over (GwPipe *pipe)
{
  return pipe->carrier == NULL || (pipe->fin && pipe->finished && g_queue_is_empty (&pipe->blocks));
}

static void
flush (GwPipe *pipe)
{
  if (pipe->carrier != NULL)
    pipe->carrier->flush (pipe->carrier->user_data);
}

static void
consume (GwPipe *pipe, gsize length)
{
  if (pipe->carrier != NULL)
    gw_session_stream_consume (pipe->carrier->session, pipe->id, length);
}

/* --- Reading ------------------------------------------------------------ */

/* Whether no more will come than what waits. */
gboolean
gw_pipe_has_said_all (GwPipe *pipe)
{
  return pipe->fin || pipe->carrier == NULL;
}

/* Whether its writer has said all, and all was read. */
gboolean
gw_pipe_is_at_end (GwPipe *pipe)
{
  return pipe->fin && g_queue_is_empty (&pipe->blocks);
}

/* Why it ended before all was said in both directions; or NULL. */
const char *
gw_pipe_get_why_lost (GwPipe *pipe)
{
  return pipe->carrier == NULL && !(pipe->fin && pipe->finished) ? pipe->why : NULL;
}

/* Whether gw_pipe_read() has something to tell. */
gboolean
gw_pipe_is_readable (GwPipe *pipe)
{
  return !g_queue_is_empty (&pipe->blocks) || gw_pipe_has_said_all (pipe);
}

/**
 * gw_pipe_take:
 *
 * Returns: (transfer full) (nullable): what came next; %NULL for nothing yet
 */
GBytes *
gw_pipe_take (GwPipe *pipe)
{
  g_autoptr (GBytes) block = g_queue_pop_head (&pipe->blocks);
  GBytes *rest;

  if (block == NULL)
    return NULL;
  rest = g_bytes_new_from_bytes (block, pipe->taken, g_bytes_get_size (block) - pipe->taken);
  pipe->taken = 0;
  consume (pipe, g_bytes_get_size (rest));
  flush (pipe);
  return rest;
}

static gsize
copy_out (GwPipe *pipe, guint8 *buffer, gsize length)
{
  gsize copied = 0;

  while (copied < length && !g_queue_is_empty (&pipe->blocks))
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_queue_peek_head (&pipe->blocks), &size);
      gsize part = MIN (size - pipe->taken, length - copied);

      memcpy (buffer + copied, data + pipe->taken, part);
      copied += part;
      pipe->taken += part;
      if (pipe->taken < size)
        break;
      g_bytes_unref (g_queue_pop_head (&pipe->blocks));
      pipe->taken = 0;
    }
  return copied;
}

/**
 * gw_pipe_read:
 * @length: at least 1
 *
 * Returns: how many bytes were read; 0 at the end; -1 with
 *   %G_IO_ERROR_WOULD_BLOCK or, where there will never be more,
 *   %GW_ERROR_PEER_LOST set
 */
gssize
gw_pipe_read (GwPipe *pipe, void *buffer, gsize length, GError **error)
{
  gsize copied = copy_out (pipe, buffer, MIN (length, G_MAXSSIZE));

  if (copied > 0)
    {
      consume (pipe, copied);
      flush (pipe);
      return copied;
    }
  if (pipe->fin)
    return 0;
  if (pipe->carrier == NULL)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_PEER_LOST, pipe->why);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "nothing has come yet");
  return -1;
}

/* Nobody reads it from here on: what would still come is not wanted, and what
 * waits gives its room back. Where its writer has said all, the other direction
 * goes on. */
void
gw_pipe_stop_reading (GwPipe *pipe, const char *why)
{
  GBytes *block;

  if (!gw_pipe_has_said_all (pipe))
    {
      gw_pipe_reset (pipe, why);
      return;
    }
  while ((block = gw_pipe_take (pipe)) != NULL)
    g_bytes_unref (block);
}

/* --- Writing ------------------------------------------------------------ */

static gboolean
is_closed_for_writing (GwPipe *pipe)
{
  return pipe->finished || pipe->carrier == NULL;
}

/* How much gw_pipe_write() would take. */
gsize
gw_pipe_get_room (GwPipe *pipe)
{
  return is_closed_for_writing (pipe) ? 0 : gw_session_stream_get_room (pipe->carrier->session, pipe->id);
}

/* Whether gw_pipe_write() has something to tell. */
gboolean
gw_pipe_is_writable (GwPipe *pipe)
{
  return is_closed_for_writing (pipe) || gw_pipe_get_room (pipe) > 0;
}

/* Takes @bytes. */
static gssize
write_all (GwPipe *pipe, GBytes *bytes, GError **error)
{
  gssize length = (gssize) g_bytes_get_size (bytes);
  gboolean written = gw_session_stream_write (pipe->carrier->session, pipe->id, bytes, error);

  g_bytes_unref (bytes);
  if (!written)
    return -1;
  flush (pipe);
  return length;
}

/* How much of @length may be written; -1 as gw_pipe_write() has it. */
static gssize
find_room (GwPipe *pipe, gsize length, GError **error)
{
  gsize room;

  if (is_closed_for_writing (pipe))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "nobody reads it any more: %s",
                   pipe->why != NULL ? pipe->why : "it was closed");
      return -1;
    }
  room = gw_pipe_get_room (pipe);
  if (room > 0 || length == 0)
    return MIN (room, length);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "what was written before has not gone yet");
  return -1;
}

/**
 * gw_pipe_write:
 *
 * Returns: how many of the bytes were taken; -1 with %G_IO_ERROR_WOULD_BLOCK
 *   or %G_IO_ERROR_BROKEN_PIPE set
 */
gssize
gw_pipe_write (GwPipe *pipe, const void *data, gsize length, GError **error)
{
  gssize room = find_room (pipe, length, error);

  return room < 0 ? -1 : write_all (pipe, g_bytes_new (data, room), error);
}

/* The same of what is kept, and not copied. */
gssize
gw_pipe_write_bytes (GwPipe *pipe, GBytes *bytes, GError **error)
{
  gssize room = find_room (pipe, g_bytes_get_size (bytes), error);

  return room < 0 ? -1 : write_all (pipe, g_bytes_new_from_bytes (bytes, 0, room), error);
}

/* No more will be written. */
void
gw_pipe_finish (GwPipe *pipe)
{
  if (is_closed_for_writing (pipe))
    return;
  pipe->finished = TRUE;
  gw_session_stream_finish (pipe->carrier->session, pipe->id);
  flush (pipe);
}

/* Nobody wants what may still come, nor writes. Nothing if all was said in
 * both directions and taken. */
void
gw_pipe_reset (GwPipe *pipe, const char *why)
{
  const GwPipeCarrier *carrier = pipe->carrier;

  if (gw_pipe_is_over (pipe))
    return;
  gw_session_stream_reset (carrier->session, pipe->id, why);
  g_queue_clear_full (&pipe->blocks, (GDestroyNotify) g_bytes_unref);
  pipe->taken = 0;
  gw_pipe_lose (pipe, why);
  carrier->flush (carrier->user_data);
}
