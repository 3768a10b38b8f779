/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-file-push, guestwire-file-pull, and the same with trees: files on a
 * stream, in pieces. A thread has the files; here their bytes go to the stream
 * and from it. */

#include "gw-command.h"
#include "gw-file-job.h"
#include "gw-file-order.h"
#include "gw-heap.h"
#include "gw-limits.h"

typedef struct
{
  GwCall *call;       /* NULL when nobody waits for the answer any more */
  GwStreams *streams; /* NULL the same */
  guint64 id;         /* of the call, in that session */
  guint16 stream;     /* 0: there is none yet, or none any more */
  gboolean push;
  gboolean tree;
  gboolean opened;    /* the stream was */
  guint place_timer;  /* while another may have the file */
  GBytes *rest;       /* of what the stream had no room for */
  GwFileJob *job;
  GwFileOrder order;  /* the thread's, but for what is known once it is ready */
} Transfer;

static GList *running; /* of Transfer* */
static guint trees;    /* among them */

static void
transfer_free (Transfer *transfer)
{
  running = g_list_remove (running, transfer);
  trees -= transfer->tree;
  g_clear_handle_id (&transfer->place_timer, g_source_remove);
  g_clear_pointer (&transfer->job, gw_file_job_free);
  g_clear_pointer (&transfer->rest, g_bytes_unref);
  gw_file_order_clear (&transfer->order);
  g_free (transfer);
  if (running == NULL)
    gw_heap_give_back ();
}

/* --- The stream -------------------------------------------------------------- */

static void
on_received (GBytes *bytes, gpointer data)
{
  Transfer *transfer = data;

  if (transfer->push)
    gw_file_job_give (transfer->job, bytes);
  else
    gw_streams_consume (transfer->streams, transfer->stream, g_bytes_get_size (bytes));
}

static void
on_finished (gpointer data)
{
  Transfer *transfer = data;

  if (transfer->push)
    gw_file_job_finish (transfer->job);
}

static void
on_reset (gpointer data)
{
  Transfer *transfer = data;

  transfer->stream = 0;
  gw_file_job_stop (transfer->job);
}

/* Returns whether all that is there has gone. */
static gboolean
write_rest (Transfer *transfer)
{
  while (transfer->rest != NULL)
    {
      gsize size = g_bytes_get_size (transfer->rest);
      gsize part = MIN (gw_streams_get_room (transfer->streams, transfer->stream), size);
      g_autoptr (GBytes) bytes = NULL;
      GBytes *rest;

      if (part == 0 && size > 0)
        return FALSE;
      bytes = g_bytes_new_from_bytes (transfer->rest, 0, part);
      rest = part < size ? g_bytes_new_from_bytes (transfer->rest, part, size - part) : gw_file_job_take (transfer->job);
      g_bytes_unref (transfer->rest);
      transfer->rest = rest;
      if (part > 0)
        gw_streams_write (transfer->streams, transfer->stream, bytes);
    }
  return TRUE;
}

static void look (GwFileJob *job, gpointer data);

static void
on_writable (gpointer data)
{
  Transfer *transfer = data;

  look (transfer->job, transfer);
}

static const GwStreamEvents stream_events = { on_received, on_writable, on_finished, on_reset };

static char *
build_purpose (Transfer *transfer)
{
  const struct stat *status = &transfer->order.status;

  if (transfer->tree)
    return g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"tree\"}", transfer->id);
  if (transfer->push)
    return g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"file\",\"offset\":%" G_GUINT64_FORMAT
                            ",\"digest\":\"%s\"}",
                            transfer->id, transfer->order.offset, transfer->order.digest);
  return g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"file\",\"offset\":%" G_GUINT64_FORMAT
                          ",\"size\":%" G_GINT64_FORMAT ",\"mode\":%u,\"uid\":%u,\"gid\":%u,\"mtime\":%" G_GINT64_FORMAT "}",
                          transfer->id, transfer->order.offset, (gint64) status->st_size, status->st_mode & 07777,
                          status->st_uid, status->st_gid, gw_file_mtime_ns (status));
}

/* --- Its end ------------------------------------------------------------------ */

/* Takes @error. */
static void
end_failed (Transfer *transfer, GError *error)
{
  GwCall *call = transfer->call;

  if (transfer->stream != 0)
    gw_streams_reset (transfer->streams, transfer->stream, "the file cannot be had, or is not wanted");
  else if (transfer->streams != NULL && !transfer->opened)
    gw_streams_release (transfer->streams, 1);
  transfer_free (transfer);
  if (call != NULL)
    gw_call_fail (call, error);
  else
    g_error_free (error);
}

