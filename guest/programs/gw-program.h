/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-supervisor.h"

G_BEGIN_DECLS

/* A program that runs for a host, with its output captured up to a bound. It
 * outlives the agent, and so does what is known of it. */
typedef struct _GwProgram GwProgram;

typedef void (*GwProgramEndedFunc) (GwProgram *program, gpointer data);

void gw_program_open (const char *name);
void gw_program_close (void);
int gw_program_get_cgroup (void);

GwProgram *gw_program_start (char **argv, char **environment, GBytes *input, GwCaptureFlags capture,
                             GwProgramEndedFunc ended, gpointer data, GError **error);
GPtrArray *gw_program_find_earlier (void);
void gw_program_free (GwProgram *program);
GPid gw_program_get_pid (GwProgram *program);
gboolean gw_program_has_ended (GwProgram *program);
int gw_program_get_wait_status (GwProgram *program);
GBytes *gw_program_get_output (GwProgram *program, GwStream stream, gboolean *truncated);
gsize gw_program_total_captured (void);
gsize gw_program_total_input (void);

G_END_DECLS
