/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a copy:
 *
 *   push   PREPARE [PROBE PROBE_CLOSE] OPEN MOVE… FLUSH CLOSE COMMIT
 *   pull   LEARN OPEN MEASURE SEEK MOVE… CLOSE COMMIT
 *
 * A move is the one thing that cannot just be asked for again. When none knows
 * whether it was done, a SEEK to where the last known one ended makes it good:
 * it does the same bytes once more, and none twice. An agent that was restarted
 * knows the handle no more, and may have lost what it had not handed to its
 * kernel; then the copy begins again.
 *
 * Here each step is begun, and the copy is ended; what follows from an answer
 * is in gw-copy-steps.c. */

#include "gw-copy.h"

#include <unistd.h>

#include "gw-ask.h"
#include "gw-guest-place.h"
#include "gw-guest-script.h"
#include "gw-limits.h"
#include "gw-transfer-private.h"

/* To remove the traces of a copy that failed. */
#define TIDY_MS 5000

static void
copy_free (gpointer data)
{
  GwCopy *copy = data;

  gw_host_file_clear (&copy->host);
  g_free (copy->word);
  g_free (copy->part);
  g_clear_error (&copy->doubted);
  g_clear_error (&copy->failure);
  g_free (copy);
}

gboolean
gw_copy_is_push (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);

  return transfer->direction == GW_TRANSFER_PUSH;
}

/* --- Failure ------------------------------------------------------------ */

/* Tidies up, and then ends. */
void
gw_copy_fail (GTask *task, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    copy->failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  else if (gw_ask_is_unanswered (error) && gw_time_limit_is_over (&copy->limit))
    copy->failure = g_error_new_literal (GW_ERROR, GW_ERROR_TIMED_OUT, "not done in time");
  else
    copy->failure = g_error_copy (error);
  g_error_free (error);
  gw_time_limit_start (&copy->limit, TIDY_MS);
  gw_copy_next (task, copy->handle >= 0 ? GW_COPY_TIDY_HANDLE : GW_COPY_TIDY_PART);
}

static void
add_to_failure (GwCopy *copy, const char *before, const char *path, const char *behind)
{
  g_autofree char *message = g_steal_pointer (&copy->failure->message);

  copy->failure->message = g_strconcat (message, "; ", before, "'", path, "'", behind, NULL);
}

/* All is tidied, as far as that went. */
void
gw_copy_end_failed (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autoptr (GTask) ending = task;

  if (copy->part != NULL)
    add_to_failure (copy, "a part of it may be left in the guest as ", copy->part, "");
  if (transfer->in_place && copy->begun > 0)
    add_to_failure (copy, "", transfer->guest_path, " in the guest was written in place, and is not whole");
  /* Before anyone hears of it. */
  gw_host_file_clear (&copy->host);
  g_task_return_error (ending, g_steal_pointer (&copy->failure));
}

void
gw_copy_begin_again (GTask *task, GError *why)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  GError *error = NULL;

  copy->handle = -1;
  copy->offset = 0;
  gw_transfer_take_done (transfer, 0);
  if (copy->begun >= GW_TRANSFER_BEGIN_MAX)
    {
      g_prefix_error (&why, "begun %u times, and the agent lost the file each time: ", copy->begun);
      gw_copy_fail (task, why);
      return;
    }
  g_error_free (why);
  if (!gw_copy_is_push (task) && !gw_host_file_create (&copy->host, 0, &error))
    gw_copy_fail (task, error);
  else
    gw_copy_next (task, gw_copy_is_push (task) && !transfer->in_place ? GW_COPY_PREPARE : GW_COPY_OPEN);
}

void
gw_copy_end_well (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  g_autoptr (GTask) ending = task;

  gw_transfer_take_total (transfer, (gint64) transfer->bytes_done);
  g_task_return_boolean (ending, TRUE);
}

/* --- Calls -------------------------------------------------------------- */

static void
on_called (GObject *object, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (JsonNode) value = gw_client_call_finish (GW_CLIENT (object), result, &error);

  gw_copy_answered (data, value, error);
}

static void
on_asked (GObject *object, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (JsonNode) value = gw_ask_finish (GW_CLIENT (object), result, &error);

  gw_copy_answered (data, value, error);
}

