/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A copy over a stream: a call, its pipe, and a thread that has the file. What
 * each of them has to say is looked at from a source of its own, outside of the
 * wire's events, since the program is told how far it is. */

#include "gw-framed-copy.h"

#include <string.h>
#include <sys/stat.h>

#include "gw-client-private.h"
#include "gw-framed-order.h"
#include "gw-framed-result.h"
#include "gw-later.h"
#include "gw-limits.h"
#include "gw-pieces.h"
#include "gw-reply.h"
#include "gw-transfer-private.h"
#include "gw-wait.h"

typedef struct
{
  GwTransfer *transfer;
  GwWait *wait;
  gboolean push;
  gboolean tree;
  guint64 call;     /* 0: there is none */
  gboolean ended;   /* it is answered, or will not be made */
  JsonNode *value;
  GwPipe *pipe;
  GwFileJob *job;
  gboolean over;    /* the thread is */
  GBytes *rest;     /* push: of what the pipe had no room for */
  GSource *looking; /* will look */
  GError *failure;
  GError *thread_failure; /* until the answer comes */
  gint64 total;     /* -1: not known */
  struct stat status; /* push: of the file */
  GwFramedWork work; /* the thread's, once it runs, but for what it says */
} Copy;

/* --- Its end ------------------------------------------------------------------ */

static void
copy_free (Copy *copy)
{
  g_clear_pointer (&copy->job, gw_file_job_free);
  if (copy->pipe != NULL)
    gw_pipe_listen (copy->pipe, NULL, NULL);
  g_clear_pointer (&copy->pipe, gw_pipe_unref);
  gw_later_clear (&copy->looking);
  g_clear_pointer (&copy->rest, g_bytes_unref);
  g_clear_pointer (&copy->value, json_node_unref);
  g_clear_error (&copy->failure);
  g_clear_error (&copy->thread_failure);
  g_clear_object (&copy->transfer);
  gw_framed_work_clear (&copy->work);
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
    {
      GwFileProgress progress = gw_file_job_get_progress (copy->job);

      gw_transfer_take_done (copy->transfer, progress.bytes);
      gw_transfer_take_files (copy->transfer, progress.files);
    }
}

/* Whether something is left to go on with. In the guest that is known of what
 * ended there without an error of its own. */
static gboolean
is_resumable (Copy *copy)
{
  if (copy->tree || copy->work.fd >= 0 || copy->failure == NULL)
    return FALSE;
  if (!copy->push)
    return copy->work.left > 0;
  return copy->job != NULL && copy->failure->domain != G_FILE_ERROR
         && !g_error_matches (copy->failure, GW_ERROR, GW_ERROR_GUEST)
         && gw_file_job_get_progress (copy->job).bytes >= GW_RESUME_LEAST;
}

static void
end (Copy *copy)
{
  tell_progress (copy);
  gw_framed_result_tell (copy->transfer, &copy->work, copy->value, &copy->failure);
  if (copy->failure == NULL)
    gw_transfer_take_total (copy->transfer, (gint64) copy->transfer->bytes_done);
  copy->transfer->resumable = is_resumable (copy) || (copy->failure != NULL && copy->transfer->resumable);
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
      gssize written;
      GBytes *rest;

      if (copy->rest == NULL)
        copy->rest = gw_file_job_take (copy->job);
      if (copy->rest == NULL)
        return;
      length = g_bytes_get_size (copy->rest);
      written = length > 0 ? gw_pipe_write_bytes (copy->pipe, copy->rest, NULL) : 0;
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
  else if (error != NULL && !copy->push && copy->pipe != NULL && gw_pipe_has_said_all (copy->pipe) && !copy->ended)
    copy->thread_failure = g_steal_pointer (&error);
  else if (error != NULL)
    fail (copy, g_steal_pointer (&error));
}

static void begin_call (Copy *copy);

static gboolean
on_look (gpointer data)
{
  Copy *copy = data;

  g_clear_pointer (&copy->looking, g_source_unref);
  if (copy->call == 0 && !copy->ended && copy->failure == NULL && gw_file_job_is_ready (copy->job))
    begin_call (copy);
  if (copy->pipe != NULL && copy->job != NULL && copy->failure == NULL)
    (copy->push ? move_out : move_in) (copy);
  if (copy->failure != NULL)
    g_clear_pointer (&copy->rest, g_bytes_unref);
  if (copy->job != NULL)
    look_at_job (copy);
  tell_progress (copy);
  if (copy->ended && copy->thread_failure != NULL)
    fail (copy, g_steal_pointer (&copy->thread_failure));
  if (copy->ended && copy->rest != NULL && copy->failure == NULL)
    fail (copy, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "the agent says that it has all before it has taken it"));
  if (copy->ended && copy->pipe == NULL && copy->failure == NULL)
    fail (copy, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "the agent has opened no stream for the file"));
  if ((copy->ended || copy->call == 0) && (copy->over || copy->job == NULL))
    end (copy);
  return G_SOURCE_REMOVE;
}

