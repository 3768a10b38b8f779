/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* The file beside the one that is to be: what it is called, and how it is had
 * for oneself. */

char *gw_file_part_name (const char *name);
int gw_file_part_open (int folder, const char *part, const char *path, const int *stopped, GError **error);

G_END_DECLS
