/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a thread does with this host's files while they go over a stream. Knows
 * no stream and no guest. */

#include "gw-framed-work.h"

#include "gw-file-outlet.h"
#include "gw-file-source.h"
#include "gw-file-target.h"
#include "gw-tree-source.h"
#include "gw-tree-target.h"

void
gw_framed_work_clear (GwFramedWork *work)
{
  g_free (work->path);
  g_free (work->name);
  g_free (work->owner);
  g_free (work->digest);
  g_free (work->placed);
  g_free (work->whole_digest);
  gw_tree_troubles_clear (&work->troubles);
}

static void
take_troubles (GwFramedWork *work, GwTreeTroubles *troubles)
{
  work->troubles = *troubles;
  *troubles = (GwTreeTroubles){ 0 };
}

/* --- To the guest ------------------------------------------------------------- */

static gboolean
open_source (GwFramedWork *work, GwFileSource *source, GwFileJob *job, GError **error)
{
  const int *stopped = gw_file_job_get_stopped (job);

  if (work->fd >= 0)
    return gw_file_source_open_fd (source, work->fd, gw_file_job_get_wake_fd (job), work->kind, stopped, error);
  if (!gw_file_source_open (source, work->path, work->kind, stopped, error))
    return FALSE;
  if (work->offset == 0)
    return TRUE;
  if (!gw_file_source_skip (source, work->offset, work->digest, error))
    return FALSE;
  return source->offset > 0 || gw_file_job_put (job, gw_piece_new_again ());
}

static void
send_file (GwFramedWork *work, GwFileJob *job, GError **error)
{
  GwFileSource source = GW_FILE_SOURCE_INIT;
  gboolean going = open_source (work, &source, job, error);

  while (going && !source.ended)
    {
      GBytes *bytes = gw_file_source_read (&source, error);
      const GwFileProgress progress = { source.offset, 0 };

      gw_file_job_set_progress (job, &progress);
      going = bytes != NULL && gw_file_job_put (job, bytes);
    }
  if (going)
    {
      work->whole_digest = gw_digest_dup_text (source.digest);
      work->whole_size = source.offset;
    }
  gw_file_source_clear (&source);
}

static void
send_tree (GwFramedWork *work, GwFileJob *job, GError **error)
{
  GwTreeSource source = GW_TREE_SOURCE_INIT;
  guint mask = work->flags & GW_TRANSFER_KEEP_OWNER ? 07777 : 0777;
  gboolean going = gw_tree_source_open (&source, work->path, mask, work->kind, gw_file_job_get_stopped (job), error);

  while (going && !source.ended)
    {
      GBytes *bytes = gw_tree_source_read (&source, error);
      const GwFileProgress progress = { gw_tree_source_get_bytes (&source), source.files };

      gw_file_job_set_progress (job, &progress);
      going = bytes != NULL && gw_file_job_put (job, bytes);
    }
  take_troubles (work, &source.troubles);
  gw_tree_source_clear (&source);
}

/* --- From the guest ------------------------------------------------------------ */

static gboolean
make_rules (GwFramedWork *work, GwFileRules *rules, GError **error)
{
  gboolean keep = (work->flags & GW_TRANSFER_KEEP_OWNER) != 0;

  *rules = (GwFileRules) GW_FILE_RULES_NONE;
  rules->keep_owner = keep;
  rules->mode_mask = keep ? 07777 : 0777 & ~work->umask;
  return work->owner == NULL || gw_file_owner_find (work->owner, &rules->uid, &rules->gid, error);
}

