/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* Which commands a host may run. Knows their names and nothing else of them. */
typedef struct _GwPolicy GwPolicy;

GwPolicy *gw_policy_new (GPtrArray *allow, GPtrArray *block);
void gw_policy_free (GwPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwPolicy, gw_policy_free)

const char *gw_policy_blocked_by (const GwPolicy *policy, const char *command);
const char *gw_policy_denied_by (const GwPolicy *policy, const char *command);
void gw_policy_foreach_name (const GwPolicy *policy, void (*func) (const char *rule, const char *command, gpointer data),
                             gpointer data);

G_END_DECLS
