/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void gw_random_fill (guint8 *bytes, gsize length, gpointer user_data);
gint64 gw_random_number (void);

G_END_DECLS
