/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gets the events: a call that does not end by itself, and its stream, which
 * gw-follower-read.c reads. Where the call ends, with its session or its agent,
 * another one goes on behind the last event. What comes is looked at from a
 * source of its own, outside of the wire's events, since the program is told of
 * it. */

#include "gw-blocking.h"
#include "gw-client-private.h"
#include "gw-follower-private.h"
#include "gw-later.h"
#include "gw-limits.h"

static void look_later (GwFollower *self, guint after_ms);

/* --- The call ----------------------------------------------------------- */

static void
on_pipe_changed (GwPipe *pipe, gpointer user_data)
{
  look_later (user_data, 0);
}

static gboolean
on_pipe (GwPipe *pipe, JsonNode *untrusted_purpose, gpointer user_data)
{
  GwFollower *self = user_data;

  if (self->pipe != NULL || !self->running)
    return FALSE;
  self->pipe = gw_pipe_ref (pipe);
  self->untrusted_purpose = json_node_ref (untrusted_purpose);
  gw_pipe_listen (pipe, on_pipe_changed, self);
  gw_pipe_finish (pipe);
  if (self->starting != NULL)
    gw_wait_end (g_steal_pointer (&self->starting), NULL);
  look_later (self, 0);
  return TRUE;
}

/* Takes @error. It has not begun. */
static void
fail_start (GwFollower *self, GError *error)
{
  self->running = FALSE;
  if (error == NULL)
    error = g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "the agent has opened no stream for events");
  gw_wait_end (g_steal_pointer (&self->starting), error);
}

static void
on_ended (JsonNode *value, GError *error, gpointer user_data)
{
  GwFollower *self = user_data;

  self->call = 0;
  g_clear_pointer (&value, json_node_unref);
  if (self->starting != NULL)
    fail_start (self, g_steal_pointer (&error));
  else if (self->failure == NULL)
    self->failure = g_steal_pointer (&error);
  g_clear_error (&error);
  look_later (self, 0);
}

static JsonNode *
build_arguments (GwFollower *self)
{
  JsonObject *arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  if (self->from_there)
    {
      JsonObject *after = json_object_new ();

      if (self->instance != NULL)
        json_object_set_string_member (after, "instance", self->instance);
      json_object_set_int_member (after, "number", self->number);
      json_object_set_object_member (arguments, "after", after);
    }
  if (self->names != NULL)
    {
      JsonArray *names = json_array_new ();

      for (char **name = self->names; *name != NULL; name++)
        json_array_add_string_element (names, *name);
      json_object_set_array_member (arguments, "names", names);
    }
  json_node_take_object (node, arguments);
  return node;
}

static gboolean
begin_call (GwFollower *self, GError **error)
{
  static const GwLiveCallEvents events = { .pipe = on_pipe, .ended = on_ended };
  g_autoptr (JsonNode) arguments = NULL;

  self->called_us = g_get_monotonic_time ();
  if (gw_client_get_state (self->client) == GW_CLIENT_OPEN && !gw_client_get_framed (self->client))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_COMMAND_NOT_FOUND,
                           "there are no events: the agent speaks text only, as QEMU's does, or frames were not asked for");
      return FALSE;
    }
  arguments = build_arguments (self);
  self->call = gw_client_begin_live_call (self->client, "guestwire-events-follow", arguments, &events, self, error);
  return self->call != 0;
}

/* --- Its end ------------------------------------------------------------ */

/* Once nothing of it is on the way any more. */
static void
let_go (GwFollower *self)
{
  if (self->running || self->call != 0 || self->opening || !self->held)
    return;
  gw_follower_leave_pipe (self);
  gw_later_clear (&self->looking);
  self->held = FALSE;
  g_object_unref (self);
}

/* Takes @error. */
static void
end (GwFollower *self, GError *error)
{
  g_autoptr (GError) why = error;

  self->running = FALSE;
  gw_follower_leave_pipe (self);
  gw_follower_emit_ended (self, why);
}

/* --- Going on ------------------------------------------------------------ */

static void
on_opened_again (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GwFollower *self = user_data;
  g_autoptr (GError) error = NULL;

  self->opening = FALSE;
  if (!gw_client_open_finish (self->client, result, &error) && self->running
      && !g_error_matches (error, GW_ERROR, GW_ERROR_BUSY))
    end (self, g_steal_pointer (&error));
  if (self->running)
    look_later (self, error != NULL ? GW_FOLLOW_AGAIN_MS : 0);
  let_go (self);
}

static void
open_again (GwFollower *self)
{
  self->opening = TRUE;
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_main_context_push_thread_default (self->client->home);
  gw_client_open_async (self->client, GW_TIMEOUT_NONE, self->cancellable, on_opened_again, self);
  g_main_context_pop_thread_default (self->client->home);
}

/* Whether another try may do better. */
static gboolean
may_pass (const GError *why)
{
  return why == NULL || g_error_matches (why, GW_ERROR, GW_ERROR_PEER_LOST)
         || g_error_matches (why, GW_ERROR, GW_ERROR_PEER_RESTARTED)
         || g_error_matches (why, GW_ERROR, GW_ERROR_NOT_DELIVERED);
}

