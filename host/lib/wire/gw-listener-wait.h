/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-listener.h"

G_BEGIN_DECLS

/* Waits for a hypervisor to connect to a listener, which listens from here on. */
typedef struct _GwListenerWait GwListenerWait;

/* Called once: @fd does not block and belongs to the receiver; or it is -1, and
 * @error, which is the receiver's too, says why. */
typedef void (*GwListenerWaitFunc) (int fd, GError *error, gboolean may_pass, gpointer data);

GwListenerWait *gw_listener_wait_new (GwListener *listener, GMainContext *context, GwListenerWaitFunc done,
                                      gpointer data, GError **error);
void gw_listener_wait_free (GwListenerWait *wait);

G_END_DECLS
