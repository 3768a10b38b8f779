/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a program leaves running would die of SIGPIPE if nobody read on what it
 * writes. */

void gw_live_leftover_read (int fd);

G_END_DECLS
