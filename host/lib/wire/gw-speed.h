/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <termios.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* What serial lines of machines have if nobody says otherwise. */
#define GW_SPEED_DEFAULT 115200

gboolean gw_speed_parse (const char *text, guint32 *speed, GError **error);
speed_t gw_speed_to_termios (guint32 speed);

G_END_DECLS
