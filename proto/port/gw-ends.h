/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <termios.h>

#include "gw-port.h"

G_BEGIN_DECLS

void gw_ends_clear (GwEnds *ends);
gboolean gw_ends_hold_mode (GwEnds *ends, GError **error);
gboolean gw_ends_set_nonblocking (GwEnds *ends, GError **error);

G_END_DECLS
