/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-becoming.h"

G_BEGIN_DECLS

/* A program that runs for a host, its input and its output, apart from the
 * agent: see gw-supervisor.c. */

typedef enum
{
  GW_CAPTURE_NONE = 0,
  GW_CAPTURE_STDOUT = 1 << 0,
  GW_CAPTURE_STDERR = 1 << 1,
  GW_CAPTURE_MERGED = 1 << 2, /* standard error goes where standard output goes */
} GwCaptureFlags;

typedef enum
{
  GW_STREAM_STDOUT,
  GW_STREAM_STDERR,
  GW_STREAMS,
} GwStream;

/* Files in a program's folder. */
#define GW_FILE_PID "pid"       /* the program's process id; locked while it is supervised */
#define GW_FILE_INPUT "in"      /* what it has not read yet */
#define GW_FILE_OUTPUT "out"
#define GW_FILE_ERRORS "err"
#define GW_FILE_STATUS "status" /* there once it has ended: the wait status, and for each stream 1 if there was more */
#define GW_FILE_STATUS_NEW "status.new"

/* In that of a job there are, in the place of GW_FILE_INPUT and of what the
 * status says of streams: */
#define GW_FILE_JOB "job"   /* what the agent knew at its start, as a JSON object */
#define GW_FILE_BELL "bell" /* a FIFO: a byte for news, and its end when there is a status, or never will be */
#define GW_FILE_TOLD "told" /* there once an agent has told others of the end */
/* GW_FILE_OUTPUT and GW_FILE_ERRORS, each followed by "." and an offset: what
 * was written from there on; see gw-job-log.h. The status is the wait status,
 * and for each stream how many bytes came in all. */

typedef struct
{
  GwCaptureFlags capture;
  gboolean input;  /* it reads GW_FILE_INPUT; else nothing */
  gboolean linger; /* read what is left running goes on to print */
  int folder;      /* the program's, or -1: then nothing is kept */
  int report;      /* a pipe to the agent: a GwSupervisorPid, and at the end a GwSupervisorEnd */
  int cgroup;      /* the agent's, in which programs may have their own; or -1 */
  guint64 *total;  /* shared by all: bytes of output that are kept */
  const GwBecoming *becoming; /* a job's, or NULL: it keeps the newest output, in pieces, and has a bell */
} GwSupervision;

typedef gint32 GwSupervisorPid; /* the program's, or minus an errno */

typedef struct
{
  gint32 wait_status;
  guint8 truncated[GW_STREAMS];
} GwSupervisorEnd;

void gw_supervisor_split (const GwSupervision *supervision);

G_END_DECLS
