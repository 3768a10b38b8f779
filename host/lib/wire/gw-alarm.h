/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A source that calls at a time that may be set again and again. */
GSource *gw_alarm_new (GMainContext *context, GSourceFunc func, gpointer user_data);
void gw_alarm_set (GSource *alarm, gint64 when_us);
void gw_alarm_free (GSource *alarm);

G_END_DECLS
