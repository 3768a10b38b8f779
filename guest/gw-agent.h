/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* The agent: all the channels that it serves at once. */
typedef struct _GwAgent GwAgent;

GwAgent *gw_agent_new (char **channels, char **hold, GError **error);
void gw_agent_free (GwAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwAgent, gw_agent_free)

G_END_DECLS
