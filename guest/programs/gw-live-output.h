/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-streams.h"

G_BEGIN_DECLS

/* What a program writes, on its way to a stream: read only while there is room
 * for it, so that the program waits for whoever reads it. */
typedef struct _GwLiveOutput GwLiveOutput;

/* All is written to the stream, or nobody wants it. */
typedef void (*GwLiveOutputFunc) (GwLiveOutput *output, gpointer data);

GwLiveOutput *gw_live_output_new (int fd, GwStreams *streams, guint16 stream, GwLiveOutputFunc ended, gpointer data,
                                  GError **error);
void gw_live_output_free (GwLiveOutput *output);

gboolean gw_live_output_has_ended (GwLiveOutput *output);
void gw_live_output_go_on (GwLiveOutput *output);
void gw_live_output_drain (GwLiveOutput *output);
void gw_live_output_drop (GwLiveOutput *output);
int gw_live_output_get_fd (GwLiveOutput *output);
int gw_live_output_steal_fd (GwLiveOutput *output);

G_END_DECLS
