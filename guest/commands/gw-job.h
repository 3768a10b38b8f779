/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-job-files.h"

G_BEGIN_DECLS

/* A program that outlives the agent and its hosts, and whose newest output is
 * kept. What this is of it does not outlive the agent. */
typedef struct _GwJob GwJob;

/* Somebody who waits for news of one. */
typedef struct _GwJobWatch GwJobWatch;

typedef void (*GwJobFunc) (GwJob *job, gpointer data);

GwJob *gw_job_make (JsonObject *facts, GError **error);
GwJob *gw_job_find (const char *folder);
gboolean gw_job_begin (GwJob *job, GwJobFunc ended, gpointer data);
void gw_job_free (GwJob *job);
void gw_job_remove (GwJob *job);

GwJobWatch *gw_job_watch (GwJob *job, gboolean output, GwJobFunc func, gpointer data);
void gw_job_unwatch (GwJobWatch *watch);

const char *gw_job_get_id (GwJob *job);
const char *gw_job_get_name (GwJob *job);
GPid gw_job_get_pid (GwJob *job);
int gw_job_enter (GwJob *job);
gboolean gw_job_has_ended (GwJob *job);
gboolean gw_job_is_watched (GwJob *job);
guint64 gw_job_get_number (GwJob *job);
const GwJobEnd *gw_job_get_end (GwJob *job);
void gw_job_find_ends (GwJob *job, guint64 *ends);
void gw_job_describe (GwJob *job, JsonObject *row);
void gw_job_describe_end (GwJob *job, JsonObject *result);
gboolean gw_job_signal (GwJob *job, int signal_number, GError **error);

char *gw_job_boot_tag (void);

G_END_DECLS
