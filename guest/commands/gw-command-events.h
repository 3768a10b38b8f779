/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean gw_command_events_are_followed (void);
gboolean gw_command_events_are_written (void);

G_END_DECLS
