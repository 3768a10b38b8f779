/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* A program that runs for a host, with its output captured up to a bound. */
typedef struct _GwProgram GwProgram;

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

typedef void (*GwProgramEndedFunc) (GwProgram *program, gpointer data);

GwProgram *gw_program_start (char **argv, char **environment, GBytes *input, GwCaptureFlags capture,
                             GwProgramEndedFunc ended, gpointer data, GError **error);
void gw_program_free (GwProgram *program);
GPid gw_program_get_pid (GwProgram *program);
int gw_program_get_wait_status (GwProgram *program);
GByteArray *gw_program_get_output (GwProgram *program, GwStream stream, gboolean *truncated);
gsize gw_program_total_captured (void);
gsize gw_program_total_input (void);

G_END_DECLS
