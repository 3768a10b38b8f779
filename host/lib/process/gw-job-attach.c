/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job writes, for those who read it: a GwProcess whose program was there
 * before. */

#include "gw-job-private.h"
#include "gw-process-live.h"

/**
 * gw_job_attach:
 * @job: a #GwJob
 * @output_from: the offset in its standard output to begin at: 0 for all that
 *   is kept, %GW_JOB_FROM_END for what comes from now on
 * @errors_from: the same of its standard error; %GW_JOB_FROM_END goes for both
 *
 * Makes a #GwProcess that stands for the job. gw_process_start_async() attaches
 * to it; then gw_process_get_stdout_pipe() and gw_process_get_stderr_pipe() have
 * what is kept of its output, and what comes, and gw_process_wait_async() ends
 * with the job. It cannot be written to.
 *
 * The job waits for no reader: what it writes faster than it is read may be
 * lost, as is what was too long ago. #GwProcess::lost tells how much, at its place
 * in the output.
 *
 * gw_process_detach() leaves it, and so does whatever closes the client; the job
 * goes on.
 *
 * Returns: (transfer full): a #GwProcess that was not started
 *
 * Since: 0.1
 */
GwProcess *
gw_job_attach (GwJob *job, gint64 output_from, gint64 errors_from)
{
  const char *arguments[] = { NULL, NULL };
  GwProcess *process;

  g_return_val_if_fail (GW_IS_JOB (job), NULL);
  g_return_val_if_fail (output_from >= GW_JOB_FROM_END && errors_from >= GW_JOB_FROM_END, NULL);
  g_return_val_if_fail ((output_from < 0) == (errors_from < 0), NULL);

  arguments[0] = job->id;
  process = gw_process_new (job->client, arguments);
  process->job = g_strdup (job->id);
  process->from[0] = output_from;
  process->from[1] = errors_from;
  return process;
}

/**
 * gw_process_detach:
 * @process: a #GwProcess of gw_job_attach()
 *
 * Lets go of the job, which goes on: who waits for @process gets
 * %G_IO_ERROR_CANCELLED.
 *
 * Since: 0.1
 */
void
gw_process_detach (GwProcess *process)
{
  g_return_if_fail (GW_IS_PROCESS (process));
  g_return_if_fail (process->job != NULL);

  if (process->live != NULL)
    gw_process_live_detach (process->live);
}

static guint64
get_position (GwProcess *process, GInputStream *stream)
{
  return process->job != NULL && stream != NULL ? gw_pipe_input_get_position (GW_PIPE_INPUT (stream)) : 0;
}

/**
 * gw_process_get_output_position:
 * @process: a #GwProcess of gw_job_attach()
 *
 * Returns: the offset, in all that the job has written to standard output, of
 *   the byte that is read next: where to attach again, to go on
 *
 * Since: 0.1
 */
guint64
gw_process_get_output_position (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), 0);
  return get_position (process, gw_process_get_stdout_pipe (process));
}

/**
 * gw_process_get_errors_position:
 * @process: a #GwProcess of gw_job_attach()
 *
 * Returns: the same of standard error
 *
 * Since: 0.1
 */
guint64
gw_process_get_errors_position (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), 0);
  return get_position (process, gw_process_get_stderr_pipe (process));
}
