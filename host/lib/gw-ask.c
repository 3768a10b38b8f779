/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Outlives lost answers and lost channels, as while a machine moves to another
 * host. Knows no command. */

#include "gw-ask.h"

#include "gw-limits.h"
#include "gw-pause.h"

/* Somebody else opens the client: look again after this. */
#define OPENING_PAUSE_MS 50

/* A channel that is lost again and again is not opened faster than this. */
#define AGAIN_PAUSE_MS 100

typedef struct
{
  GwClient *client;
  char *command;
  JsonNode *arguments;
  GwTimeLimit limit;
  guint unanswered; /* in a row */
} Asking;

static void try (GTask *task);

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  g_object_unref (asking->client);
  g_free (asking->command);
  g_clear_pointer (&asking->arguments, json_node_unref);
  g_free (asking);
}

/**
 * gw_ask_is_unanswered:
 *
 * Returns: whether a call ended without a word of the agent: it may have run,
 *   or not
 */
gboolean
gw_ask_is_unanswered (const GError *error)
{
  return g_error_matches (error, GW_ERROR, GW_ERROR_TIMED_OUT)
         || g_error_matches (error, GW_ERROR, GW_ERROR_NOT_DELIVERED)
         || g_error_matches (error, GW_ERROR, GW_ERROR_PEER_LOST)
         || g_error_matches (error, GW_ERROR, GW_ERROR_PEER_RESTARTED);
}

static gboolean
may_try_again (Asking *asking)
{
  if (asking->limit.timeout_ms == GW_TIMEOUT_DEFAULT)
    return asking->unanswered < GW_UNANSWERED_MAX;
  return !gw_time_limit_is_over (&asking->limit);
}

static void
on_paused (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;

  if (gw_pause_finish (result, &error))
    try (g_steal_pointer (&task));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_called (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Asking *asking = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GError) error = NULL;
  JsonNode *value = gw_client_call_finish (asking->client, result, &error);

  if (value != NULL)
    {
      g_task_return_pointer (task, value, (GDestroyNotify) json_node_unref);
      return;
    }
  asking->unanswered++;
  if (gw_ask_is_unanswered (error) && may_try_again (asking))
    gw_pause_async (asking->client, AGAIN_PAUSE_MS, cancellable, on_paused, g_steal_pointer (&task));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
on_opened (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Asking *asking = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (gw_client_open_finish (asking->client, result, &error))
    try (g_steal_pointer (&task));
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Takes @task. */
static void
try (GTask *task)
{
  Asking *asking = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  switch (gw_client_get_state (asking->client))
    {
    case GW_CLIENT_CLOSED:
      gw_client_open_async (asking->client, gw_time_limit_for_call (&asking->limit), cancellable, on_opened, task);
      break;
    case GW_CLIENT_OPENING:
      gw_pause_async (asking->client, OPENING_PAUSE_MS, cancellable, on_paused, task);
      break;
    case GW_CLIENT_OPEN:
    default:
      gw_client_call_async (asking->client, asking->command, asking->arguments,
                            gw_time_limit_for_try (&asking->limit), cancellable, on_called, task);
      break;
    }
}

/**
 * gw_ask_async:
 * @client: a #GwClient; it is opened if it is closed
 * @arguments: (nullable): an object
 * @limit: how long to go on
 *
 * Calls a command, and again whenever no answer comes.
 */
void
gw_ask_async (GwClient *client, const char *command, JsonNode *arguments, const GwTimeLimit *limit,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Asking *asking = g_new0 (Asking, 1);

  asking->client = g_object_ref (client);
  asking->command = g_strdup (command);
  asking->arguments = arguments != NULL ? json_node_ref (arguments) : NULL;
  asking->limit = *limit;
  g_task_set_source_tag (task, gw_ask_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, asking, asking_free);
  try (task);
}

/**
 * gw_ask_finish:
 *
 * Returns: (transfer full): what the command returned, or %NULL with an error
 *   as from gw_client_call_finish() or gw_client_open_finish()
 */
JsonNode *
gw_ask_finish (GwClient *client, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
