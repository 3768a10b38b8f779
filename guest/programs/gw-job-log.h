/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The newest output of a stream, in two files of GW_JOB_SEGMENT at most: each
 * is named by the offset of its first byte in the stream. So all that is to be
 * known of them is there at any moment, whoever is killed in it. Between two of
 * them bytes may be missing, where there was no room. */
typedef struct
{
  const char *name;  /* of its files, before the offset */
  int file;          /* the newer one; -1 */
  guint64 starts[2]; /* offsets of the two; G_MAXUINT64 for none */
  guint64 total;     /* bytes that came */
} GwJobLog;

void gw_job_log_init (GwJobLog *log, const char *name);
void gw_job_log_write (GwJobLog *log, int folder, const char *data, gsize length);

G_END_DECLS
