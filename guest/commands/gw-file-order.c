/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host wants done with a file, and how a thread does it. Knows no call
 * and no stream. */

#include "gw-file-order.h"

#include <gio/gio.h>
#include <string.h>

#include "gw-command.h"

/* --- In the thread --------------------------------------------------------- */

static void
override_traits (GwFileTraits *traits, const GwFileTraits *asked)
{
  if (asked->uid >= 0 || asked->gid >= 0)
    traits->inherited = FALSE;
  traits->uid = asked->uid >= 0 ? asked->uid : traits->uid;
  traits->gid = asked->gid >= 0 ? asked->gid : traits->gid;
  traits->mode = asked->mode >= 0 ? asked->mode : traits->mode;
  traits->timed = asked->timed;
  traits->mtime_ns = asked->mtime_ns;
}

static gboolean
receive_file (GwFileOrder *order, GwFileJob *job, GError **error)
{
  GwFileTarget *target = &order->target;
  GBytes *next;

  if (!gw_file_target_open (target, order->path, order->name, order->resume, order->kind,
                            gw_file_job_get_stopped (job), error))
    return FALSE;
  override_traits (&target->traits, &order->traits);
  order->offset = target->offset;
  order->digest = gw_digest_dup_text (target->digest);
  gw_file_job_set_ready (job);
  while ((next = gw_file_job_wait (job)) != NULL)
    {
      g_autoptr (GBytes) untrusted_bytes = next;

      if (!gw_file_target_write (target, untrusted_bytes, error))
        return FALSE;
    }
  if (!target->pieces.ended)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "the host has ended the stream before the file");
      return FALSE;
    }
  if (!gw_file_target_commit (target, error))
    return FALSE;
  order->size = target->size;
  order->placed = g_strdup (target->path);
  return TRUE;
}

/* A #GwFileJobFunc. */
void
gw_file_order_push (GwFileJob *job, gpointer data, GError **error)
{
  GwFileOrder *order = data;
  GError *problem = NULL;
  gboolean interrupted;

  if (receive_file (order, job, &problem))
    {
      g_free (order->digest);
      order->digest = gw_digest_dup_text (order->target.digest);
    }
  interrupted = g_atomic_int_get (gw_file_job_get_stopped (job))
                || g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gw_file_target_clear (&order->target, interrupted && order->keep);
  if (problem != NULL)
    g_propagate_error (error, problem);
}

static gboolean
send_file (GwFileOrder *order, GwFileJob *job, GError **error)
{
  GwFileSource *source = &order->source;

  if (!gw_file_source_open (source, order->path, order->kind, gw_file_job_get_stopped (job), error)
      || (order->resume_digest != NULL
          && !gw_file_source_skip (source, order->resume_offset, order->resume_digest, error)))
    return FALSE;
  order->offset = source->offset;
  gw_file_job_set_ready (job);
  while (!source->ended)
    {
      GBytes *bytes = gw_file_source_read (source, error);

      if (bytes == NULL)
        return FALSE;
      if (!gw_file_job_put (job, bytes))
        return FALSE;
    }
  order->size = source->offset;
  order->digest = gw_digest_dup_text (source->digest);
  return TRUE;
}

/* The same. */
void
gw_file_order_pull (GwFileJob *job, gpointer data, GError **error)
{
  GwFileOrder *order = data;
  GError *problem = NULL;

  if (!send_file (order, job, &problem) && problem == NULL)
    problem = g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "stopped");
  gw_file_source_clear (&order->source);
  if (problem != NULL)
    g_propagate_error (error, problem);
}

/* --- Arguments -------------------------------------------------------------------- */

static gboolean
take_number (JsonObject *arguments, const char *name, gint64 most, gint64 *number, GError **error)
{
  if (!json_object_has_member (arguments, name))
    return TRUE;
  *number = json_object_get_int_member (arguments, name);
  if (*number >= 0 && *number <= most)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter '%s' has to be a number from 0 to %" G_GINT64_FORMAT, name,
               most);
  return FALSE;
}

static gboolean
take_kind (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  const char *kind = gw_argument_string (arguments, "digest");

  if (kind == NULL || gw_digest_kind_from_name (kind, &order->kind))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'digest' has to be xxh64 or sha256");
  return FALSE;
}

static gboolean
take_name (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  const char *name = gw_argument_string (arguments, "name");

  if (name != NULL && (name[0] == '\0' || strchr (name, '/') != NULL || g_str_equal (name, ".") || g_str_equal (name, "..")))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'name' has to be a file's name in a folder");
      return FALSE;
    }
  order->name = g_strdup (name);
  return TRUE;
}

/* -1 stands for no owner of its own. */
static gboolean
take_traits (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  GwFileTraits *traits = &order->traits;

  traits->timed = json_object_has_member (arguments, "mtime");
  traits->mtime_ns = json_object_get_int_member_with_default (arguments, "mtime", 0);
  return take_number (arguments, "mode", 07777, &traits->mode, error)
         && take_number (arguments, "uid", G_MAXUINT32 - 1, &traits->uid, error)
         && take_number (arguments, "gid", G_MAXUINT32 - 1, &traits->gid, error);
}

static gboolean
take_resume (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  gint64 offset = -1;

  order->resume = json_object_get_boolean_member_with_default (arguments, "resume", FALSE);
  order->keep = order->resume || json_object_get_boolean_member_with_default (arguments, "keep", FALSE);
  order->resume_digest = g_strdup (gw_argument_string (arguments, "have-digest"));
  if (!take_number (arguments, "have", G_MAXINT64, &offset, error))
    return FALSE;
  order->resume_offset = offset;
  if ((offset >= 0) == (order->resume_digest != NULL))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameters 'have' and 'have-digest' go together");
  return FALSE;
}

/**
 * gw_file_order_read:
 * @order: zeroed; to be cleared whatever comes
 */
gboolean
gw_file_order_read (GwFileOrder *order, JsonObject *arguments, GError **error)
{
  order->path = g_strdup (gw_argument_string (arguments, "path"));
  order->traits = (GwFileTraits) GW_FILE_TRAITS_NONE;
  order->target.fd = order->source.fd = -1;
  return take_kind (order, arguments, error) && take_name (order, arguments, error)
         && take_traits (order, arguments, error) && take_resume (order, arguments, error);
}

void
gw_file_order_clear (GwFileOrder *order)
{
  g_free (order->path);
  g_free (order->name);
  g_free (order->resume_digest);
  g_free (order->digest);
  g_free (order->placed);
}
