/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"
#include "gw-pipe.h"

G_BEGIN_DECLS

/* What a program in a guest reads, as programs of GIO write. */
#define GW_TYPE_PIPE_OUTPUT (gw_pipe_output_get_type ())
G_DECLARE_FINAL_TYPE (GwPipeOutput, gw_pipe_output, GW, PIPE_OUTPUT, GOutputStream)

GOutputStream *gw_pipe_output_new (GwClient *client, GwPipe *pipe);

G_END_DECLS
