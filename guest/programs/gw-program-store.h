/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* The folder in which each program has a folder of its own, see
 * gw-supervisor.h, and which outlives the agent. */

typedef enum
{
  GW_STORE_PROGRAMS,
  GW_STORE_JOBS,
} GwStoreKind;

gboolean gw_program_store_open (const char *path, GError **error);
gboolean gw_program_store_open_private (GError **error);
void gw_program_store_close (void);

int gw_program_store_new (char **name);
gboolean gw_program_store_rename (const char *name, const char *new_name);
void gw_program_store_remove (const char *name);
int gw_program_store_enter (const char *name);
GPtrArray *gw_program_store_list (GwStoreKind kind);
int gw_program_store_new_job (guint64 *number);
char *gw_program_store_job_folder (guint64 number);
guint64 *gw_program_store_total (void);
guint64 gw_program_store_input (void);

G_END_DECLS
