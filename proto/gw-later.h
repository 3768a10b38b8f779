/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void gw_later_call (GMainContext *context, GSourceFunc func, gpointer data, GDestroyNotify free_data);

void gw_later_set (GSource **later, GMainContext *context, guint after_ms, GSourceFunc func, gpointer data);
void gw_later_clear (GSource **later);

G_END_DECLS
