/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"
#include "gw-pipe.h"

G_BEGIN_DECLS

/* What a program in a guest writes, as programs of GIO read. */
#define GW_TYPE_PIPE_INPUT (gw_pipe_input_get_type ())
G_DECLARE_FINAL_TYPE (GwPipeInput, gw_pipe_input, GW, PIPE_INPUT, GInputStream)

/* What one pipe of several is, that are read one behind the other. */
typedef struct
{
  GwPipe *pipe;
  guint64 offset; /* of its first byte, among all */
  guint64 lost;   /* bytes before it that nobody can read */
} GwPipePart;

/* The reader has come to where bytes are missing. */
typedef void (*GwPipeLostFunc) (GwPipeInput *input, guint64 lost, gpointer user_data);

GInputStream *gw_pipe_input_new (GwClient *client, GwPipe *pipe);
GInputStream *gw_pipe_input_new_of_parts (GwClient *client, const GwPipePart *first, GwPipeLostFunc lost,
                                          gpointer user_data);
gboolean gw_pipe_input_add_part (GwPipeInput *input, const GwPipePart *part);
void gw_pipe_input_forget_user (GwPipeInput *input);
guint64 gw_pipe_input_get_position (GwPipeInput *input);

G_END_DECLS
