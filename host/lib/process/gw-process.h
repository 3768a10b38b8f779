/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"

G_BEGIN_DECLS

#define GW_TYPE_PROCESS (gw_process_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwProcess, gw_process, GW, PROCESS, GObject)

GW_PUBLIC
GwProcess *gw_process_new (GwClient *client, const char *const *arguments) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwProcess *gw_process_new_shell (GwClient *client, const char *command) G_GNUC_WARN_UNUSED_RESULT;

/* Before it is run. */
GW_PUBLIC
void gw_process_set_environment (GwProcess *process, const char *const *variables);
GW_PUBLIC
void gw_process_set_directory (GwProcess *process, const char *path);
GW_PUBLIC
void gw_process_set_user (GwProcess *process, const char *user);
GW_PUBLIC
void gw_process_set_input (GwProcess *process, GBytes *input);
GW_PUBLIC
void gw_process_set_live_input (GwProcess *process, gboolean live_input);
GW_PUBLIC
void gw_process_set_terminal (GwProcess *process, const char *terminal);
GW_PUBLIC
void gw_process_set_window_size (GwProcess *process, guint rows, guint columns);

GW_PUBLIC
void gw_process_run_async (GwProcess *process, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
GW_PUBLIC
gboolean gw_process_run_finish (GwProcess *process, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_process_run (GwProcess *process, int timeout_ms, GCancellable *cancellable, GError **error);

/* With live pipes. */
GW_PUBLIC
void gw_process_start_async (GwProcess *process, int timeout_ms, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
gboolean gw_process_start_finish (GwProcess *process, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_process_start (GwProcess *process, int timeout_ms, GCancellable *cancellable, GError **error);
GW_PUBLIC
GOutputStream *gw_process_get_stdin_pipe (GwProcess *process);
GW_PUBLIC
GInputStream *gw_process_get_stdout_pipe (GwProcess *process);
GW_PUBLIC
GInputStream *gw_process_get_stderr_pipe (GwProcess *process);
GW_PUBLIC
void gw_process_send_signal (GwProcess *process, int signal);
GW_PUBLIC
void gw_process_wait_async (GwProcess *process, int timeout_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
GW_PUBLIC
gboolean gw_process_wait_finish (GwProcess *process, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_process_wait (GwProcess *process, int timeout_ms, GCancellable *cancellable, GError **error);

/* While it runs, and after. */
GW_PUBLIC
GwClient *gw_process_get_client (GwProcess *process);
GW_PUBLIC
gint64 gw_process_get_pid (GwProcess *process);
GW_PUBLIC
gboolean gw_process_get_ended (GwProcess *process);
GW_PUBLIC
int gw_process_get_exit_status (GwProcess *process);
GW_PUBLIC
int gw_process_get_signal (GwProcess *process);
GW_PUBLIC
GBytes *gw_process_get_output (GwProcess *process);
GW_PUBLIC
GBytes *gw_process_get_errors (GwProcess *process);
GW_PUBLIC
gboolean gw_process_get_truncated (GwProcess *process);

G_END_DECLS
