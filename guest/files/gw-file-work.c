/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a thread does what a host wants done with files. Knows no call and no
 * stream. */

#include <gio/gio.h>

#include "gw-file-error.h"
#include "gw-file-order.h"
#include "gw-tree-source.h"
#include "gw-tree-target.h"

/* Who wants it is gone, or changed its mind. */
static void
say_cut_off (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the host has ended the stream before the file");
}

/* --- One file ---------------------------------------------------------------- */

static gboolean
open_target (GwFileOrder *order, GwFileTarget *target, GwFileJob *job, GError **error)
{
  if (order->owner != NULL && !gw_file_owner_find (order->owner, &order->traits.uid, &order->traits.gid, error))
    return FALSE;
  if (!gw_file_target_open (target, order->path, order->name, order->resume, order->kind,
                            gw_file_job_get_stopped (job), error))
    return FALSE;
  gw_file_traits_override (&target->traits, &order->traits);
  order->offset = target->offset;
  order->digest = gw_digest_dup_text (target->digest);
  return TRUE;
}

static gboolean
receive_file (GwFileOrder *order, GwFileTarget *target, GwFileJob *job, GError **error)
{
  GBytes *next;

  if (!open_target (order, target, job, error))
    return FALSE;
  gw_file_job_set_ready (job);
  while ((next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;

      if (!gw_file_target_write (target, untrusted_bytes, error))
        return FALSE;
    }
  if (!target->ended)
    {
      say_cut_off (error);
      return FALSE;
    }
  if (!gw_file_target_commit (target, TRUE, error))
    return FALSE;
  order->size = target->size;
  order->placed = g_strdup (target->path);
  g_free (order->digest);
  order->digest = gw_digest_dup_text (target->digest);
  return TRUE;
}

void
gw_file_work_push (GwFileJob *job, gpointer data, GError **error)
{
  GwFileOrder *order = data;
  GwFileTarget target = GW_FILE_TARGET_INIT;
  GError *problem = NULL;
  gboolean interrupted;

  receive_file (order, &target, job, &problem);
  interrupted = g_atomic_int_get (gw_file_job_get_stopped (job))
                || g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gw_file_target_clear (&target, interrupted && order->keep);
  if (problem != NULL)
    g_propagate_error (error, problem);
}

static gboolean
send_file (GwFileOrder *order, GwFileSource *source, GwFileJob *job, GError **error)
{
  if (!gw_file_source_open (source, order->path, order->kind, gw_file_job_get_stopped (job), error)
      || (order->resume_digest != NULL
          && !gw_file_source_skip (source, order->resume_offset, order->resume_digest, error)))
    return FALSE;
  order->offset = source->offset;
  order->status = source->status;
  gw_file_job_set_ready (job);
  while (!source->ended)
    {
      GBytes *bytes = gw_file_source_read (source, error);

      if (bytes == NULL || !gw_file_job_put (job, bytes))
        return FALSE;
    }
  order->size = source->offset;
  order->digest = gw_digest_dup_text (source->digest);
  return TRUE;
}

void
gw_file_work_pull (GwFileJob *job, gpointer data, GError **error)
{
  GwFileOrder *order = data;
  GwFileSource source = GW_FILE_SOURCE_INIT;
  GError *problem = NULL;

  if (!send_file (order, &source, job, &problem) && problem == NULL)
    gw_file_is_stopped (gw_file_job_get_stopped (job), &problem);
  gw_file_source_clear (&source);
  if (problem != NULL)
    g_propagate_error (error, problem);
}

/* --- Trees ------------------------------------------------------------------- */

static gboolean
receive_tree (GwFileOrder *order, GwTreeTarget *target, GwFileJob *job, GError **error)
{
  GwFileRules rules = GW_FILE_RULES_NONE;
  GBytes *next;

  rules.keep_owner = order->keep_owner;
  if (order->owner != NULL && !gw_file_owner_find (order->owner, &rules.uid, &rules.gid, error))
    return FALSE;
  if (!gw_tree_target_open (target, order->path, order->name, &rules, order->kind, gw_file_job_get_stopped (job),
                            error))
    return FALSE;
  gw_file_job_set_ready (job);
  while ((next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;

      if (!gw_tree_target_write (target, untrusted_bytes, error))
        return FALSE;
    }
  if (!target->pieces.ended)
    {
      say_cut_off (error);
      return FALSE;
    }
  return gw_tree_target_finish (target, error);
}

void
gw_file_work_push_tree (GwFileJob *job, gpointer data, GError **error)
{
  GwFileOrder *order = data;
  GwTreeTarget target = GW_TREE_TARGET_INIT;

  if (receive_tree (order, &target, job, error))
    {
      order->size = gw_tree_target_get_bytes (&target);
      order->files = target.files;
      order->placed = g_strdup (target.placed);
      order->troubles = target.troubles;
      target.troubles = (GwTreeTroubles){ 0 };
    }
  gw_tree_target_clear (&target);
}

static gboolean
send_tree (GwFileOrder *order, GwTreeSource *source, GwFileJob *job, GError **error)
{
  if (!gw_tree_source_open (source, order->path, 07777, order->kind, gw_file_job_get_stopped (job), error))
    return FALSE;
  gw_file_job_set_ready (job);
  while (!source->ended)
    {
      GBytes *bytes = gw_tree_source_read (source, error);

      if (bytes == NULL || !gw_file_job_put (job, bytes))
        return FALSE;
    }
  return TRUE;
}

void
gw_file_work_pull_tree (GwFileJob *job, gpointer data, GError **error)
{
  GwFileOrder *order = data;
  GwTreeSource source = GW_TREE_SOURCE_INIT;
  GError *problem = NULL;

  if (send_tree (order, &source, job, &problem))
    {
      order->size = gw_tree_source_get_bytes (&source);
      order->files = source.files;
      order->troubles = source.troubles;
      source.troubles = (GwTreeTroubles){ 0 };
    }
  else if (problem == NULL)
    gw_file_is_stopped (gw_file_job_get_stopped (job), &problem);
  gw_tree_source_clear (&source);
  if (problem != NULL)
    g_propagate_error (error, problem);
}
