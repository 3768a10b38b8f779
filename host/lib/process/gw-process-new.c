/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs are made of that have not been run. */

#include "gw-process-private.h"

/**
 * gw_process_new:
 * @client: what to run it through
 * @arguments: (array zero-terminated=1) (element-type utf8): the program, by
 *   its path or a name to be found in the agent's `PATH`, and its arguments
 *
 * Returns: (transfer full): a new #GwProcess, which has not been run
 *
 * Since: 0.1
 */
GwProcess *
gw_process_new (GwClient *client, const char *const *arguments)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  g_return_val_if_fail (arguments != NULL && arguments[0] != NULL, NULL);

  return g_object_new (GW_TYPE_PROCESS, "client", client, "arguments", arguments, NULL);
}

/**
 * gw_process_new_shell:
 * @client: what to run it through
 * @command: (nullable): what the shell runs; %NULL for what it reads from its
 *   standard input
 *
 * For the shell that a user of the guest has by its `passwd`: the agent's own
 * user, unless gw_process_set_user() is called. It gets the environment that
 * login(1) gives, and begins in its user's home. Without @command it is a login
 * shell. This takes a client in frames. Nothing is written to `utmp`.
 *
 * Returns: (transfer full): a new #GwProcess, which has not been run
 *
 * Since: 0.1
 */
GwProcess *
gw_process_new_shell (GwClient *client, const char *command)
{
  const char *const words[] = { "-c", command, NULL };
  GwProcess *process;

  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);

  process = g_object_new (GW_TYPE_PROCESS, "client", client, "arguments", command != NULL ? words : words + 2, NULL);
  process->asked.login = TRUE;
  return process;
}