/* There is no call. */
static void
go_on (GwFollower *self)
{
  g_autoptr (GError) why = g_steal_pointer (&self->failure);
  gint64 next_us = self->called_us + GW_FOLLOW_AGAIN_MS * G_GINT64_CONSTANT (1000);
  gint64 now_us = g_get_monotonic_time ();

  if (!may_pass (why))
    end (self, g_steal_pointer (&why));
  else if (self->client->left)
    end (self, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, "this program closed the channel"));
  else if (now_us < next_us)
    look_later (self, (next_us - now_us) / 1000 + 1);
  else if (gw_client_get_state (self->client) != GW_CLIENT_OPEN)
    open_again (self);
  else if (!begin_call (self, &self->failure))
    look_later (self, 0);
}

static gboolean
on_look (gpointer user_data)
{
  g_autoptr (GwFollower) self = g_object_ref (user_data);

  g_clear_pointer (&self->looking, g_source_unref);
  gw_follower_read (self);
  if (self->running && self->call == 0 && !self->opening)
    {
      gw_follower_leave_pipe (self);
      go_on (self);
    }
  let_go (self);
  return G_SOURCE_REMOVE;
}

/* In place of a look that was due. */
static void
look_later (GwFollower *self, guint after_ms)
{
  gw_later_set (&self->looking, self->client->home, after_ms, on_look, self);
}

/* --- For the program ---------------------------------------------------- */

static void
on_start_over (GwWait *wait, GError *why, gpointer user_data)
{
  GwFollower *self = user_data;

  fail_start (self, why);
  if (self->call != 0)
    gw_client_cancel_call (self->client, self->call);
  look_later (self, 0);
}

/**
 * gw_follower_start_async:
 * @follower: a #GwFollower that does not run
 * @timeout_ms: how long the agent may take to begin, in milliseconds;
 *   %GW_TIMEOUT_DEFAULT for 30 seconds, %GW_TIMEOUT_NONE for no limit
 * @cancellable: (nullable): a #GCancellable; of no effect once it follows
 * @callback: (scope async): called when it follows, or not
 * @user_data: for @callback
 *
 * Begins to follow. The client must be open. No event comes before this was
 * called, and none from inside of it.
 *
 * Since: 0.1
 */
void
gw_follower_start_async (GwFollower *follower, int timeout_ms, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (GW_IS_FOLLOWER (follower));
  g_return_if_fail (timeout_ms >= GW_TIMEOUT_NONE);
  g_return_if_fail (!follower->running);

  let_go (follower);
  task = gw_pending_task_new (follower, gw_follower_start_async, cancellable, callback, user_data);
  g_clear_error (&follower->failure);
  if (g_cancellable_set_error_if_cancelled (cancellable, &error) || !begin_call (follower, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  follower->running = TRUE;
  if (!follower->held)
    g_object_ref (follower);
  follower->held = TRUE;
  follower->starting
      = gw_wait_new (task, timeout_ms == GW_TIMEOUT_DEFAULT ? 30000 : timeout_ms, on_start_over, follower);
}

/**
 * gw_follower_start_finish:
 * @follower: a #GwFollower
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: %TRUE if it follows; else %FALSE with an error as from
 *   gw_client_call_finish(), %GW_ERROR_COMMAND_NOT_FOUND where the agent tells
 *   no events
 *
 * Since: 0.1
 */
gboolean
gw_follower_start_finish (GwFollower *follower, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, follower), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return gw_wait_finish (result, error);
}

/**
 * gw_follower_start:
 * @follower: a #GwFollower that does not run
 * @timeout_ms: as for gw_follower_start_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Begins to follow, and blocks until it does. Events come once the main context
 * runs that the client lives on.
 *
 * Returns: %TRUE if it follows; else %FALSE with an error as from
 *   gw_follower_start_finish()
 *
 * Since: 0.1
 */
gboolean
gw_follower_start (GwFollower *follower, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean started;

  g_return_val_if_fail (GW_IS_FOLLOWER (follower), FALSE);
  g_return_val_if_fail (timeout_ms >= GW_TIMEOUT_NONE, FALSE);
  g_return_val_if_fail (!follower->running, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  gw_blocking_begin (&blocking, follower->client);
  gw_follower_start_async (follower, timeout_ms, cancellable, gw_blocking_done, &blocking);
  started = gw_follower_start_finish (follower, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return started;
}

/**
 * gw_follower_stop:
 * @follower: a #GwFollower
 *
 * Ends it: no event comes from here on. Does nothing to one that does not run.
 *
 * Since: 0.1
 */
void
gw_follower_stop (GwFollower *follower)
{
  g_return_if_fail (GW_IS_FOLLOWER (follower));

  if (!follower->running)
    return;
  g_object_ref (follower);
  follower->running = FALSE;
  gw_follower_leave_pipe (follower);
  if (follower->starting != NULL)
    gw_wait_end (g_steal_pointer (&follower->starting),
                 g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped before it followed"));
  if (follower->call != 0)
    gw_client_cancel_call (follower->client, follower->call);
  if (follower->opening)
    g_cancellable_cancel (follower->cancellable);
  let_go (follower);
  g_object_unref (follower);
}
