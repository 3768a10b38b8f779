/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

gboolean gw_daemon_begin (GError **error);
void gw_daemon_ready (void);

gboolean gw_pid_file_take (const char *path, GError **error);
void gw_pid_file_remove (void);

G_END_DECLS
