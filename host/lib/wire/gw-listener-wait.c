/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for one connection to a listener, and makes that listen first: in a
 * thread, where a name has to be looked up for it. Says nothing on it. */

#include "gw-listener-wait.h"

#include <errno.h>
#include <sys/epoll.h>

#include "gw-attempt.h"
#include "gw-listener-private.h"
#include "gw-poll.h"

/* What the thread opens. */
typedef struct
{
  GwAddress *address;
  GwListening *listening;
  GError *error;
} Opening;

struct _GwListenerWait
{
  GwListener *listener;
  GMainContext *context;
  GwListenerWaitFunc done;
  gpointer data;
  GwAttempt *attempt;
  GwPollItem *opened;                  /* of @attempt */
  GwPollItem *items[GW_LISTENING_MAX]; /* of what is listened on */
  int fds[GW_LISTENING_MAX];
  guint n_fds;
  GSource *closed; /* to tell that from the loop */
};

/* --- The end ------------------------------------------------------------ */

static void
stop (GwListenerWait *wait)
{
  for (guint i = 0; i < G_N_ELEMENTS (wait->items); i++)
    g_clear_pointer (&wait->items[i], gw_poll_remove);
  g_clear_pointer (&wait->opened, gw_poll_remove);
}

/* The last thing: it may be freed in it. */
static void
fail (GwListenerWait *wait, GError *error, gboolean may_pass)
{
  stop (wait);
  wait->done (-1, error, may_pass, wait->data);
}

static gboolean
on_told (gpointer data)
{
  GwListenerWait *wait = data;

  fail (wait, g_error_new_literal (GW_ERROR, GW_ERROR_CONNECT, "the listener was closed"), FALSE);
  return G_SOURCE_REMOVE;
}

/* The program has closed it, and its descriptors go next. */
static void
on_listener_changed (GwListener *listener, GParamSpec *pspec, gpointer data)
{
  GwListenerWait *wait = data;

  if (gw_listener_get_state (listener) != GW_LISTENER_CLOSED || wait->n_fds == 0 || wait->closed != NULL)
    return;
  stop (wait);
  wait->closed = g_idle_source_new ();
  g_source_set_priority (wait->closed, G_PRIORITY_DEFAULT);
  g_source_set_callback (wait->closed, on_told, wait, NULL);
  g_source_attach (wait->closed, wait->context);
}

/* --- A connection ------------------------------------------------------- */

static void
on_hypervisor (guint32 events, gpointer data)
{
  GwListenerWait *wait = data;
  int fd = -1;

  for (guint i = 0; i < wait->n_fds && fd < 0; i++)
    {
      fd = gw_listener_accept (wait->listener, wait->fds[i]);
      if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        {
          fail (wait, g_error_new_literal (GW_ERROR, GW_ERROR_CONNECT, g_strerror (errno)), TRUE);
          return;
        }
    }
  if (fd < 0)
    return; /* it has left again */
  stop (wait);
  wait->done (fd, NULL, FALSE, wait->data);
}

static gboolean
wait_for_hypervisor (GwListenerWait *wait, GError **error)
{
  wait->n_fds = gw_listener_get_fds (wait->listener, wait->fds);
  for (guint i = 0; i < wait->n_fds; i++)
    {
      wait->items[i] = gw_poll_add (wait->context, wait->fds[i], EPOLLIN, on_hypervisor, wait, error);
      if (wait->items[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* --- To listen first ---------------------------------------------------- */

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_clear_pointer (&opening->listening, gw_listening_close);
  g_clear_error (&opening->error);
  g_object_unref (opening->address);
  g_free (opening);
}

static void
open_in_thread (gpointer data, GCancellable *cancellable G_GNUC_UNUSED)
{
  Opening *opening = data;

  opening->listening = gw_listener_open (opening->address, &opening->error);
}

static void
on_opened (guint32 events, gpointer data)
{
  GwListenerWait *wait = data;
  Opening *opening = gw_attempt_get_data (wait->attempt);
  GError *error = NULL;

  g_clear_pointer (&wait->opened, gw_poll_remove);
  if (opening->listening == NULL)
    fail (wait, g_steal_pointer (&opening->error), FALSE);
  else
    {
      gw_listener_adopt (wait->listener, g_steal_pointer (&opening->listening));
      if (!wait_for_hypervisor (wait, &error))
        fail (wait, error, FALSE);
    }
}

static gboolean
begin (GwListenerWait *wait, GError **error)
{
  GwAddress *unopened = gw_listener_get_unopened (wait->listener);
  Opening *opening;

  if (unopened == NULL)
    return gw_listener_open_socket (wait->listener, error) && wait_for_hypervisor (wait, error);
  opening = g_new0 (Opening, 1);
  opening->address = g_object_ref (unopened);
  wait->attempt = gw_attempt_start ("guestwire-listen", open_in_thread, opening, opening_free, error);
  if (wait->attempt != NULL)
    wait->opened
        = gw_poll_add (wait->context, gw_attempt_get_event (wait->attempt), EPOLLIN, on_opened, wait, error);
  return wait->opened != NULL;
}

/**
 * gw_listener_wait_new:
 * @context: where it waits
 * @done: never called before this has returned
 *
 * Returns: (transfer full): a wait, or %NULL with an error as of
 *   gw_listener_listen() set
 */
GwListenerWait *
gw_listener_wait_new (GwListener *listener, GMainContext *context, GwListenerWaitFunc done, gpointer data,
                      GError **error)
{
  GwListenerWait *wait = g_new0 (GwListenerWait, 1);

  wait->listener = g_object_ref (listener);
  wait->context = g_main_context_ref (context);
  wait->done = done;
  wait->data = data;
  g_signal_connect (listener, "notify::state", G_CALLBACK (on_listener_changed), wait);
  if (begin (wait, error))
    return wait;
  gw_listener_wait_free (wait);
  return NULL;
}

void
gw_listener_wait_free (GwListenerWait *wait)
{
  stop (wait);
  g_clear_pointer (&wait->attempt, gw_attempt_abandon);
  if (wait->closed != NULL)
    g_source_destroy (wait->closed);
  g_clear_pointer (&wait->closed, g_source_unref);
  g_signal_handlers_disconnect_by_data (wait->listener, wait);
  g_object_unref (wait->listener);
  g_main_context_unref (wait->context);
  g_free (wait);
}
