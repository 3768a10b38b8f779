/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"
#include "port/gw-port.h"

G_BEGIN_DECLS

/* An address becomes a descriptor. The one place that knows how each kind of
 * address is opened; a new transport is one more row here. */
int gw_connect (GwAddress *address, GwPortKind *kind, gboolean *may_pass, GError **error);

G_END_DECLS
