/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What blocking twins share: they need no running loop, and no other source of
 * the program is dispatched under its feet. Knows nothing of what is done. */

#include "gw-blocking.h"

#include "gw-client-private.h"

/**
 * gw_blocking_begin:
 * @blocking: (out caller-allocates): to be ended with gw_blocking_end()
 *
 * What is started from here on runs on a private main context, and so does
 * all that @client has on the way.
 */
void
gw_blocking_begin (GwBlocking *blocking, GwClient *client)
{
  blocking->client = g_object_ref (client);
  blocking->context = g_main_context_new ();
  blocking->home = gw_client_move_in (client, blocking->context);
  blocking->result = NULL;
  g_main_context_push_thread_default (blocking->context);
}

/* The callback to give to the asynchronous function, with @blocking. */
void
gw_blocking_done (GObject *object, GAsyncResult *result, gpointer data)
{
  GwBlocking *blocking = data;

  blocking->result = g_object_ref (result);
}

/**
 * gw_blocking_wait:
 *
 * Returns: (transfer none): what gw_blocking_done() was given
 */
GAsyncResult *
gw_blocking_wait (GwBlocking *blocking)
{
  while (blocking->result == NULL)
    g_main_context_iteration (blocking->context, TRUE);
  return blocking->result;
}

/* In whatever thread cancels. */
static void
on_cancelled (GCancellable *cancellable, gpointer context)
{
  g_main_context_wakeup (context);
}

/* For what is no asynchronous function. FALSE with %G_IO_ERROR_CANCELLED set if
 * it was cancelled before. */
gboolean
gw_blocking_wait_for (GwBlocking *blocking, gboolean (*ready) (gpointer), gpointer user_data, GCancellable *cancellable,
                      GError **error)
{
  gulong handler = 0;

  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), blocking->context, NULL);
  while (!g_cancellable_is_cancelled (cancellable) && !ready (user_data))
    g_main_context_iteration (blocking->context, TRUE);
  g_cancellable_disconnect (cancellable, handler);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* After the asynchronous function's finish. */
void
gw_blocking_end (GwBlocking *blocking)
{
  g_main_context_pop_thread_default (blocking->context);
  gw_client_move_out (blocking->client, blocking->home);
  g_main_context_unref (blocking->context);
  g_clear_object (&blocking->result);
  g_object_unref (blocking->client);
}
