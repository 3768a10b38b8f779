/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-freeze-work.h"

G_BEGIN_DECLS

/* One freeze or thaw after another, each in a thread. Where there is no thread
 * at work, all of it is the loop's. */
typedef struct
{
  const GwFreezeWays *ways;
  char *mark;        /* a file for the agent after this one; NULL: none */
  char **only;       /* mount points; NULL: all */
  gboolean leased;   /* what the mark says of it */
  gint stopped;      /* atomic: nobody wants this freeze any more */
  GPtrArray *frozen; /* of GwFrozen; NULL before the first */
  GThread *thread;   /* NULL: none is at work */

  /* What came of the last one. */
  guint count;
  GError *problem;
} GwFreezeJob;

gboolean gw_freeze_job_freeze (GwFreezeJob *job, GSourceFunc done);
gboolean gw_freeze_job_thaw (GwFreezeJob *job, GSourceFunc done);
void gw_freeze_job_thaw_now (GwFreezeJob *job);
void gw_freeze_job_join (GwFreezeJob *job);

G_END_DECLS
