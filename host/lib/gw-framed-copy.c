/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A copy over a stream: a call, its pipe, and a thread that has the file. What
 * each of them has to say is looked at from a source of its own, outside of the
 * wire's events, since the program is told how far it is. */

#include "gw-framed-copy.h"

#include <sys/stat.h>

#include "gw-client-private.h"
#include "gw-file-job.h"
#include "gw-file-source.h"
#include "gw-file-target.h"
#include "gw-host-file.h"
#include "gw-reply.h"
#include "gw-transfer-private.h"
#include "gw-wait.h"

typedef struct
{
  GwTransfer *transfer;
  GwWait *wait;
  gboolean push;
  guint64 call;     /* 0: there is none */
  gboolean ended;   /* it is answered */
  JsonNode *value;
  GwPipe *pipe;
  GwFileJob *job;
  gboolean over;    /* the thread is, or has not begun */
  GBytes *rest;     /* push: of what the pipe had no room for */
  GSource *looking; /* will look */
  GError *failure;
  GError *thread_failure; /* until the answer comes */
  gint64 total;     /* -1: not known */
  mode_t mask;

  /* The thread's, once it runs. */
  char *path;
  guint64 offset;  /* push: what is in the guest already */
  char *digest;    /* of that */
  GwFileTraits traits;
  GwFileSource source;
  GwFileTarget target;
} Copy;

/* --- In the thread ---------------------------------------------------------- */

static void
send_file (GwFileJob *job, gpointer data, GError **error)
{
  Copy *copy = data;
  GwFileSource *source = &copy->source;
  gboolean going = gw_file_source_open (source, copy->path, GW_DIGEST_XXH64, gw_file_job_get_stopped (job), error)
                   && (copy->offset == 0 || gw_file_source_skip (source, copy->offset, copy->digest, error));

  if (going && copy->offset > 0 && source->offset == 0)
    gw_file_job_put (job, gw_piece_new_again ());
  while (going && !source->ended)
    {
      GBytes *bytes = gw_file_source_read (source, error);

      gw_file_job_set_progress (job, source->offset);
      going = bytes != NULL && gw_file_job_put (job, bytes);
    }
  gw_file_source_clear (source);
}

