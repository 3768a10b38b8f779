/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening and closing a client, and finding out why nobody answered. */

#include "gw-client-private.h"

#include "gw-explain.h"

/* --- The end of an opening ----------------------------------------------- */

static void
end_open (GwClient *self, GError *error)
{
  gw_pending_end (g_steal_pointer (&self->open), NULL, error);
}

void
gw_client_on_opened (gpointer user_data)
{
  GwClient *self = user_data;

  gw_client_set_state (self, GW_CLIENT_OPEN);
  end_open (self, NULL);
}

/* What the opening ended with, and what was found out about it. */
static void
add_reason (GError *error, const char *why, GwSilence silence)
{
  g_autofree char *message = error->message;

  /* That somebody is in the way is known; who is, may be. */
  if (error->code == GW_ERROR_BUSY && silence != GW_SILENCE_HELD)
    why = NULL;
  error->message = why != NULL ? g_strdup_printf ("%s: %s", message, why) : g_steal_pointer (&message);
  if (silence == GW_SILENCE_HELD)
    error->code = GW_ERROR_BUSY;
}

static gboolean
may_be_explained (const GError *error)
{
  return g_error_matches (error, GW_ERROR, GW_ERROR_NO_ANSWER) || g_error_matches (error, GW_ERROR, GW_ERROR_BUSY);
}

static void
on_explained (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GwClient) self = user_data;
  GwSilence silence;
  g_autofree char *why = gw_explain_finish (result, &silence);
  GError *error = g_steal_pointer (&self->open_error);

  if (may_be_explained (error)) /* else it was cancelled meanwhile */
    add_reason (error, why, silence);
  g_clear_object (&self->explaining);
  gw_client_set_state (self, GW_CLIENT_CLOSED);
  end_open (self, error);
}

void
gw_client_on_closed (const GError *error, gpointer user_data)
{
  GwClient *self = user_data;

  if (self->open != NULL && may_be_explained (error))
    {
      self->open_error = g_error_copy (error);
      self->explaining = g_cancellable_new ();
      g_main_context_push_thread_default (gw_wire_get_context (self->wire));
      gw_explain_async (self->address, self->explaining, on_explained, g_object_ref (self));
      g_main_context_pop_thread_default (gw_wire_get_context (self->wire));
      return;
    }
  gw_client_set_state (self, GW_CLIENT_CLOSED);
  if (self->open != NULL)
    end_open (self, g_error_copy (error));
}

/* --- Cancellation ------------------------------------------------------- */

static void
cancel_open (GwClient *self, const char *why)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, why);

  if (self->explaining != NULL)
    {
      /* Comes back at once, and has to: its result may go to a context that
       * will soon be gone. */
      g_clear_error (&self->open_error);
      self->open_error = g_steal_pointer (&error);
      g_cancellable_cancel (self->explaining);
      return;
    }
  end_open (self, g_steal_pointer (&error));
  gw_wire_close (self->wire);
}

static void
on_open_cancelled (GwPending *pending, gpointer user_data)
{
  cancel_open (user_data, "cancelled before an agent answered");
}

/* --- Open and close ----------------------------------------------------- */

/**
 * gw_client_open_async:
 * @client: a #GwClient
 * @timeout_ms: how long to try, in milliseconds; %GW_TIMEOUT_DEFAULT for 30
 *   seconds, %GW_TIMEOUT_NONE for no limit
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when an agent has answered, or not
 * @user_data: for @callback
 *
 * Opens the channel and waits for an agent to answer. While there is no
 * socket, or nobody listens on it, or nobody answers, it goes on trying until
 * the time is up: the machine may be starting. What no waiting can mend, such
 * as a lack of permission, is an error at once.
 *
 * On an open client it succeeds at once.
 *
 * Since: 0.1
 */
void
gw_client_open_async (GwClient *client, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (GW_IS_CLIENT (client));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);

  task = gw_pending_task_new (client, gw_client_open_async, cancellable, callback, user_data);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (client->state == GW_CLIENT_OPEN)
    g_task_return_pointer (task, NULL, NULL);
  else if (client->open != NULL)
    g_task_return_new_error (task, GW_ERROR, GW_ERROR_BUSY, "the client is being opened already");
  else
    {
      gw_client_settle (client);
      client->left = FALSE;
      client->open = gw_pending_new (task, 0, client->home, on_open_cancelled, client);
      gw_wire_open (client->wire, gw_client_timeout_to_us (timeout_ms));
      gw_client_set_state (client, GW_CLIENT_OPENING);
    }
}

/**
 * gw_client_open_finish:
 * @client: a #GwClient
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if the client is open; else %FALSE with one of these set:
 *   %GW_ERROR_CONNECT (the channel cannot be opened; the message says why),
 *   %GW_ERROR_NO_ANSWER (it is open, and no agent answers; the message says
 *   why, as far as this host knows), %GW_ERROR_BUSY (another program holds the
 *   channel, or this client is being opened already) or %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
gboolean
gw_client_open_finish (GwClient *client, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) failure = NULL;

  g_return_val_if_fail (g_task_is_valid (result, client), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  g_task_propagate_pointer (G_TASK (result), &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/**
 * gw_client_close:
 * @client: a #GwClient
 *
 * Closes the channel. A call that is on the way ends with
 * %GW_ERROR_PEER_LOST, those that wait end with %GW_ERROR_NOT_DELIVERED, and
 * an opening with %G_IO_ERROR_CANCELLED. Does nothing to a closed client.
 *
 * Since: 0.1
 */
void
gw_client_close (GwClient *client)
{
  g_return_if_fail (GW_IS_CLIENT (client));

  client->left = TRUE;
  if (client->open != NULL)
    cancel_open (client, "closed before an agent answered");
  else
    gw_wire_close (client->wire);
}
