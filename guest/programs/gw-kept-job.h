/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-job-files.h"

G_BEGIN_DECLS

/* A program that outlives the agent and its hosts, and whose newest output is
 * kept. What this is of it does not outlive the agent. */
typedef struct _GwKeptJob GwKeptJob;

/* Somebody who waits for news of one. */
typedef struct _GwJobWatch GwJobWatch;

typedef void (*GwKeptJobFunc) (GwKeptJob *job, gpointer data);

GwKeptJob *gw_kept_job_make (JsonObject *facts, GError **error);
GwKeptJob *gw_kept_job_find (const char *folder);
gboolean gw_kept_job_begin (GwKeptJob *job, GPid pid, GwKeptJobFunc ended, gpointer data);
void gw_kept_job_free (GwKeptJob *job);
void gw_kept_job_remove (GwKeptJob *job);

GwJobWatch *gw_kept_job_watch (GwKeptJob *job, gboolean output, GwKeptJobFunc func, gpointer data);
void gw_kept_job_unwatch (GwJobWatch *watch);

const char *gw_kept_job_get_id (GwKeptJob *job);
const char *gw_kept_job_get_name (GwKeptJob *job);
GPid gw_kept_job_get_pid (GwKeptJob *job);
int gw_kept_job_enter (GwKeptJob *job);
gboolean gw_kept_job_has_ended (GwKeptJob *job);
gboolean gw_kept_job_is_watched (GwKeptJob *job);
guint64 gw_kept_job_get_number (GwKeptJob *job);
const GwJobEnd *gw_kept_job_get_end (GwKeptJob *job);
void gw_kept_job_find_ends (GwKeptJob *job, guint64 *ends);
void gw_kept_job_describe (GwKeptJob *job, JsonObject *row);
void gw_kept_job_describe_end (GwKeptJob *job, JsonObject *result);
gboolean gw_kept_job_signal (GwKeptJob *job, int signal_number, GError **error);

char *gw_kept_job_boot_tag (void);
gboolean gw_kept_job_looks_like_id (const char *text);

G_END_DECLS
