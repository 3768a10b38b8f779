/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-supervisor.h"

G_BEGIN_DECLS

/* The files in a job's folder, but for its output: see gw-supervisor.h. Folders
 * are descriptors. */

typedef struct
{
  int wait_status;
  guint64 totals[GW_STREAMS]; /* bytes that it has written */
  gint64 at;                  /* seconds since the Epoch */
} GwJobEnd;

gboolean gw_job_files_make (int folder, JsonObject *facts, GError **error);
JsonObject *gw_job_files_read_facts (int folder);
GPid gw_job_files_read_pid (int folder);
gboolean gw_job_files_read_end (int folder, GwJobEnd *end);
int gw_job_files_open_bell (int folder);
void gw_job_files_mark_told (int folder);
gboolean gw_job_files_is_told (int folder);
guint64 gw_job_files_size (int folder);

G_END_DECLS
