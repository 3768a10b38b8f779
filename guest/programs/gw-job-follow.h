/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-kept-job.h"
#include "gw-streams.h"

G_BEGIN_DECLS

/* A job's output on its way to two streams of a session: what is kept of it,
 * and then what comes. Who reads slowly loses some, and is told; the job waits
 * for nobody. */
typedef struct _GwJobFollow GwJobFollow;

/* The job has ended, and all that is kept is written; or, with @error, it
 * cannot be followed any more. */
typedef void (*GwJobFollowFunc) (GwJobFollow *follow, const GError *error, gpointer data);

GwJobFollow *gw_job_follow_new (GwKeptJob *job, const guint64 *offsets, GwStreams *streams, guint64 call,
                                GwJobFollowFunc ended, gpointer data, GError **error);
void gw_job_follow_begin (GwJobFollow *follow);
void gw_job_follow_free (GwJobFollow *follow);

G_END_DECLS
