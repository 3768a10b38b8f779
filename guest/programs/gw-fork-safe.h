/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gsize gw_fork_safe_put_number (char *text, gint64 number);
void gw_fork_safe_write (int fd, const void *data, gsize length);
void gw_fork_safe_close (int *fd);
void gw_fork_safe_close_all_but (int *kept, gsize n);

G_END_DECLS
