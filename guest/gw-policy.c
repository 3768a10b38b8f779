/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two lists of names. With an allow list all else is denied; what the block
 * list names is denied in any case. A name that no command has is kept: the
 * next release may have it. */

#include "gw-policy.h"

#define ALLOW "allow-rpcs"
#define BLOCK "block-rpcs"

struct _GwPolicy
{
  GHashTable *allow; /* NULL: all are */
  GHashTable *block;
};

static GHashTable *
to_set (GPtrArray *names)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; names != NULL && i < names->len; i++)
    g_hash_table_add (set, g_strdup (names->pdata[i]));
  return set;
}

/**
 * gw_policy_new:
 * @allow: (nullable) (element-type utf8): the only commands to allow; %NULL or
 *   an empty list for all
 * @block: (nullable) (element-type utf8): commands to deny
 */
GwPolicy *
gw_policy_new (GPtrArray *allow, GPtrArray *block)
{
  GwPolicy *policy = g_new0 (GwPolicy, 1);

  policy->allow = allow != NULL && allow->len > 0 ? to_set (allow) : NULL;
  policy->block = to_set (block);
  return policy;
}

void
gw_policy_free (GwPolicy *policy)
{
  g_clear_pointer (&policy->allow, g_hash_table_unref);
  g_hash_table_unref (policy->block);
  g_free (policy);
}

/**
 * gw_policy_blocked_by:
 *
 * Returns: (nullable): the name of the block list, if @command is in it
 */
const char *
gw_policy_blocked_by (const GwPolicy *policy, const char *command)
{
  return g_hash_table_contains (policy->block, command) ? BLOCK : NULL;
}

/**
 * gw_policy_denied_by:
 *
 * Returns: (nullable): the name of the setting that denies @command, or %NULL
 *   if it is allowed
 */
const char *
gw_policy_denied_by (const GwPolicy *policy, const char *command)
{
  if (g_hash_table_contains (policy->block, command))
    return BLOCK;
  return policy->allow != NULL && !g_hash_table_contains (policy->allow, command) ? ALLOW : NULL;
}

static void
each (GHashTable *set, const char *rule, void (*func) (const char *, const char *, gpointer), gpointer data)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    func (rule, name, data);
}

/* Calls @func for each name in a list. */
void
gw_policy_foreach_name (const GwPolicy *policy, void (*func) (const char *rule, const char *command, gpointer data),
                        gpointer data)
{
  each (policy->block, BLOCK, func, data);
  if (policy->allow != NULL)
    each (policy->allow, ALLOW, func, data);
}
