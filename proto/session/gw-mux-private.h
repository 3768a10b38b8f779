/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-mux.h"
#include "gw-session-event.h"
#include "gw-stream.h"

G_BEGIN_DECLS

#define GW_MUX_CREDIT_SIZE 8

struct _GwMux
{
  GQueue *events;
  GHashTable *streams; /* id to GwStream */
  GwStreamPool pool;
  gboolean is_host;
  guint16 last_id;
  guint opened[2];     /* streams that the other side, and this one, opened */
  GQueue control;      /* streams that have something but data to send */
  GQueue data;         /* streams that have data or FIN to send, in turn */
};

GwStream *gw_mux_find (GwMux *mux, guint16 id);
GwStream *gw_mux_find_live (GwMux *mux, guint16 id);
GwStream *gw_mux_add (GwMux *mux, guint16 id, gboolean ours);
void gw_mux_drop (GwMux *mux, GwStream *stream);
void gw_mux_drop_if_done (GwMux *mux, GwStream *stream);
void gw_mux_void (GwMux *mux, GwStream *stream, const char *why);
void gw_mux_queue_data (GwMux *mux, GwStream *stream);
GwSessionEvent *gw_mux_tell (GwMux *mux, GwSessionEventKind kind, GwStream *stream);

G_END_DECLS
