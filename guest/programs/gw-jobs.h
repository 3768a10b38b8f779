/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-kept-job.h"
#include "gw-live-order.h"

G_BEGIN_DECLS

/* The jobs of this guest. */

void gw_jobs_restore (void);
void gw_jobs_close (void);

/* @job: NULL, and @error: why it was not started */
typedef void (*GwJobsStartedFunc) (GwKeptJob *job, const GError *error, gpointer data);

void gw_jobs_start (GwLiveOrder *order, const char *name, GwJobsStartedFunc started, gpointer data);

GwKeptJob *gw_jobs_find (const char *id_or_name, GError **error);
GList *gw_jobs_list (void);
gboolean gw_jobs_forget (GwKeptJob *job, GError **error);

/* Somebody who tells others of the ends of jobs: each is told of once, also
 * that of one that ended while there was no agent. */
void gw_jobs_tell_ends (GwKeptJobFunc ended, gpointer data);

G_END_DECLS
