/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-supervisor.h"

G_BEGIN_DECLS

/* The files in a program's folder, see gw-supervisor.h. */

typedef enum
{
  GW_PROGRAM_RUNS,
  GW_PROGRAM_ENDED,
  GW_PROGRAM_LOST, /* its supervisor was killed */
} GwProgramState;

gboolean gw_program_files_write_input (int folder, GBytes *input, GError **error);
GwProgramState gw_program_files_look (const char *name, GwSupervisorEnd *end, gint64 *ended_at);
GPid gw_program_files_pid (const char *name);
GBytes *gw_program_files_output (const char *name, GwStream stream);

G_END_DECLS
