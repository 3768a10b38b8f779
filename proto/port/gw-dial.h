/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-endpoint.h"

G_BEGIN_DECLS

/* A socket that is being connected, for GW_FORWARD_CONNECT_MS at most. */
typedef struct _GwDial GwDial;

/* @fd does not block and belongs to the receiver; or it is -1, and @error, which
 * is the receiver's too, says why. Called once, and never from inside of
 * gw_dial_new(); the dial is to be freed then. */
typedef void (*GwDialFunc) (int fd, GError *error, gpointer data);

GwDial *gw_dial_new (GMainContext *context, const GwEndpoint *to, GwDialFunc done, gpointer data, GError **error);
void gw_dial_free (GwDial *dial);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwDial, gw_dial_free)

G_END_DECLS
