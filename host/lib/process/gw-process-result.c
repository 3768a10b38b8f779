/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has become of a program, for those who run it. */

#include "gw-process-private.h"

/**
 * gw_process_get_client:
 * @process: a #GwProcess
 *
 * Returns: (transfer none): what it is run through
 *
 * Since: 0.1
 */
GwClient *
gw_process_get_client (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  return process->client;
}

/**
 * gw_process_get_pid:
 * @process: a #GwProcess
 *
 * Returns: its process id in the guest; 0 if the agent has not told yet
 *
 * Since: 0.1
 */
gint64
gw_process_get_pid (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), 0);
  return process->pid;
}

/**
 * gw_process_get_ended:
 * @process: a #GwProcess
 *
 * Returns: whether it has ended
 *
 * Since: 0.1
 */
gboolean
gw_process_get_ended (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), FALSE);
  return process->ended;
}

/**
 * gw_process_get_exit_status:
 * @process: a #GwProcess
 *
 * Where the run failed since the program could not be started, it is what a
 * shell would say: 127 for a program that is not there, 126 for one that
 * cannot be run.
 *
 * Returns: what it exited with; -1 if it has not, or if a signal ended it
 *
 * Since: 0.1
 */
int
gw_process_get_exit_status (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), -1);
  return process->outcome.exit_status;
}

/**
 * gw_process_get_signal:
 * @process: a #GwProcess
 *
 * Returns: the number of the signal that ended it; 0 if none did
 *
 * Since: 0.1
 */
int
gw_process_get_signal (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), 0);
  return process->outcome.signal;
}

/**
 * gw_process_get_output:
 * @process: a #GwProcess
 *
 * Returns: (transfer none) (nullable): what it wrote to standard output; %NULL
 *   if it has not ended, or had a live pipe
 *
 * Since: 0.1
 */
GBytes *
gw_process_get_output (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  return process->outcome.output;
}

/**
 * gw_process_get_errors:
 * @process: a #GwProcess
 *
 * Returns: (transfer none) (nullable): what it wrote to standard error; %NULL
 *   if it has not ended, or had a live pipe
 *
 * Since: 0.1
 */
GBytes *
gw_process_get_errors (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), NULL);
  return process->outcome.errors;
}

/**
 * gw_process_get_truncated:
 * @process: a #GwProcess
 *
 * Returns: whether only a part of what it wrote was kept: 16 MiB of each stream
 *   are, unless it has live pipes
 *
 * Since: 0.1
 */
gboolean
gw_process_get_truncated (GwProcess *process)
{
  g_return_val_if_fail (GW_IS_PROCESS (process), FALSE);
  return process->outcome.truncated;
}
