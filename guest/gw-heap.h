/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void gw_heap_prepare (void);
void gw_heap_give_back (void);

G_END_DECLS
