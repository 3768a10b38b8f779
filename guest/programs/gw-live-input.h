/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-streams.h"

G_BEGIN_DECLS

/* What a host writes, on its way from a stream to a program. Credit goes back
 * as the program takes it. */
typedef struct _GwLiveInput GwLiveInput;

GwLiveInput *gw_live_input_new (int fd, gboolean terminal, GwStreams *streams, guint16 stream, GError **error);
void gw_live_input_free (GwLiveInput *input);

void gw_live_input_take (GwLiveInput *input, GBytes *bytes);
void gw_live_input_finish (GwLiveInput *input);
void gw_live_input_drop (GwLiveInput *input);

G_END_DECLS
