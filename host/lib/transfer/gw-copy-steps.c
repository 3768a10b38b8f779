/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from each answer: the next step, or the end. All functions take
 * @task and @error. Makes no call. */

#include "gw-copy.h"

#include "gw-ask.h"
#include "gw-guest-place.h"
#include "gw-reply.h"
#include "gw-transfer-private.h"

static gboolean
is_guest_error (const GError *error)
{
  return g_error_matches (error, GW_ERROR, GW_ERROR_GUEST);
}

/* The agent runs no programs, for the reason @why. Takes it. */
static void
write_in_place (GTask *task, GError *why)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);

  /* It ran some before. */
  if (copy->part != NULL)
    {
      g_prefix_error (&why, "%s", "the agent does not run programs any more: ");
      gw_copy_fail (task, why);
      return;
    }
  g_error_free (why);
  gw_transfer_take_in_place (transfer);
  gw_copy_next (task, GW_COPY_PROBE);
}

static void
after_prepare (GTask *task, GBytes *untrusted_output, GError *error)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autofree char *part = NULL;
  g_autofree char *path = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      write_in_place (task, error);
      return;
    }
  if (untrusted_output == NULL || !gw_guest_place_read (untrusted_output, &part, &path, &error))
    {
      gw_copy_fail (task, error);
      return;
    }
  g_free (copy->part);
  copy->part = g_steal_pointer (&part);
  gw_transfer_take_guest_path (transfer, path);
  gw_copy_next (task, GW_COPY_OPEN);
}

static gboolean
take_handle (GwCopy *copy, JsonNode *untrusted_value, GError **error)
{
  if (JSON_NODE_HOLDS_VALUE (untrusted_value) && json_node_get_value_type (untrusted_value) == G_TYPE_INT64
      && json_node_get_int (untrusted_value) >= 0)
    {
      copy->handle = json_node_get_int (untrusted_value);
      return TRUE;
    }
  g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "guest-file-open: the agent's answer is no handle");
  return FALSE;
}

static void
open_in_place (GTask *task)
{
  GwTransfer *transfer = g_task_get_source_object (task);

  if (g_str_has_suffix (transfer->guest_path, "/"))
    gw_copy_fail (task, g_error_new (GW_ERROR, GW_ERROR_GUEST, "%s: no such directory", transfer->guest_path));
  else
    gw_copy_next (task, GW_COPY_OPEN);
}

static void
after_probe (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  g_autofree char *name = g_path_get_basename (transfer->host_path);
  g_autofree char *path = g_build_filename (transfer->guest_path, name, NULL);

  if (is_guest_error (error))
    {
      g_error_free (error);
      open_in_place (task);
    }
  else if (untrusted_value == NULL || !take_handle (copy, untrusted_value, &error))
    gw_copy_fail (task, error);
  else
    {
      gw_transfer_take_guest_path (transfer, path);
      gw_copy_next (task, GW_COPY_PROBE_CLOSE);
    }
}

static void
after_probe_close (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  copy->handle = -1;
  if (untrusted_value != NULL || is_guest_error (error))
    {
      g_clear_error (&error);
      gw_copy_next (task, GW_COPY_OPEN);
    }
  else
    gw_copy_fail (task, error);
}

static void
after_learn (GTask *task, GBytes *untrusted_output, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);
  guint mode = 0666;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    g_clear_error (&error);
  else if (untrusted_output != NULL)
    gw_guest_place_read_mode (untrusted_output, &mode);
  if (error == NULL && gw_host_file_create (&copy->host, mode, &error))
    gw_copy_next (task, GW_COPY_OPEN);
  else
    gw_copy_fail (task, error);
}

static void
after_open (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  if (untrusted_value == NULL || !take_handle (copy, untrusted_value, &error))
    {
      gw_copy_fail (task, error);
      return;
    }
  copy->begun++;
  gw_copy_next (task, gw_copy_is_push (task) ? GW_COPY_MOVE : GW_COPY_MEASURE);
}

static void
after_measure (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  gint64 position = -1;

  if (untrusted_value == NULL && !is_guest_error (error))
    {
      gw_copy_fail (task, error);
      return;
    }
  if (untrusted_value != NULL && gw_reply_find_int (untrusted_value, "position", &position) && position >= 0)
    gw_transfer_take_total (transfer, position);
  /* What cannot be measured, as in /proc, is where it was. */
  gw_copy_next (task, untrusted_value != NULL ? GW_COPY_SEEK : GW_COPY_MOVE);
  g_clear_error (&error);
}