/* Takes @arguments. */
static void
ask (GTask *task, const char *command, JsonObject *arguments, GCancellable *cancellable)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, arguments);
  gw_ask_async (transfer->client, command, node, &copy->limit, cancellable, on_asked, task);
}

static JsonObject *
with_handle (GwCopy *copy)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_int_member (arguments, "handle", copy->handle);
  return arguments;
}

static void
ask_open (GTask *task, const char *path, const char *mode)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "path", path);
  json_object_set_string_member (arguments, "mode", mode);
  ask (task, "guest-file-open", arguments, g_task_get_cancellable (task));
}

/* @whence: as in lseek(2) */
static void
ask_seek (GTask *task, guint64 offset, int whence)
{
  JsonObject *arguments = with_handle (g_task_get_task_data (task));

  json_object_set_int_member (arguments, "offset", (gint64) offset);
  json_object_set_int_member (arguments, "whence", whence);
  ask (task, "guest-file-seek", arguments, g_task_get_cancellable (task));
}

/* Takes @arguments. Asked once. */
static void
move (GTask *task, const char *command, JsonObject *arguments)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, arguments);
  copy->asked_us = g_get_monotonic_time ();
  gw_client_call_async (transfer->client, command, node, gw_time_limit_left_ms (&copy->limit, copy->patience_ms),
                        g_task_get_cancellable (task), on_called, task);
}

static void
move_out (GTask *task)
{
  GwCopy *copy = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) bytes = gw_copy_read_host (copy, &error);
  g_autofree char *text = NULL;
  JsonObject *arguments;

  if (bytes == NULL)
    {
      gw_copy_fail (task, error);
      return;
    }
  copy->asked = g_bytes_get_size (bytes);
  if (copy->asked == 0)
    {
      gw_copy_next (task, GW_COPY_FLUSH);
      return;
    }
  text = g_base64_encode (g_bytes_get_data (bytes, NULL), copy->asked);
  arguments = with_handle (copy);
  json_object_set_string_member (arguments, "buf-b64", text);
  move (task, "guest-file-write", arguments);
}

static void
move_in (GTask *task)
{
  GwCopy *copy = g_task_get_task_data (task);
  JsonObject *arguments = with_handle (copy);

  copy->asked = copy->piece;
  json_object_set_int_member (arguments, "count", (gint64) copy->asked);
  move (task, "guest-file-read", arguments);
}

/* --- Scripts ------------------------------------------------------------ */

static void
on_ran (GObject *object, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GBytes) output = gw_guest_script_finish (GW_CLIENT (object), result, &error);

  gw_copy_ran (data, output, error);
}

static void
on_committed_here (GObject *object, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  gw_host_file_commit_finish (result, &error);
  gw_copy_ran (data, NULL, error);
}

/* None is cancelled: it would go on in the guest, and leave what nobody knows
 * of. They are short. */
static void
run_script (GTask *task, const char *script, const char *first, const char *second, const char *third,
            const char *fourth)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  const char *const arguments[] = { first, second, third, fourth, NULL };

  gw_guest_script_async (transfer->client, script, arguments, &copy->limit, NULL, on_ran, task);
}

static void
prepare (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autofree char *name = g_path_get_basename (transfer->host_path);

  /* A name that cannot be sent is needed only if a directory was meant. */
  run_script (task, gw_guest_place_prepare, transfer->guest_path, g_utf8_validate (name, -1, NULL) ? name : "",
              copy->word, NULL);
}

static void
probe (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  g_autofree char *path = g_strconcat (transfer->guest_path, "/.", NULL);

  ask_open (task, path, "r");
}

static void
commit (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autofree char *mode = g_strdup_printf ("%o", copy->host.mode);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, copy->offset);

  if (gw_copy_is_push (task))
    run_script (task, gw_guest_place_commit, copy->part, transfer->guest_path, mode, size);
  else
    gw_host_file_commit_async (&copy->host, on_committed_here, task);
}

/* --- Steps -------------------------------------------------------------- */

static void
open_file (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);

  if (copy->part != NULL)
    ask_open (task, copy->part, "r+");
  else
    ask_open (task, transfer->guest_path, gw_copy_is_push (task) ? "w" : "r");
}

