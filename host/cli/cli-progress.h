/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* One line on a terminal that tells how far a copy is, written again and
 * again. It says nothing where standard error is no terminal. */
typedef struct
{
  char *name;         /* safe for a terminal */
  gint64 begun_us;
  gint64 drawn_us;
  guint64 begun;      /* what was there before it began */
  guint64 done;
  guint64 files;      /* of a folder; 0: it is one file */
  gint64 total;       /* -1: not known */
  gboolean is_taken;  /* something was told of it */
  gboolean is_shown;
} CliProgress;

void cli_progress_begin (CliProgress *progress, const char *untrusted_name, gint64 total);
void cli_progress_take (CliProgress *progress, guint64 done, gint64 total);
void cli_progress_make_room (CliProgress *progress);
void cli_progress_end (CliProgress *progress, gboolean whole);

char *cli_progress_line (const CliProgress *progress, gint64 now_us, guint columns);
