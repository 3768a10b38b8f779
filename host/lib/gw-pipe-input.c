/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a pipe's input a GInputStream: GIO does the asynchronous part by way of
 * the pollable interface, and blocking reads run the client meanwhile. */

#include "gw-pipe-input.h"

#include "gw-blocking.h"

struct _GwPipeInput
{
  GInputStream parent_instance;

  GwClient *client;
  GwPipe *pipe;
};

static void pollable_init (GPollableInputStreamInterface *interface);

G_DEFINE_TYPE_WITH_CODE (GwPipeInput, gw_pipe_input, G_TYPE_INPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_init))

/* --- Pollable ----------------------------------------------------------- */

static gboolean
is_readable (GPollableInputStream *stream)
{
  return gw_pipe_is_readable (GW_PIPE_INPUT (stream)->pipe);
}

static GSource *
create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) ready = gw_pipe_create_source (GW_PIPE_INPUT (stream)->pipe, gw_pipe_is_readable);

  return g_pollable_source_new_full (stream, ready, cancellable);
}

static gssize
read_nonblocking (GPollableInputStream *stream, void *buffer, gsize length, GError **error)
{
  return gw_pipe_read (GW_PIPE_INPUT (stream)->pipe, buffer, length, error);
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
is_ready (gpointer pipe)
{
  return gw_pipe_is_readable (pipe);
}

static gssize
read_fn (GInputStream *stream, void *buffer, gsize length, GCancellable *cancellable, GError **error)
{
  GwPipeInput *self = GW_PIPE_INPUT (stream);
  GwBlocking blocking;
  gssize got = -1;

  gw_blocking_begin (&blocking, self->client);
  if (gw_blocking_wait_for (&blocking, is_ready, self->pipe, cancellable, error))
    got = gw_pipe_read (self->pipe, buffer, length, error);
  gw_blocking_end (&blocking);
  return got;
}

static gboolean
close_fn (GInputStream *stream, GCancellable *cancellable, GError **error)
{
  GwPipeInput *self = GW_PIPE_INPUT (stream);

  gw_pipe_stop_reading (self->pipe, "its reader closed it");
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
gw_pipe_input_finalize (GObject *object)
{
  GwPipeInput *self = GW_PIPE_INPUT (object);

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
