/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Groups of processes below the agent's own (cgroup v2), one for each program. */

int gw_cgroup_open (void);
void gw_cgroup_tidy (int cgroup);

/* Async-signal-safe. */
pid_t gw_cgroup_fork (int cgroup);
void gw_cgroup_remove (int cgroup);

G_END_DECLS
