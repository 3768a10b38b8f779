/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

void gw_log_start (gboolean verbose);
gboolean gw_log_open (const char *path, GError **error);
gboolean gw_log_reopen (GError **error);
void gw_log_hold (gboolean hold);

G_END_DECLS
