/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-listener.h"

G_BEGIN_DECLS

/* The next connection to a listener, while the one before it is silent: greets
 * whoever is there, and tells when that is an agent which answers. */
typedef struct _GwRival GwRival;

/* @fd: the caller's from here on */
typedef void (*GwRivalFunc) (int fd, gpointer user_data);

GwRival *gw_rival_new (GwListener *listener, GMainContext *context, GwRivalFunc answered, gpointer user_data);
void gw_rival_free (GwRival *rival);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwRival, gw_rival_free)

G_END_DECLS