static gboolean
receive_all (GwFileJob *job, GwFileTarget *target, GError **error)
{
  GBytes *next;

  while ((next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;

      if (!gw_file_target_write (target, untrusted_bytes, error))
        return FALSE;
      gw_file_job_set_progress (job, target->offset);
    }
  return TRUE;
}

static void
receive_file (GwFileJob *job, gpointer data, GError **error)
{
  Copy *copy = data;
  GwFileTarget *target = &copy->target;

  if (gw_file_target_open (target, copy->path, NULL, FALSE, GW_DIGEST_XXH64, gw_file_job_get_stopped (job), error)
      && receive_all (job, target, error))
    {
      target->traits.mode = copy->traits.mode;
      target->traits.timed = copy->traits.timed;
      target->traits.mtime_ns = copy->traits.mtime_ns;
      gw_file_target_commit (target, error);
    }
  gw_file_target_clear (target, FALSE);
}

/* --- Its end ------------------------------------------------------------------ */

static void
copy_free (Copy *copy)
{
  g_clear_pointer (&copy->job, gw_file_job_free);
  if (copy->pipe != NULL)
    gw_pipe_listen (copy->pipe, NULL, NULL);
  g_clear_pointer (&copy->pipe, gw_pipe_unref);
  if (copy->looking != NULL)
    g_source_destroy (copy->looking);
  g_clear_pointer (&copy->looking, g_source_unref);
  g_clear_pointer (&copy->rest, g_bytes_unref);
  g_clear_pointer (&copy->value, json_node_unref);
  g_clear_error (&copy->failure);
  g_clear_error (&copy->thread_failure);
  g_clear_object (&copy->transfer);
  g_free (copy->path);
  g_free (copy->digest);
  g_free (copy);
}

/* Takes @error. What fails first counts. */
static void
fail (Copy *copy, GError *error)
{
  if (copy->failure != NULL)
    {
      g_error_free (error);
      return;
    }
  copy->failure = error;
  if (copy->job != NULL)
    gw_file_job_stop (copy->job);
  if (copy->pipe != NULL)
    gw_pipe_reset (copy->pipe, "the host gave the file up");
  if (copy->call != 0 && !copy->ended)
    gw_client_cancel_call (copy->transfer->client, copy->call);
}

static void
tell_progress (Copy *copy)
{
  if (copy->total >= 0)
    gw_transfer_take_total (copy->transfer, copy->total);
  copy->total = -1;
  if (copy->job != NULL && copy->failure == NULL)
    gw_transfer_take_done (copy->transfer, gw_file_job_get_progress (copy->job));
}

static void
end (Copy *copy)
{
  JsonNode *path;

  if (copy->failure == NULL && copy->push && JSON_NODE_HOLDS_OBJECT (copy->value))
    {
      path = json_object_get_member (json_node_get_object (copy->value), "path");
      if (path != NULL && json_node_get_value_type (path) == G_TYPE_STRING)
        gw_transfer_take_guest_path (copy->transfer, json_node_get_string (path));
    }
  tell_progress (copy);
  if (copy->failure == NULL)
    gw_transfer_take_total (copy->transfer, (gint64) copy->transfer->bytes_done);
  gw_wait_end (g_steal_pointer (&copy->wait), g_steal_pointer (&copy->failure));
  copy_free (copy);
}

/* --- What is moved --------------------------------------------------------------- */

static void
move_out (Copy *copy)
{
  for (;;)
    {
      gsize length;
      const guint8 *data;
      gssize written;
      GBytes *rest;

      if (copy->rest == NULL)
        copy->rest = gw_file_job_take (copy->job);
      if (copy->rest == NULL)
        return;
      data = g_bytes_get_data (copy->rest, &length);
      written = length > 0 ? gw_pipe_write (copy->pipe, data, length, NULL) : 0;
      /* It is full, or lost; the answer says why. */
      if (written < 0)
        return;
      rest = (gsize) written < length ? g_bytes_new_from_bytes (copy->rest, written, length - written) : NULL;
      g_bytes_unref (copy->rest);
      copy->rest = rest;
    }
}

static void
move_in (Copy *copy)
{
  while (gw_file_job_has_room (copy->job))
    {
      g_autoptr (GBytes) block = gw_pipe_take (copy->pipe);

      if (block == NULL)
        {
          /* Where it was lost, the file is not whole: the thread sees that. */
          if (gw_pipe_has_said_all (copy->pipe))
            gw_file_job_finish (copy->job);
          return;
        }
      gw_file_job_give (copy->job, block);
    }
}

/* --- Looking ------------------------------------------------------------------------ */

static void
look_at_job (Copy *copy)
{
  g_autoptr (GError) error = NULL;

  if (copy->over || copy->rest != NULL || !gw_file_job_is_over (copy->job, &error))
    return;
  copy->over = TRUE;
  if (error == NULL && copy->push)
    gw_pipe_finish (copy->pipe);
  /* What comes to an end too early has a reason, which the answer says. */
  else if (error != NULL && !copy->push && gw_pipe_has_said_all (copy->pipe) && !copy->ended)
    copy->thread_failure = g_steal_pointer (&error);
  else if (error != NULL)
    fail (copy, g_steal_pointer (&error));
}

static gboolean
on_look (gpointer data)
{
  Copy *copy = data;

  g_clear_pointer (&copy->looking, g_source_unref);
  if (copy->pipe != NULL && copy->job != NULL && copy->failure == NULL)
    (copy->push ? move_out : move_in) (copy);
  if (copy->failure != NULL)
    g_clear_pointer (&copy->rest, g_bytes_unref);
  if (copy->job != NULL)
    look_at_job (copy);
  tell_progress (copy);
  if (copy->ended && copy->thread_failure != NULL)
    fail (copy, g_steal_pointer (&copy->thread_failure));
  if (copy->ended && copy->job == NULL && copy->failure == NULL)
    fail (copy, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "the agent has opened no stream for the file"));
  if (copy->ended && (copy->over || copy->job == NULL))
    end (copy);
  return G_SOURCE_REMOVE;
}

static void
look_later (Copy *copy)
{
  if (copy->looking != NULL)
    return;
  copy->looking = g_idle_source_new ();
  g_source_set_priority (copy->looking, G_PRIORITY_DEFAULT);
  g_source_set_callback (copy->looking, on_look, copy, NULL);
  g_source_attach (copy->looking, gw_client_get_context (copy->transfer->client));
}

static void
on_job_changed (GwFileJob *job, gpointer data)
{
  look_later (data);
}

static void
on_pipe_changed (GwPipe *pipe, gpointer data)
{
  look_later (data);
}

/* --- The call ------------------------------------------------------------------------ */

static gboolean
read_purpose (Copy *copy, JsonNode *untrusted_purpose, GError **error)
{
  gint64 offset, number;

  if (!gw_reply_get_int (untrusted_purpose, "the stream of a file", "offset", &offset, error))
    return FALSE;
  if (offset != 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "the agent goes on with a file that was not begun");
      return FALSE;
    }
  if (copy->push)
    return TRUE;
  if (gw_reply_find_int (untrusted_purpose, "mode", &number))
    copy->traits.mode = number & 0777 & ~copy->mask;
  copy->traits.timed = gw_reply_find_int (untrusted_purpose, "mtime", &copy->traits.mtime_ns);
  if (gw_reply_find_int (untrusted_purpose, "size", &number) && number >= 0)
    copy->total = number;
  return TRUE;
}

