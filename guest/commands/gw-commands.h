/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-command.h"
#include "gw-message.h"
#include "gw-policy.h"

G_BEGIN_DECLS

typedef struct
{
  GBytes *line;             /* one line, or NULL: it has succeeded, and text says nothing of that */
  gboolean failed;          /* the line is an error */
  const GwCommand *command; /* NULL: there is none of that name */
} GwAnswer;

/* Who asks, and where the answer goes: it comes exactly once. */
typedef struct
{
  void (*answer) (const GwAnswer *answer, gpointer data);
  gpointer data;
  GwStreams *streams; /* of the session that it came by; NULL: by the text voice */
  guint64 id;         /* the request's, in that session */
} GwAsker;

GwCall *gw_commands_run (const GwMessage *request, const GwAsker *asker);
void gw_call_tell (GwCall *call, GwCallFate fate);
void gw_commands_set_policy (GwPolicy *policy);
gboolean gw_commands_enabled (const GwCommand *command);
gboolean gw_commands_allow (const char *name);
GError *gw_commands_check_policy (const GwCommand *command);
gboolean gw_commands_has (const GwCommand *command, gboolean in_frames);
const GwCommand *gw_commands_find (const char *name);
void gw_commands_foreach (void (*func) (const GwCommand *command, gpointer data), gpointer data);

G_END_DECLS
