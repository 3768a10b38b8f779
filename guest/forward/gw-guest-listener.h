/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-endpoint.h"
#include "gw-streams.h"

G_BEGIN_DECLS

/* A socket that this guest listens on for a host: who connects gets a stream. */
typedef struct _GwGuestListener GwGuestListener;

/* @error: why nobody is listened for, or %NULL. Called once, later, from the
 * loop, unless it is freed before. */
typedef void (*GwGuestListenerFunc) (const GError *error, gpointer data);

GwGuestListener *gw_guest_listener_new (GwEndpoint *endpoint, guint mode, GwStreams *streams, guint64 call,
                                        GwGuestListenerFunc opened, gpointer data);
void gw_guest_listener_free (GwGuestListener *listener);

G_END_DECLS
