/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"
#include "gw-pipe.h"

G_BEGIN_DECLS

/* What a program in a guest writes, as programs of GIO read. */
#define GW_TYPE_PIPE_INPUT (gw_pipe_input_get_type ())
G_DECLARE_FINAL_TYPE (GwPipeInput, gw_pipe_input, GW, PIPE_INPUT, GInputStream)

GInputStream *gw_pipe_input_new (GwClient *client, GwPipe *pipe);

G_END_DECLS
