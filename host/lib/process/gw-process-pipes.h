/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"
#include "gw-pipe.h"
#include "gw-pipe-input.h"

G_BEGIN_DECLS

/* What a program in a guest reads and writes. Knows no call. */
typedef struct
{
  /* Set before the pipes come. */
  gboolean terminal;   /* one pipe is all there is */
  gboolean live_input; /* somebody will write it; else it gets @input */
  gboolean collects;   /* its output is kept here; else somebody will read it */
  GBytes *input;       /* or NULL */
  GwClient *in_parts;  /* others may come in the place of those that have ended; else NULL */
  GwPipeLostFunc lost; /* as for gw_pipe_input_new_of_parts() */
  void (*changed) (gpointer user_data);
  gpointer user_data;

  GwPipe *stdio;
  GwPipe *errors;
  gsize fed; /* of the input */
  GByteArray *collected[2];
  gboolean truncated;
  GOutputStream *input_stream;
  GInputStream *output_stream;
  GInputStream *errors_stream;
} GwProcessPipes;

gboolean gw_process_pipes_take (GwProcessPipes *pipes, GwPipe *pipe, JsonNode *untrusted_purpose);
gboolean gw_process_pipes_are_there (const GwProcessPipes *pipes);
gboolean gw_process_pipes_have_said_all (const GwProcessPipes *pipes);
void gw_process_pipes_reset (GwProcessPipes *pipes, const char *why);
GBytes *gw_process_pipes_take_collected (GwProcessPipes *pipes, guint which);
void gw_process_pipes_clear (GwProcessPipes *pipes);

GOutputStream *gw_process_pipes_get_input (GwProcessPipes *pipes, GwClient *client);
GInputStream *gw_process_pipes_get_output (GwProcessPipes *pipes, GwClient *client);
GInputStream *gw_process_pipes_get_errors (GwProcessPipes *pipes, GwClient *client);

G_END_DECLS
