/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"

G_BEGIN_DECLS

/* The streams of a session: byte pipes with credit, so that a reader that is
 * slow stops its own writer and nobody else. Knows neither numbers nor bytes
 * on the wire. */
typedef struct _GwMux GwMux;

/* @events: of GwSessionEvent, to be pushed to; outlives the mux. */
GwMux *gw_mux_new (gboolean is_host, GQueue *events);
void gw_mux_free (GwMux *mux);
void gw_mux_lend_more (GwMux *mux, gsize lent_max);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwMux, gw_mux_free)

guint16 gw_mux_open (GwMux *mux, GBytes *purpose, GError **error);
void gw_mux_accept (GwMux *mux, guint16 stream);
gboolean gw_mux_write (GwMux *mux, guint16 stream, GBytes *bytes, GError **error);
gsize gw_mux_get_room (GwMux *mux, guint16 stream);
void gw_mux_consume (GwMux *mux, guint16 stream, gsize length);
void gw_mux_finish (GwMux *mux, guint16 stream);
void gw_mux_reset (GwMux *mux, guint16 stream, const char *why);
void gw_mux_reset_all (GwMux *mux, const char *why);
guint gw_mux_get_n_streams (GwMux *mux);
gsize gw_mux_get_granted (GwMux *mux);

gboolean gw_mux_receive (GwMux *mux, const GwFrame *untrusted_frame, GError **error);
gboolean gw_mux_next_control (GwMux *mux, GwFrame *frame);
gboolean gw_mux_next_data (GwMux *mux, gsize payload_max, GwFrame *frame);

G_END_DECLS