static gboolean
receive_pieces (GwFileTarget *target, GwFileJob *job, GError **error)
{
  GBytes *next;

  while ((next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;
      GwFileProgress progress = { 0 };

      if (!gw_file_target_write (target, untrusted_bytes, error))
        return FALSE;
      progress.bytes = target->offset;
      gw_file_job_set_progress (job, &progress);
    }
  return TRUE;
}

static gboolean
receive_file (GwFramedWork *work, GwFileTarget *target, GwFileJob *job, gboolean *received, GError **error)
{
  GwFileRules rules;

  if (!make_rules (work, &rules, error)
      || !gw_file_target_open (target, work->path, work->name, (work->flags & GW_TRANSFER_RESUME) != 0, work->kind,
                               gw_file_job_get_stopped (job), error))
    return FALSE;
  work->placed = g_strdup (target->path);
  work->offset = target->offset;
  work->digest = gw_digest_dup_text (target->digest);
  gw_file_job_set_ready (job);
  *received = receive_pieces (target, job, error);
  if (!*received)
    return FALSE;
  gw_file_traits_of_other (&target->traits, &rules, &work->theirs);
  if (!gw_file_target_commit (target, TRUE, error))
    return FALSE;
  work->whole_digest = gw_digest_dup_text (target->digest);
  return TRUE;
}

/* What has come, and is not whole, is kept. */
static void
receive_one (GwFramedWork *work, GwFileJob *job, GError **error)
{
  GwFileTarget target = GW_FILE_TARGET_INIT;
  gboolean received = FALSE;
  gboolean whole = receive_file (work, &target, job, &received, error);
  gboolean stopped = g_atomic_int_get (gw_file_job_get_stopped (job));
  gboolean keep = !whole && (stopped || (received && !target.ended));

  if (keep && target.offset >= GW_RESUME_LEAST)
    work->left = target.offset;
  gw_file_target_clear (&target, keep);
}

static void
receive_to_fd (GwFramedWork *work, GwFileJob *job, GError **error)
{
  GwFileOutlet outlet = GW_FILE_OUTLET_INIT;
  gboolean going = gw_file_outlet_open (&outlet, work->fd, gw_file_job_get_wake_fd (job), work->kind,
                                        gw_file_job_get_stopped (job), error);
  GBytes *next;

  if (going)
    gw_file_job_set_ready (job);
  while (going && (next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;
      GwFileProgress progress = { 0 };

      going = gw_file_outlet_write (&outlet, untrusted_bytes, error);
      progress.bytes = outlet.offset;
      gw_file_job_set_progress (job, &progress);
    }
  if (going && outlet.ended)
    work->whole_digest = gw_digest_dup_text (outlet.digest);
  else if (going)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_IO, "the file has not come whole");
  gw_file_outlet_clear (&outlet);
}

static gboolean
receive_entries (GwTreeTarget *target, GwFileJob *job, GError **error)
{
  GBytes *next;

  while ((next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;
      GwFileProgress progress;

      if (!gw_tree_target_write (target, untrusted_bytes, error))
        return FALSE;
      progress = (GwFileProgress){ gw_tree_target_get_bytes (target), target->files };
      gw_file_job_set_progress (job, &progress);
    }
  return gw_tree_target_finish (target, error);
}

static void
receive_tree (GwFramedWork *work, GwFileJob *job, GError **error)
{
  GwTreeTarget target = GW_TREE_TARGET_INIT;
  GwFileRules rules;

  if (make_rules (work, &rules, error)
      && gw_tree_target_open (&target, work->path, work->name, &rules, work->kind, gw_file_job_get_stopped (job), error))
    {
      gw_file_job_set_ready (job);
      receive_entries (&target, job, error);
      work->placed = g_strdup (target.placed);
      take_troubles (work, &target.troubles);
    }
  gw_tree_target_clear (&target);
}

/* --- Which of them ------------------------------------------------------------- */

/* A #GwFileJobFunc. */
void
gw_framed_work_run (GwFileJob *job, gpointer data, GError **error)
{
  GwFramedWork *work = data;
  gboolean tree = (work->flags & GW_TRANSFER_RECURSIVE) != 0;

  if (work->push)
    (tree ? send_tree : send_file) (work, job, error);
  else if (tree)
    receive_tree (work, job, error);
  else
    (work->fd >= 0 ? receive_to_fd : receive_one) (work, job, error);
}
