/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* Ties a socket to a stream of a session, both ways, each at the pace of its
 * reader. The end of one direction is passed on as such, and so is a loss. */
typedef struct _GwRelay GwRelay;

/* What it does to its stream. None of these frees the relay. */
typedef struct
{
  gsize (*get_room) (gpointer data);
  void (*write) (GBytes *bytes, gpointer data); /* not more than there is room for */
  void (*finish) (gpointer data);
  void (*consumed) (gsize length, gpointer data); /* the socket has taken so much */
  void (*reset) (const char *why, gpointer data);
  /* It is over, and the socket closed: @error says what was lost, %NULL that all
   * was said. The last thing that it does: free it here, or later. */
  void (*ended) (const GError *error, gpointer data);
} GwRelayEvents;

GwRelay *gw_relay_new (GMainContext *context, int fd, const GwRelayEvents *events, gpointer data, GError **error);
void gw_relay_free (GwRelay *relay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwRelay, gw_relay_free)

/* From the stream. Each may end it. */
void gw_relay_receive (GwRelay *relay, GBytes *bytes);
void gw_relay_receive_fin (GwRelay *relay);
void gw_relay_receive_reset (GwRelay *relay, const char *why);
void gw_relay_go_on (GwRelay *relay);

gsize gw_relay_get_waiting (GwRelay *relay);
guint64 gw_relay_get_received (GwRelay *relay);
guint64 gw_relay_get_sent (GwRelay *relay);

/* Closes a socket so that who is at its other end sees that something went
 * wrong, where that is TCP. */
void gw_relay_close_rudely (int fd);

G_END_DECLS
