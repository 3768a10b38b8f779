/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* A thread that works on a file, and what goes between it and the loop, which
 * never waits for it. */
typedef struct _GwFileJob GwFileJob;

/* How far it is. */
typedef struct
{
  guint64 bytes;
  guint64 files; /* that are whole; of many */
} GwFileProgress;

/* In the thread. @error: why it failed. */
typedef void (*GwFileJobFunc) (GwFileJob *job, gpointer data, GError **error);

/* In the loop: there is something new. It may be freed in it, if it is over. */
typedef void (*GwFileJobChangedFunc) (GwFileJob *job, gpointer data);

GwFileJob *gw_file_job_start (GwFileJobFunc work, gpointer work_data, GwFileJobChangedFunc changed, gpointer data,
                              GError **error);
void gw_file_job_free (GwFileJob *job);

/* For the loop. */
void gw_file_job_give (GwFileJob *job, GBytes *bytes);
gboolean gw_file_job_has_room (GwFileJob *job);
GwFileProgress gw_file_job_get_progress (GwFileJob *job);
void gw_file_job_finish (GwFileJob *job);
GBytes *gw_file_job_take (GwFileJob *job);
gsize gw_file_job_take_used (GwFileJob *job);
gboolean gw_file_job_is_ready (GwFileJob *job);
gboolean gw_file_job_is_over (GwFileJob *job, GError **error);
void gw_file_job_stop (GwFileJob *job);

/* For the thread. */
const int *gw_file_job_get_stopped (GwFileJob *job);
void gw_file_job_set_ready (GwFileJob *job);
int gw_file_job_get_wake_fd (GwFileJob *job);
void gw_file_job_set_progress (GwFileJob *job, const GwFileProgress *progress);
GBytes *gw_file_job_wait (GwFileJob *job);
gboolean gw_file_job_put (GwFileJob *job, GBytes *bytes);

G_END_DECLS