static void
after_seek (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);
  gint64 position;

  if (is_guest_error (error))
    {
      g_clear_error (&copy->doubted);
      gw_copy_begin_again (task, error);
    }
  else if (untrusted_value == NULL
           || !gw_reply_get_int (untrusted_value, "guest-file-seek", "position", &position, &error))
    gw_copy_fail (task, error);
  else if (copy->doubted != NULL)
    gw_copy_fail (task, g_steal_pointer (&copy->doubted));
  else if (position != (gint64) copy->offset)
    gw_copy_fail (task, g_error_new_literal (GW_ERROR, GW_ERROR_PROTOCOL, "guest-file-seek: the agent went elsewhere"));
  else
    gw_copy_next (task, GW_COPY_MOVE);
}

/* The agent refused: is it for lack of the handle? */
static void
doubt (GTask *task, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  copy->doubted = error;
  gw_copy_next (task, GW_COPY_SEEK);
}

static void
after_move (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);
  gboolean eof = FALSE;
  gboolean taken = FALSE;

  if (untrusted_value == NULL && gw_ask_is_unanswered (error) && gw_copy_move_unanswered (copy))
    {
      g_error_free (error);
      gw_copy_next (task, GW_COPY_SEEK);
      return;
    }
  if (is_guest_error (error))
    {
      doubt (task, error);
      return;
    }
  if (untrusted_value != NULL)
    taken = gw_copy_is_push (task) ? gw_copy_take_written (copy, untrusted_value, &error)
                                   : gw_copy_take_read (copy, untrusted_value, &eof, &error);
  if (!taken)
    {
      gw_copy_fail (task, error);
      return;
    }
  gw_copy_move_answered (copy);
  gw_transfer_take_done (transfer, copy->offset);
  gw_copy_next (task, eof ? GW_COPY_CLOSE : GW_COPY_MOVE);
}

static void
after_flush (GTask *task, JsonNode *untrusted_value, GError *error)
{
  if (untrusted_value != NULL)
    gw_copy_next (task, GW_COPY_CLOSE);
  else if (is_guest_error (error))
    doubt (task, error);
  else
    gw_copy_fail (task, error);
}

/* A file that was only read loses nothing by a close that fails. */
static void
after_close (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwTransfer *transfer = g_task_get_source_object (task);
  GwCopy *copy = g_task_get_task_data (task);

  copy->handle = -1;
  if (is_guest_error (error) && gw_copy_is_push (task))
    gw_copy_begin_again (task, error);
  else if (untrusted_value == NULL && !is_guest_error (error))
    gw_copy_fail (task, error);
  else
    {
      g_clear_error (&error);
      if (transfer->in_place)
        gw_copy_end_well (task);
      else
        gw_copy_next (task, GW_COPY_COMMIT);
    }
}

static void
after_commit (GTask *task, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  if (error != NULL)
    {
      gw_copy_fail (task, error);
      return;
    }
  g_clear_pointer (&copy->part, g_free);
  gw_copy_end_well (task);
}

/* What cannot be tidied is said in the end. */
static void
after_tidy_handle (GTask *task, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  g_clear_error (&error);
  copy->handle = -1;
  gw_copy_next (task, GW_COPY_TIDY_PART);
}

static void
after_tidy_part (GTask *task, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  if (error == NULL)
    g_clear_pointer (&copy->part, g_free);
  g_clear_error (&error);
  gw_copy_end_failed (task);
}

/* --- By the step -------------------------------------------------------- */

/* The agent has answered a call, or not: one of @untrusted_value and @error is
 * %NULL. */
void
gw_copy_answered (GTask *task, JsonNode *untrusted_value, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  switch (copy->step)
    {
    case GW_COPY_PROBE:
      after_probe (task, untrusted_value, error);
      break;
    case GW_COPY_PROBE_CLOSE:
      after_probe_close (task, untrusted_value, error);
      break;
    case GW_COPY_OPEN:
      after_open (task, untrusted_value, error);
      break;
    case GW_COPY_MEASURE:
      after_measure (task, untrusted_value, error);
      break;
    case GW_COPY_SEEK:
      after_seek (task, untrusted_value, error);
      break;
    case GW_COPY_MOVE:
      after_move (task, untrusted_value, error);
      break;
    case GW_COPY_FLUSH:
      after_flush (task, untrusted_value, error);
      break;
    case GW_COPY_CLOSE:
      after_close (task, untrusted_value, error);
      break;
    case GW_COPY_TIDY_HANDLE:
      after_tidy_handle (task, error);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* A script, or what this host does, has ended; @untrusted_output is %NULL if
 * it failed, and of what this host does. */
void
gw_copy_ran (GTask *task, GBytes *untrusted_output, GError *error)
{
  GwCopy *copy = g_task_get_task_data (task);

  switch (copy->step)
    {
    case GW_COPY_PREPARE:
      after_prepare (task, untrusted_output, error);
      break;
    case GW_COPY_LEARN:
      after_learn (task, untrusted_output, error);
      break;
    case GW_COPY_COMMIT:
      after_commit (task, error);
      break;
    case GW_COPY_TIDY_PART:
      after_tidy_part (task, error);
      break;
    default:
      g_assert_not_reached ();
    }
}