static void
look_later (Copy *copy)
{
  if (copy->looking == NULL)
    gw_later_set (&copy->looking, gw_client_get_context (copy->transfer->client), 0, on_look, copy);
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

/* What the guest has, or from where on it sends. */
static gboolean
read_offset (Copy *copy, JsonNode *untrusted_purpose, GError **error)
{
  gint64 offset;

  if (!gw_reply_get_int (untrusted_purpose, "the stream of a file", "offset", &offset, error))
    return FALSE;
  if (copy->push && offset >= 0 && (copy->work.flags & GW_TRANSFER_RESUME) != 0)
    {
      JsonNode *digest = json_object_get_member (json_node_get_object (untrusted_purpose), "digest");

      copy->work.offset = offset;
      copy->work.digest = g_strdup (digest != NULL ? json_node_get_string (digest) : NULL);
      if (copy->work.digest != NULL)
        return TRUE;
    }
  else if (!copy->push && offset == 0 && copy->work.offset > 0)
    {
      g_autoptr (GBytes) again = gw_piece_new_again ();

      gw_file_job_give (copy->job, again);
      return TRUE;
    }
  else if (offset == (copy->push ? 0 : (gint64) copy->work.offset))
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "the agent goes on with a file that was not begun");
  return FALSE;
}

static gboolean
read_purpose (Copy *copy, JsonNode *untrusted_purpose, GError **error)
{
  GwFileTraits *theirs = &copy->work.theirs;
  gint64 number;

  if (copy->tree)
    return TRUE;
  if (!read_offset (copy, untrusted_purpose, error))
    return FALSE;
  if (copy->push)
    return TRUE;
  if (gw_reply_find_int (untrusted_purpose, "mode", &number))
    theirs->mode = number & 07777;
  if (gw_reply_find_int (untrusted_purpose, "uid", &number))
    theirs->uid = CLAMP (number, 0, (gint64) G_MAXUINT32 - 1);
  if (gw_reply_find_int (untrusted_purpose, "gid", &number))
    theirs->gid = CLAMP (number, 0, (gint64) G_MAXUINT32 - 1);
  theirs->timed = gw_reply_find_int (untrusted_purpose, "mtime", &theirs->mtime_ns);
  if (gw_reply_find_int (untrusted_purpose, "size", &number) && number >= 0)
    copy->total = number;
  return TRUE;
}

static void
start_job (Copy *copy, GError **error)
{
  copy->job = gw_file_job_start (gw_framed_work_run, &copy->work, on_job_changed, copy, error);
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
  if (read_purpose (copy, untrusted_purpose, &error) && copy->push)
    start_job (copy, &error);
  if (error != NULL)
    fail (copy, error);
  look_later (copy);
  return TRUE;
}

/* A folder cannot be told what it is to call the file. */
static void
explain_name (Copy *copy, GError *error)
{
  g_autofree char *name = g_path_get_basename (copy->transfer->host_path);

  if (copy->push && copy->work.fd < 0 && g_error_matches (error, GW_ERROR, GW_ERROR_GUEST)
      && !g_utf8_validate (name, -1, NULL))
    {
      char *text = g_strconcat (error->message, "; the file's name is no UTF-8: say what to call it there", NULL);

      g_free (error->message);
      error->message = text;
    }
}

/* What is said of any command, and means nothing for a file that is only there
 * when it is whole. */
static void
shorten (GError *error)
{
  const char *text = error->message;
  const char *end = g_strrstr (text, "; the command may have run");
  const char *begin = g_str_has_prefix (text, "guestwire-") ? strstr (text, ": ") : NULL;
  char *shorter;

  if (end == NULL)
    return;
  begin = begin != NULL && begin < end ? begin + strlen (": ") : text;
  shorter = g_strndup (begin, end - begin);
  g_free (error->message);
  error->message = shorter;
}

static void
on_ended (JsonNode *value, GError *error, gpointer data)
{
  Copy *copy = data;

  copy->ended = TRUE;
  copy->value = value;
  if (error != NULL)
    {
      shorten (error);
      explain_name (copy, error);
      fail (copy, error);
    }
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

/* Pull: the thread is ready by now. */
static void
begin_call (Copy *copy)
{
  static const GwLiveCallEvents events = { .pipe = on_pipe, .ended = on_ended };
  static const char *const commands[2][2] = { { "guestwire-file-pull", "guestwire-tree-pull" },
                                              { "guestwire-file-push", "guestwire-tree-push" } };
  g_autoptr (JsonNode) arguments = gw_framed_order_build (copy->transfer, &copy->work, &copy->status);
  GError *error = NULL;

  copy->call = gw_client_begin_live_call (copy->transfer->client, commands[copy->push][copy->tree], arguments, &events,
                                          copy, &error);
  if (copy->call == 0)
    on_ended (NULL, error, copy);
}

/**
 * gw_framed_copy_start:
 * @task: of gw_pending_task_new(), of a #GwTransfer whose guest path is one
 */
void
gw_framed_copy_start (GTask *task, int timeout_ms)
{
  Copy *copy = g_new0 (Copy, 1);
  GError *error = NULL;

  copy->transfer = g_object_ref (g_task_get_source_object (task));
  copy->push = copy->transfer->direction == GW_TRANSFER_PUSH;
  copy->tree = (copy->transfer->flags & GW_TRANSFER_RECURSIVE) != 0;
  copy->total = -1;
  copy->wait = gw_wait_new (task, MAX (timeout_ms, 0), on_wait_over, copy);
  if (!gw_framed_order_check (copy->transfer, &copy->work, &copy->status, &error))
    {
      on_ended (NULL, error, copy);
      return;
    }
  if (copy->push)
    begin_call (copy);
  else
    start_job (copy, &error);
  if (error != NULL)
    on_ended (NULL, error, copy);
}

gboolean
gw_framed_copy_finish (GAsyncResult *result, GError **error)
{
  return gw_wait_finish (result, error);
}
