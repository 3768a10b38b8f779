/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-listener.h"
#include "gw-listening.h"

G_BEGIN_DECLS

struct _GwListener
{
  GObject parent_instance;

  char *path;
  GwAddress *address; /* of what is no unix socket */
  guint mode;
  gint64 uid;
  gint64 gid;
  GwListenerState state;
  GwUnixSocket socket;
  GwListening *listening; /* of @address */

  GMainContext *context; /* of who serves its connections; NULL for nobody */
  GSource *telling;      /* of the state, there */
};

/* For who serves its connections: where the state is told. */
void gw_listener_attach (GwListener *listener, GMainContext *context);
void gw_listener_detach (GwListener *listener, GMainContext *context);
void gw_listener_set_state (GwListener *listener, GwListenerState state);
void gw_listener_tell_state (GwListener *listener);
gboolean gw_listener_open_socket (GwListener *listener, GError **error);

/* For who serves its connections: one at a time. The next one waits in the
 * kernel until the one before it is released, or silent (gw-rival.c). */
guint gw_listener_get_fds (GwListener *listener, int *fds);
int gw_listener_accept (GwListener *listener, int listening_fd);
void gw_listener_release (GwListener *listener);

/* To listen where a name has to be looked up first, in a thread. */
GwAddress *gw_listener_get_unopened (GwListener *listener);
GwListening *gw_listener_open (GwAddress *address, GError **error);
void gw_listener_adopt (GwListener *listener, GwListening *listening);

gboolean gw_listener_listens_at (GwAddress *address);

G_END_DECLS
