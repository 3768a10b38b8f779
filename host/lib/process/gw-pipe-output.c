/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a pipe's output a GOutputStream: GIO does the asynchronous part by way
 * of the pollable interface, and blocking writes run the client meanwhile. */

#include "gw-pipe-output.h"

#include "gw-blocking.h"

struct _GwPipeOutput
{
  GOutputStream parent_instance;

  GwClient *client;
  GwPipe *pipe;
};

static void pollable_init (GPollableOutputStreamInterface *interface);

G_DEFINE_TYPE_WITH_CODE (GwPipeOutput, gw_pipe_output, G_TYPE_OUTPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, pollable_init))

/* --- Pollable ----------------------------------------------------------- */

static gboolean
is_writable (GPollableOutputStream *stream)
{
  return gw_pipe_is_writable (GW_PIPE_OUTPUT (stream)->pipe);
}

static GSource *
create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) ready = gw_pipe_create_source (GW_PIPE_OUTPUT (stream)->pipe, gw_pipe_is_writable);

  return g_pollable_source_new_full (stream, ready, cancellable);
}

static gssize
write_nonblocking (GPollableOutputStream *stream, const void *data, gsize length, GError **error)
{
  return gw_pipe_write (GW_PIPE_OUTPUT (stream)->pipe, data, length, error);
}

static void
pollable_init (GPollableOutputStreamInterface *interface)
{
  interface->is_writable = is_writable;
  interface->create_source = create_source;
  interface->write_nonblocking = write_nonblocking;
}

/* --- The stream --------------------------------------------------------- */

static gboolean
is_ready (gpointer pipe)
{
  return gw_pipe_is_writable (pipe);
}

static gssize
write_fn (GOutputStream *stream, const void *data, gsize length, GCancellable *cancellable, GError **error)
{
  GwPipeOutput *self = GW_PIPE_OUTPUT (stream);
  GwBlocking blocking;
  gssize written = -1;

  gw_blocking_begin (&blocking, self->client);
  if (gw_blocking_wait_for (&blocking, is_ready, self->pipe, cancellable, error))
    written = gw_pipe_write (self->pipe, data, length, error);
  gw_blocking_end (&blocking);
  return written;
}

static gboolean
close_fn (GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  gw_pipe_finish (GW_PIPE_OUTPUT (stream)->pipe);
  return TRUE;
}

/* GIO's own would do it in another thread. */
static void
close_async (GOutputStream *stream, int priority, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, close_async);
  close_fn (stream, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
close_finish (GOutputStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
gw_pipe_output_finalize (GObject *object)
{
  GwPipeOutput *self = GW_PIPE_OUTPUT (object);

  gw_pipe_unref (self->pipe);
  g_object_unref (self->client);
  G_OBJECT_CLASS (gw_pipe_output_parent_class)->finalize (object);
}

static void
gw_pipe_output_class_init (GwPipeOutputClass *class)
{
  GOutputStreamClass *stream_class = G_OUTPUT_STREAM_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = gw_pipe_output_finalize;
  stream_class->write_fn = write_fn;
  stream_class->close_fn = close_fn;
  stream_class->close_async = close_async;
  stream_class->close_finish = close_finish;
}

static void
gw_pipe_output_init (GwPipeOutput *self)
{
}

/**
 * gw_pipe_output_new: (skip)
 * @client: what carries the pipe
 *
 * Returns: (transfer full): a stream that writes to it
 */
GOutputStream *
gw_pipe_output_new (GwClient *client, GwPipe *pipe)
{
  GwPipeOutput *self = g_object_new (GW_TYPE_PIPE_OUTPUT, NULL);

  self->client = g_object_ref (client);
  self->pipe = gw_pipe_ref (pipe);
  return G_OUTPUT_STREAM (self);
}
