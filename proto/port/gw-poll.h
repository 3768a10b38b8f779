/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One epoll descriptor for all ports of a main context, as a single GSource:
 * a GMainContext polls every descriptor it has at every turn, which with a
 * thousand ports costs 40 times as much. */
typedef struct _GwPollItem GwPollItem;

/* @events: EPOLL* flags, or 0 when the item asked for another turn. */
typedef void (*GwPollFunc) (guint32 events, gpointer data);

GwPollItem *gw_poll_add (GMainContext *context, int fd, guint32 events, GwPollFunc func, gpointer data, GError **error);
void gw_poll_again (GwPollItem *item);
void gw_poll_remove (GwPollItem *item);

G_END_DECLS
