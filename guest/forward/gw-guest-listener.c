/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listens in this guest, and opens a stream for each who connects, as long as
 * there are streams. The socket is made in a thread: to look its name up, or to
 * see that an old one is dead, takes time. */

#include "gw-guest-listener.h"

#include <gio/gio.h>
#include <unistd.h>

#include "gw-acceptor.h"
#include "gw-freeze.h"
#include "gw-limits.h"
#include "gw-socket-stream.h"

struct _GwGuestListener
{
  GwStreams *streams;
  guint64 call;
  GCancellable *cancellable; /* of the thread */
  GwAcceptor *acceptor;      /* NULL until it listens */
  GwGuestListenerFunc opened;
  gpointer data;
};

typedef struct
{
  GwEndpoint *endpoint;
  guint mode;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  gw_endpoint_free (order->endpoint);
  g_free (order);
}

/* --- Who connects ------------------------------------------------------- */

static gboolean
has_room (gpointer data)
{
  GwGuestListener *listener = data;

  if (!gw_socket_stream_has_room (NULL) || !gw_streams_reserve (listener->streams, 1, NULL))
    return FALSE;
  gw_streams_release (listener->streams, 1);
  return TRUE;
}

/* @peer: of numbers and signs */
static void
accepted (int fd, const char *peer, gpointer data)
{
  GwGuestListener *listener = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *purpose = g_strdup_printf (
      "{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"connection\",\"peer\":\"%s\"}", listener->call, peer);

  if (!gw_socket_stream_begin (fd, listener->streams, purpose, &error))
    g_debug ("a connection is not forwarded: %s", error->message);
}

static const GwAcceptorEvents acceptor_events = { has_room, accepted };

/* --- Its beginning ------------------------------------------------------ */

/* By a stream that is for nothing else. */
static gboolean
tell_listening (GwGuestListener *listener, GError **error)
{
  g_autofree char *purpose
      = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"listening\",\"port\":%u}", listener->call,
                         gw_acceptor_get_port (listener->acceptor));
  guint16 stream = gw_streams_open (listener->streams, purpose, NULL, NULL, error);

  if (stream == 0)
    return FALSE;
  gw_streams_finish (listener->streams, stream);
  return TRUE;
}

static gboolean
begin (GwGuestListener *listener, GwListening *listening, GError **error)
{
  if (listening == NULL)
    return FALSE;
  listener->acceptor
      = gw_acceptor_new (NULL, listening, &acceptor_events, listener, error);
  return listener->acceptor != NULL && tell_listening (listener, error);
}

static void
on_open (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GwListening *listening = g_task_propagate_pointer (G_TASK (result), &error);
  GwGuestListener *listener = data;

  /* It is not there any more: what was made went with the task. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  begin (listener, listening, &error);
  g_clear_object (&listener->cancellable);
  listener->opened (error, listener->data);
}

static void
open_in_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  const Order *order = data;
  GError *error = NULL;
  GwListening *listening = gw_listening_open (order->endpoint, order->mode, &error);

  if (listening != NULL)
    g_task_return_pointer (task, listening, (GDestroyNotify) gw_listening_close);
  else
    g_task_return_error (task, error);
}

/**
 * gw_guest_listener_new:
 * @endpoint: (transfer full): where
 * @mode: permission bits of a unix socket
 * @call: the request that it is for
 *
 * Returns: (transfer full): a listener that is being opened
 */
GwGuestListener *
gw_guest_listener_new (GwEndpoint *endpoint, guint mode, GwStreams *streams, guint64 call, GwGuestListenerFunc opened,
                       gpointer data)
{
  GwGuestListener *listener = g_new0 (GwGuestListener, 1);
  g_autoptr (GTask) task = NULL;
  Order *order = g_new0 (Order, 1);

  listener->streams = streams;
  listener->call = call;
  listener->cancellable = g_cancellable_new ();
  listener->opened = opened;
  listener->data = data;
  order->endpoint = endpoint;
  order->mode = mode;
  task = g_task_new (NULL, listener->cancellable, on_open, listener);
  g_task_set_task_data (task, order, order_free);
  g_task_run_in_thread (task, open_in_thread);
  return listener;
}

/* --- Its end ------------------------------------------------------------ */

static gpointer
close_in_thread (gpointer data)
{
  gw_listening_close (data);
  return NULL;
}

/* A socket's file on a frozen file system is removed when that is thawed: who
 * waits for it here could not thaw it. */
static void
close_listening (GwListening *listening)
{
  GThread *thread;

  if (!gw_freeze_is_frozen ())
    {
      gw_listening_close (listening);
      return;
    }
  thread = g_thread_try_new ("guestwire-close", close_in_thread, listening, NULL);
  if (thread != NULL)
    g_thread_unref (thread);
  else
    g_warning ("there is no thread to remove a socket by: its file stays");
}

/* Who has connected stays. */
void
gw_guest_listener_free (GwGuestListener *listener)
{
  if (listener->cancellable != NULL)
    g_cancellable_cancel (listener->cancellable);
  g_clear_object (&listener->cancellable);
  if (listener->acceptor != NULL)
    close_listening (gw_acceptor_end (listener->acceptor));
  g_free (listener);
}