void
gw_copy_next (GTask *task, GwCopyStep step)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);

  copy->step = step;
  switch (step)
    {
    case GW_COPY_PREPARE:
      prepare (task);
      break;
    case GW_COPY_PROBE:
      probe (task);
      break;
    case GW_COPY_LEARN:
      run_script (task, gw_guest_place_learn, transfer->guest_path, NULL, NULL, NULL);
      break;
    case GW_COPY_OPEN:
      open_file (task);
      break;
    case GW_COPY_MEASURE:
      ask_seek (task, 0, SEEK_END);
      break;
    case GW_COPY_SEEK:
      ask_seek (task, copy->offset, SEEK_SET);
      break;
    case GW_COPY_MOVE:
      if (gw_copy_is_push (task))
        move_out (task);
      else
        move_in (task);
      break;
    case GW_COPY_FLUSH:
      ask (task, "guest-file-flush", with_handle (copy), g_task_get_cancellable (task));
      break;
    case GW_COPY_PROBE_CLOSE:
    case GW_COPY_CLOSE:
      ask (task, "guest-file-close", with_handle (copy), g_task_get_cancellable (task));
      break;
    case GW_COPY_COMMIT:
      commit (task);
      break;
    case GW_COPY_TIDY_HANDLE:
      ask (task, "guest-file-close", with_handle (copy), NULL);
      break;
    case GW_COPY_TIDY_PART:
    default:
      if (copy->part != NULL)
        run_script (task, gw_guest_place_undo, copy->part, NULL, NULL, NULL);
      else
        gw_copy_end_failed (task);
      break;
    }
}

gboolean
gw_copy_check_guest_path (GwTransfer *transfer, GError **error)
{
  const char *path = transfer->guest_path;

  if (path[0] != '/' || !g_utf8_validate (path, -1, NULL))
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "a file in the guest has an absolute path in UTF-8, and not '%s'", path);
  else if (transfer->direction == GW_TRANSFER_PULL && g_str_has_suffix (path, "/")
           && (transfer->flags & GW_TRANSFER_RECURSIVE) == 0)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "'%s' in the guest is no file's name", path);
  else
    return TRUE;
  return FALSE;
}

/* What this host alone can tell. */
static gboolean
begin (GwTransfer *transfer, GwCopy *copy, GError **error)
{
  g_autofree char *name = g_path_get_basename (transfer->guest_path);

  if (!gw_copy_check_guest_path (transfer, error))
    return FALSE;
  if (transfer->direction == GW_TRANSFER_PUSH)
    {
      if (!gw_host_file_open (&copy->host, transfer->host_path, error))
        return FALSE;
      gw_transfer_take_total (transfer, copy->host.size);
      return TRUE;
    }
  if (!gw_host_file_choose (&copy->host, transfer->host_path, name, error))
    return FALSE;
  gw_transfer_take_host_path (transfer, copy->host.path);
  return TRUE;
}

static gboolean
is_held_by_libvirt (GwTransfer *transfer)
{
  return gw_address_get_kind (gw_client_get_address (transfer->client)) == GW_ADDRESS_LIBVIRT;
}

/**
 * gw_copy_start:
 * @task: of a #GwTransfer that was not run before; it returns a boolean
 * @timeout_ms: as for gw_transfer_run_async()
 */
void
gw_copy_start (GTask *task, int timeout_ms)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_new0 (GwCopy, 1);
  GError *error = NULL;

  gw_time_limit_start (&copy->limit, timeout_ms);
  copy->host.fd = -1;
  copy->handle = -1;
  copy->piece = GW_TRANSFER_PIECE_FIRST;
  copy->piece_max = gw_copy_is_push (task) && is_held_by_libvirt (transfer) ? GW_LIBVIRT_PIECE_MAX
                                                                            : GW_TRANSFER_PIECE_MAX;
  copy->patience_ms = GW_COPY_PATIENCE_MS;
  copy->word = g_strdup_printf ("%08x%08x%08x%08x", g_random_int (), g_random_int (), g_random_int (), g_random_int ());
  g_task_set_task_data (task, copy, copy_free);
  if (begin (transfer, copy, &error))
    gw_copy_next (task, gw_copy_is_push (task) ? GW_COPY_PREPARE : GW_COPY_LEARN);
  else
    gw_copy_fail (task, error);
}
