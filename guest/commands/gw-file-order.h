/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-file-job.h"
#include "gw-file-source.h"
#include "gw-file-target.h"
#include "gw-tree-troubles.h"

G_BEGIN_DECLS

typedef struct
{
  char *path;
  char *name; /* in that, if it is a folder */
  GwDigestKind kind;
  GwFileTraits traits;   /* push: of one file */
  char *owner;           /* push: USER:GROUP, or NULL */
  gboolean keep_owner;   /* push of a tree: by its numbers */
  gboolean resume;       /* push: what an interruption left here */
  gboolean keep;         /* push: what an interruption leaves */
  guint64 resume_offset; /* pull: what it left there */
  char *resume_digest;   /* pull: of that, or NULL */

  /* Known once the job is ready. */
  guint64 offset;     /* where it goes on */
  char *digest;       /* push: of what is there; and then of all */
  struct stat status; /* pull: of one file */

  /* Known once it is over. */
  guint64 size;
  char *placed;  /* push: where it is */
  guint64 files; /* of a tree */
  GwTreeTroubles troubles;
} GwFileOrder;

gboolean gw_file_order_read (GwFileOrder *order, JsonObject *arguments, GError **error);
void gw_file_order_clear (GwFileOrder *order);

/* gw-file-work.c: of the type #GwFileJobFunc. */
void gw_file_work_push (GwFileJob *job, gpointer order, GError **error);
void gw_file_work_pull (GwFileJob *job, gpointer order, GError **error);
void gw_file_work_push_tree (GwFileJob *job, gpointer order, GError **error);
void gw_file_work_pull_tree (GwFileJob *job, gpointer order, GError **error);

G_END_DECLS
