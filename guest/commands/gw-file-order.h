/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-file-job.h"
#include "gw-file-source.h"
#include "gw-file-target.h"

G_BEGIN_DECLS

typedef struct
{
  char *path;
  char *name; /* in that, if it is a folder */
  GwDigestKind kind;
  GwFileTraits traits;
  gboolean resume;       /* push: what an interruption left here */
  gboolean keep;         /* push: what an interruption leaves */
  guint64 resume_offset; /* pull: what it left there */
  char *resume_digest;   /* pull: of that, or NULL */
  GwFileTarget target;   /* push */
  GwFileSource source;   /* pull */

  /* Known once the job is ready. */
  guint64 offset; /* where it goes on */
  char *digest;   /* push: of what is there; and then of all */

  /* Known once it is over. */
  guint64 size;
  char *placed; /* push: where it is */
} GwFileOrder;

gboolean gw_file_order_read (GwFileOrder *order, JsonObject *arguments, GError **error);
void gw_file_order_clear (GwFileOrder *order);

void gw_file_order_push (GwFileJob *job, gpointer order, GError **error);
void gw_file_order_pull (GwFileJob *job, gpointer order, GError **error);

G_END_DECLS
