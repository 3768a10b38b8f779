/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connects a socket without holding up the loop: names are looked up, and TCP
 * is connected, in a thread; a unix socket that takes nobody just now is tried
 * again. Says nothing on it. */

#include "gw-dial.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-connect-tcp.h"
#include "gw-later.h"
#include "gw-limits.h"
#include "gw-poll.h"

struct _GwDial
{
  GMainContext *context;
  char *path;        /* of a unix socket */
  char *shown;
  GwAttempt *tcp;    /* on its way */
  GwPollItem *item;  /* of that */
  GSource *timer;    /* unix: the next try; TCP: the end */
  gint64 deadline_us;
  GwDialFunc done;
  gpointer data;
};

/* As the last thing that is done. */
static void
fail (GwDial *dial, const char *why)
{
  dial->done (-1, g_error_new (GW_ERROR, GW_ERROR_CONNECT, "cannot connect to %s: %s", dial->shown, why), dial->data);
}

static void
set_timer (GwDial *dial, guint ms, GSourceFunc func)
{
  gw_later_set (&dial->timer, dial->context, ms, func, dial);
}

/* --- Unix --------------------------------------------------------------- */

/* AF_UNIX knows no connect in progress. */
static gboolean
try_unix (gpointer data)
{
  GwDial *dial = data;
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int problem;

  /* gw_endpoint_parse() has seen that it fits with its NUL. */
  strncpy (name.sun_path, dial->path, sizeof name.sun_path - 1);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &name, sizeof name) == 0)
    {
      dial->done (fd, NULL, dial->data);
      return G_SOURCE_REMOVE;
    }
  problem = errno;
  if (fd >= 0)
    close (fd);
  if ((problem == EAGAIN || problem == EINTR) && g_get_monotonic_time () < dial->deadline_us)
    set_timer (dial, GW_DIAL_AGAIN_MS, try_unix);
  else
    fail (dial, problem == EAGAIN ? "who listens there takes nobody" : g_strerror (problem));
  return G_SOURCE_REMOVE;
}

/* --- TCP ---------------------------------------------------------------- */

static void
on_tcp_done (guint32 events, gpointer data)
{
  GwDial *dial = data;
  g_autoptr (GError) error = NULL;
  gboolean may_pass;
  int fd = gw_connect_tcp_finish (dial->tcp, &may_pass, &error);

  if (fd < 0)
    fail (dial, error->message);
  else
    dial->done (fd, NULL, dial->data);
}

static gboolean
on_too_late (gpointer data)
{
  fail (data, "no answer came in time");
  return G_SOURCE_REMOVE;
}

static gboolean
begin_tcp (GwDial *dial, const GwEndpoint *to, GError **error)
{
  dial->tcp = gw_connect_tcp_start (to->host, to->port, error);
  if (dial->tcp == NULL)
    return FALSE;
  dial->item
      = gw_poll_add (dial->context, gw_attempt_get_event (dial->tcp), EPOLLIN, on_tcp_done, dial, error);
  set_timer (dial, GW_FORWARD_CONNECT_MS, on_too_late);
  return dial->item != NULL;
}

/* --- Either ------------------------------------------------------------- */

/**
 * gw_dial_new:
 * @context: (nullable): where it works; %NULL for the calling thread's default
 *
 * Returns: (transfer full): a socket on its way, or %NULL with @error set
 */
GwDial *
gw_dial_new (GMainContext *context, const GwEndpoint *to, GwDialFunc done, gpointer data, GError **error)
{
  g_autoptr (GwDial) dial = g_new0 (GwDial, 1);

  dial->context = context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
  dial->path = g_strdup (to->path);
  dial->shown = gw_endpoint_to_string (to);
  dial->deadline_us = g_get_monotonic_time () + GW_FORWARD_CONNECT_MS * G_GINT64_CONSTANT (1000);
  dial->done = done;
  dial->data = data;
  if (dial->path != NULL)
    set_timer (dial, 0, try_unix);
  else if (!begin_tcp (dial, to, error))
    return NULL;
  return g_steal_pointer (&dial);
}

/* It is abandoned, if it is not done. */
void
gw_dial_free (GwDial *dial)
{
  gw_later_clear (&dial->timer);
  g_clear_pointer (&dial->item, gw_poll_remove);
  g_clear_pointer (&dial->tcp, gw_attempt_abandon);
  g_main_context_unref (dial->context);
  g_free (dial->path);
  g_free (dial->shown);
  g_free (dial);
}
