/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a pipe's input a GInputStream: GIO does the asynchronous part by way of
 * the pollable interface, and blocking reads run the client meanwhile. */

#include "gw-pipe-input.h"

#include "gw-blocking.h"
#include "gw-limits.h"

struct _GwPipeInput
{
  GInputStream parent_instance;

  GwClient *client;
  GwPipe *pipe;

  GQueue parts;     /* of GwPipePart*: what comes behind it */
  guint64 lost;     /* before what is read next */
  guint64 position; /* of what is read next, among all parts */
  GwPipeLostFunc lost_func;
  gpointer user_data;
};

static void pollable_init (GPollableInputStreamInterface *interface);

G_DEFINE_TYPE_WITH_CODE (GwPipeInput, gw_pipe_input, G_TYPE_INPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_init))

/* --- Parts -------------------------------------------------------------- */

/* What a guest says may add up to anything; offsets are numbers of JSON. */
static guint64
add_up (guint64 a, guint64 b)
{
  return a > G_MAXINT64 - MIN (b, G_MAXINT64) ? G_MAXINT64 : a + b;
}

/* Goes to the next one where one is read to its end. */
static void
advance (GwPipeInput *self)
{
  while (!g_queue_is_empty (&self->parts) && gw_pipe_is_at_end (self->pipe))
    {
      g_autofree GwPipePart *part = g_queue_pop_head (&self->parts);

      gw_pipe_unref (self->pipe);
      self->pipe = part->pipe;
      self->lost = add_up (self->lost, part->lost);
    }
}

static void
tell_lost (GwPipeInput *self)
{
  guint64 lost = self->lost;

  self->lost = 0;
  self->position = add_up (self->position, lost);
  if (lost > 0 && self->lost_func != NULL)
    self->lost_func (self, lost, self->user_data);
}

/* Returns what gw_pipe_read() does. What is lost is told before what follows it
 * is read. */
static gssize
read_part (GwPipeInput *self, void *buffer, gsize length, GError **error)
{
  gssize got;

  advance (self);
  if (gw_pipe_is_readable (self->pipe))
    tell_lost (self);
  got = gw_pipe_read (self->pipe, buffer, length, error);
  self->position = add_up (self->position, MAX (got, 0));
  return got;
}

/* --- Pollable ----------------------------------------------------------- */

static gboolean
is_readable (GPollableInputStream *stream)
{
  GwPipeInput *self = GW_PIPE_INPUT (stream);

  advance (self);
  return gw_pipe_is_readable (self->pipe);
}

static GSource *
create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  GwPipeInput *self = GW_PIPE_INPUT (stream);
  g_autoptr (GSource) ready = NULL;

  advance (self);
  ready = gw_pipe_create_source (self->pipe, gw_pipe_is_readable);
  return g_pollable_source_new_full (stream, ready, cancellable);
}

static gssize
read_nonblocking (GPollableInputStream *stream, void *buffer, gsize length, GError **error)
{
  return read_part (GW_PIPE_INPUT (stream), buffer, length, error);
}

static void
pollable_init (GPollableInputStreamInterface *interface)
{
  interface->is_readable = is_readable;
  interface->create_source = create_source;
  interface->read_nonblocking = read_nonblocking;
}

/* --- The stream --------------------------------------------------------- */

static gboolean
is_ready (gpointer stream)
{
  return is_readable (stream);
}

static gssize
read_fn (GInputStream *stream, void *buffer, gsize length, GCancellable *cancellable, GError **error)
{
  GwPipeInput *self = GW_PIPE_INPUT (stream);
  GwBlocking blocking;
  gssize got = -1;

  gw_blocking_begin (&blocking, self->client);
  if (gw_blocking_wait_for (&blocking, is_ready, self, cancellable, error))
    got = read_part (self, buffer, length, error);
  gw_blocking_end (&blocking);
  return got;
}

static gboolean
close_fn (GInputStream *stream, GCancellable *cancellable, GError **error)
{
  GwPipeInput *self = GW_PIPE_INPUT (stream);

  gw_pipe_stop_reading (self->pipe, "its reader closed it");
  for (GList *link = self->parts.head; link != NULL; link = link->next)
    gw_pipe_stop_reading (((GwPipePart *) link->data)->pipe, "its reader closed it");
  return TRUE;
}

/* GIO's own would do it in another thread. */
static void
close_async (GInputStream *stream, int priority, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, close_async);
  close_fn (stream, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
close_finish (GInputStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
part_free (gpointer part)
{
  gw_pipe_unref (((GwPipePart *) part)->pipe);
  g_free (part);
}

static void
gw_pipe_input_finalize (GObject *object)
{
  GwPipeInput *self = GW_PIPE_INPUT (object);

  g_queue_clear_full (&self->parts, part_free);
  gw_pipe_unref (self->pipe);
  g_object_unref (self->client);
  G_OBJECT_CLASS (gw_pipe_input_parent_class)->finalize (object);
}

static void
gw_pipe_input_class_init (GwPipeInputClass *class)
{
  GInputStreamClass *stream_class = G_INPUT_STREAM_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = gw_pipe_input_finalize;
  stream_class->read_fn = read_fn;
  stream_class->close_fn = close_fn;
  stream_class->close_async = close_async;
  stream_class->close_finish = close_finish;
}

static void
gw_pipe_input_init (GwPipeInput *self)
{
  g_queue_init (&self->parts);
}

/**
 * gw_pipe_input_new: (skip)
 * @client: what carries the pipe
 *
 * Returns: (transfer full): a stream that reads it
 */
GInputStream *
gw_pipe_input_new (GwClient *client, GwPipe *pipe)
{
  GwPipeInput *self = g_object_new (GW_TYPE_PIPE_INPUT, NULL);

  self->client = g_object_ref (client);
  self->pipe = gw_pipe_ref (pipe);
  return G_INPUT_STREAM (self);
}

/**
 * gw_pipe_input_new_of_parts: (skip)
 * @lost: called from inside of the function that reads
 *
 * Returns: (transfer full): a stream that reads @first, and then those that are
 *   added
 */
GInputStream *
gw_pipe_input_new_of_parts (GwClient *client, const GwPipePart *first, GwPipeLostFunc lost, gpointer user_data)
{
  GInputStream *stream = gw_pipe_input_new (client, first->pipe);
  GwPipeInput *self = GW_PIPE_INPUT (stream);

  self->lost = first->lost;
  self->position = first->offset - MIN (first->lost, first->offset);
  self->lost_func = lost;
  self->user_data = user_data;
  return stream;
}

/* Before the one at hand is read to its end, lest its reader take that for
 * the end of all.
 *
 * Returns: %FALSE if too many wait to be read */
gboolean
gw_pipe_input_add_part (GwPipeInput *self, const GwPipePart *part)
{
  GwPipePart *added;

  if (self->parts.length >= GW_PIPE_PARTS_MAX)
    return FALSE;
  added = g_memdup2 (part, sizeof *part);
  gw_pipe_ref (added->pipe);
  g_queue_push_tail (&self->parts, added);
  return TRUE;
}

/* Whoever wanted to know what is lost is there no more. */
void
gw_pipe_input_forget_user (GwPipeInput *self)
{
  self->lost_func = NULL;
}

guint64
gw_pipe_input_get_position (GwPipeInput *self)
{
  return self->position;
}
