/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends a thread with one request to an agent that only answers those who
 * wait. Knows no client. */

#include "gw-virt-errand.h"

#include "gw-limits.h"
#include "gw-virt-pieces.h"

static void
errand_free (gpointer data)
{
  GwVirtErrand *errand = data;

  gw_virt_fault_clear (&errand->fault);
  g_free (errand->reply);
  g_strfreev (errand->requests);
  g_free (errand);
}

/**
 * gw_virt_errand_new:
 * @requests: (transfer full): one JSON object, or the pieces of a write
 * @silent: whether the agent answers only when it fails
 */
GwVirtErrand *
gw_virt_errand_new (GwVirtCallFunc call, gpointer data, GStrv requests, int timeout_s, gboolean silent)
{
  GwVirtErrand *errand = g_new0 (GwVirtErrand, 1);

  errand->call = call;
  errand->data = data;
  errand->requests = requests;
  errand->timeout_s = timeout_s;
  errand->silent = silent;
  return errand;
}

/* Stops at the first piece that is not written whole. When it is the agent who
 * says so, what is written before counts, and the next write will tell. */
static void
write_pieces (GwVirtErrand *errand)
{
  GwVirtPieces pieces = { 0 };

  for (char **request = errand->requests; *request != NULL && !pieces.is_short; request++)
    {
      g_autofree char *reply = errand->call (*request, errand->timeout_s, &errand->fault, errand->data);
      g_autoptr (GError) error = NULL;

      if (reply == NULL)
        error = gw_virt_fault_to_agent_error (&errand->fault, "guest-file-write");
      if (error != NULL && request > errand->requests)
        break;
      if (reply == NULL)
        return;
      if (!gw_virt_pieces_add (&pieces, *request, reply))
        {
          errand->reply = g_steal_pointer (&reply);
          return;
        }
    }
  errand->reply = gw_virt_pieces_to_reply (&pieces);
}

/* libvirt cannot tell a greeting without answer from a command without one.
 * So an agent is asked whether it is there, before what it does not answer. */
static void
run_errand (GTask *task, gpointer source, gpointer task_data, GCancellable *gone)
{
  GwVirtErrand *errand = task_data;

  errand->pinged = TRUE;
  if (errand->silent)
    {
      g_autofree char *answer = errand->call (GW_VIRT_PING, GW_LIBVIRT_PING_S, &errand->fault, errand->data);

      errand->pinged = answer != NULL;
    }
  if (errand->pinged && errand->requests[1] != NULL)
    write_pieces (errand);
  else if (errand->pinged)
    errand->reply = errand->call (errand->requests[0], errand->timeout_s, &errand->fault, errand->data);
  g_task_return_boolean (task, TRUE);
}

/**
 * gw_virt_errand_send:
 * @errand: (transfer full): what to do
 * @gone: cancelled when nobody waits for it any more; it goes on nevertheless
 */
void
gw_virt_errand_send (GwVirtErrand *errand, GCancellable *gone, GAsyncReadyCallback done, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, gone, done, user_data);

  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, errand, errand_free);
  g_task_run_in_thread (task, run_errand);
}

/**
 * gw_virt_errand_finish:
 *
 * Returns: (nullable): the errand, which is the result's; %NULL when nobody
 *   waits for it
 */
const GwVirtErrand *
gw_virt_errand_finish (GAsyncResult *result)
{
  GTask *task = G_TASK (result);

  return g_cancellable_is_cancelled (g_task_get_cancellable (task)) ? NULL : g_task_get_task_data (task);
}
