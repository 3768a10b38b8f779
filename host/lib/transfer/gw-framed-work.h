/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-file-job.h"
#include "gw-file-traits.h"
#include "gw-digest.h"
#include "gw-transfer.h"
#include "gw-tree-troubles.h"

G_BEGIN_DECLS

/* This host's side of a copy over a stream, which a thread has. */
typedef struct
{
  gboolean push;
  GwTransferFlags flags;
  int fd;            /* instead of a path; -1: none */
  char *path;
  char *name;        /* pull: in that, if it is a folder; or NULL */
  char *owner;       /* pull: of this host, or NULL */
  guint umask;
  GwDigestKind kind;

  /* Push: given to the thread. Pull: known once the job is ready. */
  guint64 offset;    /* so much is there already */
  char *digest;      /* of that */

  GwFileTraits theirs; /* pull: given before the first bytes */

  /* Known once it is over; @placed once it is ready. Those of the whole are of a file. */
  char *placed;
  char *whole_digest;
  guint64 whole_size; /* push */
  guint64 left;      /* pull: what is there to go on with */
  GwTreeTroubles troubles;
} GwFramedWork;

void gw_framed_work_run (GwFileJob *job, gpointer work, GError **error);
void gw_framed_work_clear (GwFramedWork *work);

G_END_DECLS
