/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* A program to be started, with pipes or a terminal to the agent. */
typedef struct
{
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
} GwLiveOrder;

void gw_live_order_free (GwLiveOrder *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLiveOrder, gw_live_order_free)

/* What the agent has of one. Descriptors do not block, and are -1 where there
 * is none. */
typedef struct
{
  GPid pid;
  int control; /* to its supervisor: see gw-live-supervisor.h */
  int input;
  int output;  /* the terminal too; @input is a copy of it then */
  int errors;
} GwLiveEnds;

#define GW_LIVE_ENDS_NONE { 0, -1, -1, -1, -1 }

void gw_live_ends_close (GwLiveEnds *ends);

/* @error: why it could not be started, or %NULL. What of @ends is taken is to
 * be set to -1. */
typedef void (*GwLiveStartedFunc) (GwLiveEnds *ends, const GError *error, gpointer data);

void gw_live_start (GwLiveOrder *order, GwLiveStartedFunc started, gpointer data);

G_END_DECLS