static void
add_troubles (JsonObject *result, const GwTreeTroubles *troubles)
{
  JsonArray *texts = json_array_new ();

  for (guint i = 0; troubles->texts != NULL && i < troubles->texts->len; i++)
    json_array_add_string_element (texts, g_ptr_array_index (troubles->texts, i));
  json_object_set_int_member (result, "failed", (gint64) troubles->count);
  json_object_set_array_member (result, "errors", texts);
}

static JsonObject *
build_result (Transfer *transfer)
{
  JsonObject *result = json_object_new ();

  json_object_set_int_member (result, "size", transfer->order.size);
  if (transfer->tree)
    {
      json_object_set_int_member (result, "files", (gint64) transfer->order.files);
      add_troubles (result, &transfer->order.troubles);
    }
  else
    json_object_set_string_member (result, "digest", transfer->order.digest);
  if (transfer->order.placed != NULL && g_utf8_validate (transfer->order.placed, -1, NULL))
    json_object_set_string_member (result, "path", transfer->order.placed);
  return result;
}

static void
end_well (Transfer *transfer)
{
  GwCall *call = transfer->call;
  JsonObject *result = build_result (transfer);

  if (transfer->stream != 0)
    {
      gw_streams_finish (transfer->streams, transfer->stream);
      gw_streams_leave (transfer->streams, transfer->stream);
    }
  transfer_free (transfer);
  if (call != NULL)
    gw_call_return_object (call, result);
  else
    json_object_unref (result);
}

static gboolean
open_stream (Transfer *transfer, GError **error)
{
  g_autofree char *purpose = build_purpose (transfer);

  gw_streams_release (transfer->streams, 1);
  transfer->stream = gw_streams_open (transfer->streams, purpose, &stream_events, transfer, error);
  return transfer->stream != 0;
}

/* Moves what can be moved. May end it, as the last thing that it does. */
static void
look (GwFileJob *job, gpointer data)
{
  Transfer *transfer = data;
  gboolean written = TRUE;
  GError *error = NULL;
  gsize used = gw_file_job_take_used (job);

  if (transfer->stream != 0 && used > 0)
    gw_streams_consume (transfer->streams, transfer->stream, used);
  if (transfer->streams != NULL && !transfer->opened && gw_file_job_is_ready (job))
    {
      transfer->opened = TRUE;
      g_clear_handle_id (&transfer->place_timer, g_source_remove);
      if (!open_stream (transfer, &error))
        gw_file_job_stop (job);
      g_clear_error (&error);
    }
  if (!transfer->push && transfer->stream != 0)
    {
      if (transfer->rest == NULL)
        transfer->rest = gw_file_job_take (job);
      written = write_rest (transfer);
    }
  if (!gw_file_job_is_over (job, &error))
    return;
  if (error == NULL && !transfer->push && g_atomic_int_get (gw_file_job_get_stopped (job)))
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the host has ended the stream before the file");
  if (!written && error == NULL)
    return;
  if (error != NULL)
    end_failed (transfer, error);
  else
    end_well (transfer);
}

static void
on_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  Transfer *transfer = data;

  gw_file_job_stop (transfer->job);
  if (fate != GW_CALL_ABANDONED)
    return;
  if (!transfer->opened)
    gw_streams_release (transfer->streams, 1);
  transfer->call = NULL;
  transfer->streams = NULL;
  transfer->stream = 0;
  gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, "the session is over"));
}

/* --- Its start ------------------------------------------------------------------ */

static gboolean
take_room (Transfer *transfer, GError **error)
{
  guint others = g_list_length (running) - 1, other_trees = trees - transfer->tree;

  if (others < GW_FILE_JOBS_MAX && (!transfer->tree || other_trees < GW_TREE_JOBS_MAX))
    return gw_streams_reserve (transfer->streams, 1, error);
  g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%u files and %u folders are on their way already; wait for some of them",
               others - other_trees, other_trees);
  return FALSE;
}

/* A host that was killed may not wait for its own last try: that session is
 * parked, or will be when its loss is known, and would have the file for a while
 * yet. */
static gboolean
take_place (gpointer data)
{
  const Transfer *transfer = data;

  for (GList *at = running; at != NULL; at = at->next)
    {
      Transfer *other = at->data;

      if (other != transfer && other->job != NULL && other->streams != NULL && other->push && !other->tree
          && g_str_equal (other->order.path, transfer->order.path)
          && g_strcmp0 (other->order.name, transfer->order.name) == 0 && gw_streams_is_parked (other->streams))
        gw_file_job_stop (other->job);
    }
  return G_SOURCE_CONTINUE;
}

