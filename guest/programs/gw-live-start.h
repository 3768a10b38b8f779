/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "gw-live-order.h"

G_BEGIN_DECLS

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

/* @error: why it could not be started, or %NULL. What of @ends is taken is to
 * be set to -1. */
typedef void (*GwLiveStartedFunc) (GwLiveEnds *ends, const GError *error, gpointer data);

void gw_live_start (GwLiveOrder *order, GwLiveStartedFunc started, gpointer data);

G_END_DECLS
