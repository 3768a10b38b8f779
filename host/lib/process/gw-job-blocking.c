/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blocking twins of gw-job-calls.c. */

#include "gw-job-private.h"

#include "gw-blocking.h"
#include "gw-process-private.h"

/**
 * gw_job_start:
 * @process: as for gw_job_start_async()
 * @name: (nullable): the same
 * @timeout_ms: the same
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Starts a program as a job, and blocks until it runs.
 *
 * Returns: (transfer full): the job; or %NULL with an error as from
 *   gw_job_start_finish()
 *
 * Since: 0.1
 */
GwJob *
gw_job_start (GwProcess *process, const char *name, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  GwJob *job;

  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  gw_blocking_begin (&blocking, process->client);
  gw_job_start_async (process, name, timeout_ms, cancellable, gw_blocking_done, &blocking);
  job = gw_job_start_finish (gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return job;
}

/**
 * gw_job_list:
 * @client: as for gw_job_list_async()
 * @timeout_ms: the same
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Asks for all jobs of the guest, and blocks until they are known.
 *
 * Returns: (transfer container) (element-type GwJob): as from
 *   gw_job_list_finish()
 *
 * Since: 0.1
 */
GPtrArray *
gw_job_list (GwClient *client, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  GPtrArray *jobs;

  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  gw_blocking_begin (&blocking, client);
  gw_job_list_async (client, timeout_ms, cancellable, gw_blocking_done, &blocking);
  jobs = gw_job_list_finish (gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return jobs;
}

/**
 * gw_job_wait:
 * @job: a #GwJob
 * @timeout_ms: as for gw_job_wait_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Blocks until the job has ended.
 *
 * Returns: %TRUE if it has ended; else %FALSE with an error as from
 *   gw_job_wait_finish()
 *
 * Since: 0.1
 */
gboolean
gw_job_wait (GwJob *job, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean ended;

  g_return_val_if_fail (GW_IS_JOB (job), FALSE);

  gw_blocking_begin (&blocking, job->client);
  gw_job_wait_async (job, timeout_ms, cancellable, gw_blocking_done, &blocking);
  ended = gw_job_wait_finish (job, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return ended;
}

/**
 * gw_job_send_signal:
 * @job: a #GwJob
 * @signal: the number of a signal, of Linux
 * @timeout_ms: as for gw_client_call_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Sends a signal to the job's process group, and blocks until that is done.
 *
 * Returns: as gw_job_send_signal_finish()
 *
 * Since: 0.1
 */
gboolean
gw_job_send_signal (GwJob *job, int signal, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean sent;

  g_return_val_if_fail (GW_IS_JOB (job), FALSE);

  gw_blocking_begin (&blocking, job->client);
  gw_job_send_signal_async (job, signal, timeout_ms, cancellable, gw_blocking_done, &blocking);
  sent = gw_job_send_signal_finish (job, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return sent;
}

/**
 * gw_job_forget:
 * @job: a #GwJob that has ended
 * @timeout_ms: as for gw_client_call_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Has the guest forget a job, and blocks until that is done.
 *
 * Returns: as gw_job_forget_finish()
 *
 * Since: 0.1
 */
gboolean
gw_job_forget (GwJob *job, int timeout_ms, GCancellable *cancellable, GError **error)
{
  GwBlocking blocking;
  gboolean forgotten;

  g_return_val_if_fail (GW_IS_JOB (job), FALSE);

  gw_blocking_begin (&blocking, job->client);
  gw_job_forget_async (job, timeout_ms, cancellable, gw_blocking_done, &blocking);
  forgotten = gw_job_forget_finish (job, gw_blocking_wait (&blocking), error);
  gw_blocking_end (&blocking);
  return forgotten;
}
