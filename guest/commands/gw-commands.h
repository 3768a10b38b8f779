/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-command.h"
#include "gw-message.h"
#include "gw-policy.h"

G_BEGIN_DECLS

/* Where an answer goes: one line for the channel, or NULL if the call has ended
 * without one. */
typedef void (*GwAnswerFunc) (GBytes *line, const GwCommand *command, gpointer data);

void gw_commands_run (const GwMessage *request, GwAnswerFunc answer, gpointer data);
void gw_commands_set_policy (GwPolicy *policy);
gboolean gw_commands_enabled (const GwCommand *command);
const GwCommand *gw_commands_find (const char *name);
void gw_commands_foreach (void (*func) (const GwCommand *command, gpointer data), gpointer data);

G_END_DECLS
