/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-becoming.h"

G_BEGIN_DECLS

/* The process between the agent and a program that lives no longer than a
 * session: see gw-live-supervisor.c. */

typedef struct
{
  int cgroup; /* the agent's, in which programs may have their own; or -1 */
  const GwBecoming *becoming; /* by its control the end is told too */
} GwLiveSupervision;

/* What the agent says. To say nothing more is to be gone. */
typedef enum
{
  GW_LIVE_TERMINATE = 't', /* end the program's group */
  GW_LIVE_KNOWN = 'k',     /* the agent has heard that the program began, and waits for its end */
  GW_LIVE_LEAVE = 'l',     /* the program goes on without the agent; comes with what its output is read from */
} GwLiveWord;

void gw_live_supervisor_split (const GwLiveSupervision *supervision);

#define GW_LIVE_OUTPUTS 2

G_END_DECLS
