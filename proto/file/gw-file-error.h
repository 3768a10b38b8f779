/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* Both return FALSE. @path may be any bytes. */
gboolean gw_file_fail (GError **error, int number, const char *what, const char *path);
gboolean gw_file_refuse (GError **error, GFileError code, const char *path, const char *what);

gboolean gw_file_is_stopped (const int *stopped, GError **error);

G_END_DECLS