static gboolean
on_pipe (GwPipe *pipe, JsonNode *untrusted_purpose, gpointer data)
{
  Copy *copy = data;
  GError *error = NULL;

  if (copy->pipe != NULL || copy->failure != NULL)
    return FALSE;
  copy->pipe = gw_pipe_ref (pipe);
  gw_pipe_listen (pipe, on_pipe_changed, copy);
  if (!copy->push)
    gw_pipe_finish (pipe);
  if (read_purpose (copy, untrusted_purpose, &error))
    copy->job = gw_file_job_start (copy->push ? send_file : receive_file, copy, on_job_changed, copy, &error);
  if (error != NULL)
    fail (copy, error);
  look_later (copy);
  return TRUE;
}

static void
on_ended (JsonNode *value, GError *error, gpointer data)
{
  Copy *copy = data;

  copy->ended = TRUE;
  copy->value = value;
  if (error != NULL)
    fail (copy, error);
  look_later (copy);
}

static void
on_wait_over (GwWait *wait, GError *why, gpointer data)
{
  Copy *copy = data;

  if (g_error_matches (why, GW_ERROR, GW_ERROR_TIMED_OUT))
    {
      g_free (why->message);
      why->message = g_strdup ("not done in time");
    }
  fail (copy, why);
  look_later (copy);
}

/* --- Its start ------------------------------------------------------------------------- */

static JsonNode *
build_arguments (Copy *copy, const struct stat *status)
{
  JsonObject *arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *name = g_path_get_basename (copy->transfer->host_path);

  json_object_set_string_member (arguments, "path", copy->transfer->guest_path);
  if (copy->push && g_utf8_validate (name, -1, NULL))
    json_object_set_string_member (arguments, "name", name);
  if (copy->push)
    {
      json_object_set_int_member (arguments, "mode", status->st_mode & 0777);
      json_object_set_int_member (arguments, "mtime",
                                  status->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status->st_mtim.tv_nsec);
    }
  json_node_take_object (node, arguments);
  return node;
}

/* There is no way to look at it but to set it. */
static mode_t
read_mask (void)
{
  mode_t mask = umask (022);

  umask (mask);
  return mask;
}

/* What this host alone can tell. */
static gboolean
check (Copy *copy, struct stat *status, GError **error)
{
  GwTransfer *transfer = copy->transfer;
  g_autofree char *name = g_path_get_basename (transfer->guest_path);
  GwHostFile file = GW_HOST_FILE_INIT;
  gboolean fine;

  if (copy->push)
    {
      fine = gw_host_file_open (&file, transfer->host_path, error);
      if (fine)
        {
          fstat (file.fd, status);
          gw_transfer_take_total (transfer, file.size);
        }
    }
  else
    {
      fine = gw_host_file_choose (&file, transfer->host_path, name, error);
      if (fine)
        gw_transfer_take_host_path (transfer, file.path);
    }
  copy->path = g_strdup (copy->push ? transfer->host_path : file.path);
  gw_host_file_clear (&file);
  return fine;
}

/**
 * gw_framed_copy_start:
 * @task: of gw_pending_task_new(), of a #GwTransfer whose guest path is one
 */
void
gw_framed_copy_start (GTask *task, int timeout_ms)
{
  static const GwLiveCallEvents events = { .pipe = on_pipe, .ended = on_ended };
  Copy *copy = g_new0 (Copy, 1);
  g_autoptr (JsonNode) arguments = NULL;
  GError *error = NULL;
  struct stat status = { 0 };

  copy->transfer = g_object_ref (g_task_get_source_object (task));
  copy->push = copy->transfer->direction == GW_TRANSFER_PUSH;
  copy->source.fd = copy->target.fd = -1;
  copy->total = -1;
  copy->mask = read_mask ();
  copy->traits = (GwFileTraits) GW_FILE_TRAITS_NONE;
  copy->wait = gw_wait_new (task, MAX (timeout_ms, 0), on_wait_over, copy);
  if (check (copy, &status, &error))
    {
      arguments = build_arguments (copy, &status);
      copy->call = gw_client_begin_live_call (copy->transfer->client,
                                              copy->push ? "guestwire-file-push" : "guestwire-file-pull", arguments,
                                              &events, copy, &error);
    }
  if (copy->call == 0)
    on_ended (NULL, error, copy);
}

gboolean
gw_framed_copy_finish (GAsyncResult *result, GError **error)
{
  return gw_wait_finish (result, error);
}
