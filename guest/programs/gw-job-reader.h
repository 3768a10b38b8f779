/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-supervisor.h"

G_BEGIN_DECLS

/* Reads what a job has printed, from some offset on, while it prints more. */
typedef struct
{
  int folder;       /* not owned */
  const char *name; /* of the stream's files */
  guint64 offset;   /* of the next byte */
  int file;         /* -1 for none */
  guint64 start;    /* of the file */
} GwJobReader;

#define GW_JOB_READER_NONE { .file = -1 }

void gw_job_reader_init (GwJobReader *reader, int folder, GwStream stream, guint64 offset);
void gw_job_reader_clear (GwJobReader *reader);
gsize gw_job_reader_read (GwJobReader *reader, void *buffer, gsize size, guint64 *lost);

void gw_job_reader_find_range (int folder, GwStream stream, guint64 *first, guint64 *end);

G_END_DECLS
