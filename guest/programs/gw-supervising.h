/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* What the processes between the agent and its programs have in common. All
 * but the first is async-signal-safe. */

void gw_supervising_set_title_place (int argc, char **argv);

void gw_supervising_set_title (void);
int gw_supervising_begin (void);
void gw_supervising_write_status (int folder, const gint64 *numbers, gsize n);
gboolean gw_supervising_has_ended (int signals, pid_t program, int *wait_status);
void gw_supervising_become_program (void);

G_END_DECLS