static GwFileJobFunc
get_work (const Transfer *transfer)
{
  if (transfer->tree)
    return transfer->push ? gw_file_work_push_tree : gw_file_work_pull_tree;
  return transfer->push ? gw_file_work_push : gw_file_work_pull;
}

static gboolean
begin (Transfer *transfer, JsonObject *arguments, GError **error)
{
  if (!gw_file_order_read (&transfer->order, arguments, error) || !take_room (transfer, error))
    return FALSE;
  if (transfer->push && !transfer->tree)
    {
      take_place (transfer);
      transfer->place_timer = g_timeout_add (GW_FILE_PLACE_AGAIN_MS, take_place, transfer);
    }
  transfer->job = gw_file_job_start (get_work (transfer), &transfer->order, look, transfer, error);
  if (transfer->job == NULL)
    gw_streams_release (transfer->streams, 1);
  return transfer->job != NULL;
}

static void
start (GwCall *call, JsonObject *arguments, gboolean push, gboolean tree)
{
  Transfer *transfer = g_new0 (Transfer, 1);
  GError *error = NULL;

  running = g_list_prepend (running, transfer);
  trees += tree;
  transfer->call = call;
  transfer->streams = gw_call_get_streams (call);
  transfer->id = gw_call_get_id (call);
  transfer->push = push;
  transfer->tree = tree;
  if (begin (transfer, arguments, &error))
    {
      gw_call_watch (call, on_fate, transfer);
      return;
    }
  transfer_free (transfer);
  gw_call_fail (call, error);
}

static void
start_push (GwCall *call, JsonObject *arguments)
{
  start (call, arguments, TRUE, FALSE);
}

static void
start_pull (GwCall *call, JsonObject *arguments)
{
  start (call, arguments, FALSE, FALSE);
}

static void
start_push_tree (GwCall *call, JsonObject *arguments)
{
  start (call, arguments, TRUE, TRUE);
}

static void
start_pull_tree (GwCall *call, JsonObject *arguments)
{
  start (call, arguments, FALSE, TRUE);
}

static const char *const implies_push[] = { "guest-file-open", "guest-file-write", NULL };
static const char *const implies_pull[] = { "guest-file-open", "guest-file-read", NULL };

const GwCommand gw_commands_transfer[] = {
  { "guestwire-file-push", "Write a file that comes on a stream", "0.1", GW_COMMAND_IN_FRAMES, start_push,
    { { "path", GW_ARGUMENT_STRING },
      { "name", GW_ARGUMENT_STRING, TRUE },
      { "mode", GW_ARGUMENT_INT, TRUE },
      { "owner", GW_ARGUMENT_STRING, TRUE },
      { "mtime", GW_ARGUMENT_INT, TRUE },
      { "digest", GW_ARGUMENT_STRING, TRUE },
      { "resume", GW_ARGUMENT_BOOL, TRUE },
      { "keep", GW_ARGUMENT_BOOL, TRUE } },
    implies_push },
  { "guestwire-file-pull", "Send a file on a stream", "0.1", GW_COMMAND_IN_FRAMES, start_pull,
    { { "path", GW_ARGUMENT_STRING },
      { "digest", GW_ARGUMENT_STRING, TRUE },
      { "have", GW_ARGUMENT_INT, TRUE },
      { "have-digest", GW_ARGUMENT_STRING, TRUE } },
    implies_pull },
  { "guestwire-tree-push", "Write a folder with all that is in it, as it comes on a stream", "0.1",
    GW_COMMAND_IN_FRAMES, start_push_tree,
    { { "path", GW_ARGUMENT_STRING },
      { "name", GW_ARGUMENT_STRING, TRUE },
      { "owner", GW_ARGUMENT_STRING, TRUE },
      { "keep-owner", GW_ARGUMENT_BOOL, TRUE },
      { "digest", GW_ARGUMENT_STRING, TRUE } },
    implies_push },
  { "guestwire-tree-pull", "Send a folder with all that is in it on a stream", "0.1", GW_COMMAND_IN_FRAMES,
    start_pull_tree,
    { { "path", GW_ARGUMENT_STRING },
      { "digest", GW_ARGUMENT_STRING, TRUE } },
    implies_pull },
  { NULL },
};
