/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-listener.h"

G_BEGIN_DECLS

/* For who serves its connections: one at a time. The next one waits in the
 * kernel until the one before it is released. */
int gw_listener_get_fd (GwListener *listener);
int gw_listener_accept (GwListener *listener);
void gw_listener_release (GwListener *listener);

G_END_DECLS
