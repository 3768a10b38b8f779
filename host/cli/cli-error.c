/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How failures are told: what happened, and what to do next. */

#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* To standard error. Everything is escaped, as parts may be the guest's. */
void
cli_complain (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = cli_escape (text, -1);
  fprintf (stderr, "guestwire: %s\n", safe);
}

int
cli_misuse (Cli *cli, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  cli_complain ("%s", text);
  fprintf (stderr, "Try 'guestwire %s%s--help'.\n", cli->verb->name, cli->verb->name[0] == '\0' ? "" : " ");
  return cli->verb->misused;
}

static char *
explain_connect (Cli *cli)
{
  GwAddress *address = cli->client != NULL ? gw_client_get_address (cli->client) : NULL;
  const char *path = address != NULL ? gw_address_get_path (address) : NULL;

  /* The message says it all; or it is about another socket, as that of a forward. */
  if (address == NULL || gw_client_get_state (cli->client) == GW_CLIENT_OPEN)
    return NULL;
  if (gw_address_get_kind (address) == GW_ADDRESS_TCP_LISTEN || gw_address_get_kind (address) == GW_ADDRESS_TELNET_LISTEN)
    return g_strdup ("is the machine running, and does its port connect here (QEMU's reconnect=, libvirt's mode='connect')?");
  if (path == NULL || gw_address_get_kind (address) == GW_ADDRESS_PIPE)
    return NULL;
  if (gw_address_get_kind (address) == GW_ADDRESS_UNIX_LISTEN)
    return g_strdup ("is the machine running, and does its channel connect to this socket (QEMU's reconnect=, libvirt's "
                     "mode='connect'), as a user who may?");
  if (access (path, F_OK) != 0)
    return g_strdup ("is the machine running, and does it have this channel?");
  if (access (path, R_OK | W_OK) != 0)
    return g_strdup ("this user may not use it: try as root, or as a member of its group");
  if (gw_address_get_kind (address) == GW_ADDRESS_SERIAL)
    return NULL;
  return g_strdup ("the hypervisor that made it seems to be gone: is the machine running?");
}

/* The whole time, which no message of the library knows. */
static char *
explain_time (Cli *cli)
{
  return cli_time_is_up (cli) ? g_strdup_printf ("--timeout gave it %g s in all", cli->timeout_s) : NULL;
}

static char *
explain (Cli *cli, const GError *error)
{
  if (error->domain != GW_ERROR)
    return NULL;
  switch (error->code)
    {
    case GW_ERROR_CONNECT:
      return explain_connect (cli);
    case GW_ERROR_TIMED_OUT:
    case GW_ERROR_NOT_DELIVERED:
      return explain_time (cli);
    case GW_ERROR_COMMAND_NOT_FOUND:
      return g_strdup ("'guestwire info' lists the commands that this agent has");
    case GW_ERROR_DENIED:
      /* The wire has one class for both; these words are all agents'. */
      if (strstr (error->message, "frozen state") != NULL)
        return g_strdup ("its file systems are frozen, mostly while a snapshot is made: try again later; "
                         "'guestwire call DOMAIN guest-fsfreeze-thaw' thaws them");
      return g_strdup ("the agent's configuration in the guest blocks it: see its block-rpcs and allow-rpcs "
                       "(/etc/guestwire/agent.conf, /etc/qemu/qemu-ga.conf, /etc/sysconfig/qemu-ga)");
    default:
      return NULL;
    }
}

/**
 * cli_fail:
 *
 * Tells of a failure of ours.
 *
 * Returns: the exit status
 */
int
cli_fail (Cli *cli, const GError *error)
{
  g_autofree char *advice = explain (cli, error);

  cli_complain ("%s", error->message);
  if (advice != NULL)
    cli_complain ("%s", advice);
  if (cli->signal != 0)
    return 128 + cli->signal;
  if (g_error_matches (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS))
    return cli->verb->misused;
  return cli->verb->failed;
}

/* As a shell counts: 128+N for signal N. It has 8 bits, and what does not fit
 * must not become a 0. */
int
cli_exit_status (GwProcess *process)
{
  if (gw_process_get_signal (process) != 0)
    return 128 + gw_process_get_signal (process);
  return MIN (gw_process_get_exit_status (process), 255);
}
