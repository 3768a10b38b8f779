/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the lists of the administrator mean for a command. They were made for
 * qemu-ga's commands: one of ours obeys the rules for those that it could
 * stand in for, whether it is named in a list or not. */

#include "gw-commands.h"

#include "gw-freeze.h"

static GwPolicy *policy; /* NULL: all is allowed */

static void
warn_unknown (const char *rule, const char *name, gpointer data)
{
  if (gw_commands_find (name) == NULL)
    g_warning ("%s: there is no command '%s' (a typing error?)", rule, name);
}

/**
 * gw_commands_set_policy:
 * @new_policy: (transfer full) (nullable): what decides from here on which
 *   commands may run; %NULL allows all
 *
 * Logs what in it is likely to be a mistake.
 */
void
gw_commands_set_policy (GwPolicy *new_policy)
{
  g_clear_pointer (&policy, gw_policy_free);
  policy = new_policy;
  if (policy == NULL)
    return;
  gw_policy_foreach_name (policy, warn_unknown, NULL);
  if (gw_policy_denied_by (policy, "guest-sync") != NULL && gw_policy_denied_by (policy, "guest-sync-delimited") != NULL)
    g_warning ("neither guest-sync nor guest-sync-delimited is allowed: most hosts will take this agent for dead");
}

/* An allow list that was written for qemu-ga names no command of ours. */
static const char *
denied_by (const GwCommand *command, const char **denied)
{
  const char *rule;

  *denied = command->name;
  if (policy == NULL)
    return NULL;
  if (command->implies == NULL)
    return gw_policy_denied_by (policy, command->name);
  rule = gw_policy_blocked_by (policy, command->name);
  for (const char *const *implied = command->implies; rule == NULL && *implied != NULL; implied++)
    {
      *denied = *implied;
      rule = gw_policy_denied_by (policy, *implied);
    }
  return rule;
}

/* Whatever the lists say. */
static gboolean
waits_for_thaw (const GwCommand *command)
{
  return (command->flags & GW_COMMAND_WHILE_FROZEN) == 0 && gw_freeze_is_frozen ();
}

/* Whether @command may run now. */
gboolean
gw_commands_enabled (const GwCommand *command)
{
  const char *denied;

  return !waits_for_thaw (command) && denied_by (command, &denied) == NULL;
}

/* Whether the policy lets a command @name run, be there one or not. */
gboolean
gw_commands_allow (const char *name)
{
  return policy == NULL || gw_policy_denied_by (policy, name) == NULL;
}

/* The first time each command is asked for in vain it is told to the
 * administrator; the rest is only for those who look: a host could fill the
 * log with it. */
static void
log_denial (const GwCommand *command, const char *rule)
{
  static GHashTable *told;
  GLogLevelFlags level;

  if (told == NULL)
    told = g_hash_table_new (NULL, NULL);
  level = g_hash_table_add (told, (gpointer) command) ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_DEBUG;
  g_log_structured (G_LOG_DOMAIN, level, "GW_COMMAND", command->name, "GW_RULE", rule, "MESSAGE",
                    "refused %s, which %s does not allow", command->name, rule);
}

/**
 * gw_commands_check_policy:
 *
 * For a command of qemu-ga's the text is what qemu-ga 10 says; hosts look for
 * its middle. So is what it says while file systems are frozen; nothing is
 * logged then.
 *
 * Returns: (transfer full) (nullable): why @command may not run
 */
GError *
gw_commands_check_policy (const GwCommand *command)
{
  const char *denied;
  const char *rule;

  if (waits_for_thaw (command))
    return g_error_new (GW_ERROR, GW_ERROR_DENIED, "Command %s has been disabled: the agent is in frozen state",
                        command->name);
  rule = denied_by (command, &denied);
  if (rule == NULL)
    return NULL;
  log_denial (command, rule);
  if (command->implies == NULL)
    return g_error_new (GW_ERROR, GW_ERROR_DENIED, "Command %s has been disabled: the command is not allowed",
                        command->name);
  if (denied == command->name)
    return g_error_new (GW_ERROR, GW_ERROR_DENIED, "Command %s has been disabled: the agent's %s does not allow it",
                        command->name, rule);
  return g_error_new (GW_ERROR, GW_ERROR_DENIED,
                      "Command %s has been disabled: it needs %s, which the agent's %s does not allow", command->name,
                      denied, rule);
}
