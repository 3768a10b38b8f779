/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-port.h"

G_BEGIN_DECLS

/* Addresses that are a pipe for each direction. */
gboolean gw_connect_pipe (const char *path, GwEnds *ends, gboolean *may_pass, GError **error);
gboolean gw_connect_stdio (GwEnds *ends, GError **error);

G_END_DECLS
