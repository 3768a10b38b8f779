/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-freeze-work.h"

G_BEGIN_DECLS

/* Whether this machine's file systems are frozen, and all that has to happen in
 * order around it: hooks, threads, the mark for the next agent, a lease. There
 * is one such state in a machine. */

/* @count: file systems that were frozen or thawed. @error: what went wrong. */
typedef void (*GwFreezeFunc) (guint count, const GError *error, gpointer data);

/* Called after each freeze and each thaw, when the file systems are so. */
typedef void (*GwFreezeToldFunc) (gboolean frozen, guint count, gpointer data);

void gw_freeze_open (const char *folder);
void gw_freeze_close (void);
void gw_freeze_set_hook (const char *hook);
void gw_freeze_set_timeout (guint seconds);
void gw_freeze_set_told (GwFreezeToldFunc func, gpointer data);

gboolean gw_freeze_is_under_way (void);
gboolean gw_freeze_is_frozen (void);
void gw_freeze_begin (char **only, gboolean leased, GwFreezeFunc done, gpointer data);
void gw_freeze_stop (void);
void gw_freeze_thaw (GwFreezeFunc done, gpointer data);
void gw_freeze_end_lease (const char *why);

/* For tests, which must not freeze the machine that they run on. */
void gw_freeze_replace_ways (const GwFreezeWays *ways, guint hook_timeout_s);

G_END_DECLS
