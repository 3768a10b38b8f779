/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-process.h"

G_BEGIN_DECLS

#define GW_TYPE_JOB (gw_job_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwJob, gw_job, GW, JOB, GObject)

/**
 * GW_JOB_FROM_END:
 *
 * Stands for the end of what a job has written so far.
 *
 * Since: 0.1
 */
#define GW_JOB_FROM_END (-1)

GW_PUBLIC
GwJob *gw_job_new (GwClient *client, const char *id) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
void gw_job_start_async (GwProcess *process, const char *name, int timeout_ms, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
GwJob *gw_job_start_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwJob *gw_job_start (GwProcess *process, const char *name, int timeout_ms, GCancellable *cancellable,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
void gw_job_list_async (GwClient *client, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
GW_PUBLIC
GPtrArray *gw_job_list_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GPtrArray *gw_job_list (GwClient *client, int timeout_ms, GCancellable *cancellable,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
void gw_job_wait_async (GwJob *job, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
GW_PUBLIC
gboolean gw_job_wait_finish (GwJob *job, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_job_wait (GwJob *job, int timeout_ms, GCancellable *cancellable, GError **error);

GW_PUBLIC
void gw_job_send_signal_async (GwJob *job, int signal, int timeout_ms, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
gboolean gw_job_send_signal_finish (GwJob *job, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_job_send_signal (GwJob *job, int signal, int timeout_ms, GCancellable *cancellable, GError **error);

GW_PUBLIC
void gw_job_forget_async (GwJob *job, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
GW_PUBLIC
gboolean gw_job_forget_finish (GwJob *job, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_job_forget (GwJob *job, int timeout_ms, GCancellable *cancellable, GError **error);

/* What it writes. */
GW_PUBLIC
GwProcess *gw_job_attach (GwJob *job, gint64 output_from, gint64 errors_from) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
void gw_process_detach (GwProcess *process);
GW_PUBLIC
guint64 gw_process_get_output_position (GwProcess *process);
GW_PUBLIC
guint64 gw_process_get_errors_position (GwProcess *process);

/* What is known of it: what it was started with or listed as, and its end if
 * that was waited for. */
GW_PUBLIC
GwClient *gw_job_get_client (GwJob *job);
GW_PUBLIC
const char *gw_job_get_id (GwJob *job);
GW_PUBLIC
const char *gw_job_get_name (GwJob *job);
GW_PUBLIC
const char *const *gw_job_get_arguments (GwJob *job);
GW_PUBLIC
gboolean gw_job_get_arguments_cut (GwJob *job);
GW_PUBLIC
const char *gw_job_get_user (GwJob *job);
GW_PUBLIC
gint64 gw_job_get_pid (GwJob *job);
GW_PUBLIC
gint64 gw_job_get_started (GwJob *job);
GW_PUBLIC
gboolean gw_job_get_ended (GwJob *job);
GW_PUBLIC
gint64 gw_job_get_end_time (GwJob *job);
GW_PUBLIC
int gw_job_get_exit_status (GwJob *job);
GW_PUBLIC
int gw_job_get_signal (GwJob *job);
GW_PUBLIC
guint64 gw_job_get_output_size (GwJob *job);
GW_PUBLIC
guint64 gw_job_get_errors_size (GwJob *job);

G_END_DECLS
