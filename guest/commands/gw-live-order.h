/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* Of one that is to outlive the agent: its output goes into files. */
typedef struct
{
  int folder;         /* where: see gw-supervisor.h */
  gboolean linger;    /* as there */
  guint *supervisors; /* how many there are of this agent's */
} GwLiveKeeping;

/* A program to be started, with pipes or a terminal to the agent. */
typedef struct
{
  gboolean login;     /* its user's shell; @argv is what follows that, and may be empty */
  char **argv;
  char **environment; /* all of it; NULL: that of a session of its user */
  char **additions;   /* to the latter; NULL for none */
  char *folder;       /* NULL: the agent's */
  char *user;         /* a name or a uid; NULL: the agent's */
  gboolean input;     /* else it reads nothing */
  gboolean terminal;  /* for all three standard files */
  guint16 rows;
  guint16 columns;
  char *terminal_type; /* NULL: not known */
  const GwLiveKeeping *keeping; /* lives until it has been started; NULL: it has its ends at the agent */
} GwLiveOrder;

GwLiveOrder *gw_live_order_new (JsonObject *arguments, GError **error);
void gw_live_order_free (GwLiveOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLiveOrder, gw_live_order_free)

G_END_DECLS
