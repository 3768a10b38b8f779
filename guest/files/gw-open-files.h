/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

void gw_open_files_set_state (const char *folder);
void gw_open_files_set_forgotten (gint64 us);
gboolean gw_open_files_open (const char *path, int flags, gint64 *handle, GError **error);
int gw_open_files_find (gint64 untrusted_handle, GError **error);
gboolean gw_open_files_close (gint64 untrusted_handle, GError **error);

G_END_DECLS
