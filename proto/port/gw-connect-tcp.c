/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connects over TCP in a thread: looking up a name blocks, and GIO's own
 * asynchronous way is bound to one main context, while a client moves from one
 * to another. An attempt that is abandoned ends by itself. */

#include "gw-connect-tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gw-error.h"

struct _GwConnectTcp
{
  char *host;
  guint16 port;
  GCancellable *cancellable;
  int event; /* readable once the thread is done */
  int fd;
  GError *error;
};

static void
attempt_clear (gpointer data)
{
  GwConnectTcp *attempt = data;

  if (attempt->fd >= 0)
    close (attempt->fd);
  if (attempt->event >= 0)
    close (attempt->event);
  g_clear_error (&attempt->error);
  g_object_unref (attempt->cancellable);
  g_free (attempt->host);
}

static void
attempt_unref (GwConnectTcp *attempt)
{
  g_atomic_rc_box_release_full (attempt, attempt_clear);
}

static int
take_descriptor (GSocketConnection *connection)
{
  int fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC, 0);

  /* Requests are small, and each one waits for its answer. */
  if (fd >= 0)
    (void) setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  return fd;
}

static gpointer
connect_in_thread (gpointer data)
{
  GwConnectTcp *attempt = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, attempt->host, attempt->port, attempt->cancellable,
                                                &attempt->error);
  if (connection != NULL)
    {
      attempt->fd = take_descriptor (connection);
      if (attempt->fd < 0)
        g_set_error_literal (&attempt->error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      /* Closing what was duplicated shuts nothing down. */
      g_clear_object (&connection);
    }
  (void) eventfd_write (attempt->event, 1);
  attempt_unref (attempt);
  return NULL;
}

/**
 * gw_connect_tcp_start:
 *
 * Returns: (transfer full): an attempt on the way, to be given to
 *   gw_connect_tcp_abandon() whatever becomes of it; or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwConnectTcp *
gw_connect_tcp_start (const char *host, guint16 port, GError **error)
{
  GwConnectTcp *attempt = g_atomic_rc_box_new0 (GwConnectTcp);
  g_autoptr (GError) failure = NULL;
  GThread *thread = NULL;

  attempt->host = g_strdup (host);
  attempt->port = port;
  attempt->cancellable = g_cancellable_new ();
  attempt->fd = -1;
  attempt->event = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (attempt->event >= 0)
    thread = g_thread_try_new ("guestwire-tcp", connect_in_thread, g_atomic_rc_box_acquire (attempt), &failure);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return attempt;
    }
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, failure != NULL ? failure->message : g_strerror (errno));
  if (attempt->event >= 0)
    attempt_unref (attempt); /* the thread's */
  attempt_unref (attempt);
  return NULL;
}

void
gw_connect_tcp_abandon (GwConnectTcp *attempt)
{
  g_cancellable_cancel (attempt->cancellable);
  attempt_unref (attempt);
}

/* A descriptor that is readable once the attempt is done. */
int
gw_connect_tcp_get_event (GwConnectTcp *attempt)
{
  return attempt->event;
}

/**
 * gw_connect_tcp_finish:
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Returns: of an attempt that is done, a non-blocking descriptor that the
 *   caller owns, or -1 with %GW_ERROR_CONNECT set
 */
int
gw_connect_tcp_finish (GwConnectTcp *attempt, gboolean *may_pass, GError **error)
{
  int fd = attempt->fd;

  attempt->fd = -1;
  *may_pass = TRUE;
  if (fd >= 0)
    return fd;
  *may_pass = !g_error_matches (attempt->error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND);
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, attempt->error->message);
  return -1;
}
