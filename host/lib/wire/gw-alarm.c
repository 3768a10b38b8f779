/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GSource that waits for nothing but a moment. */

#include "gw-alarm.h"

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

/**
 * gw_alarm_new:
 * @func: looks whether it is time, as it may be called too early; returns
 *   %G_SOURCE_CONTINUE, and sets the time anew
 *
 * Returns: (transfer full): a source on @context, not yet set
 */
GSource *
gw_alarm_new (GMainContext *context, GSourceFunc func, gpointer user_data)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  GSource *alarm = g_source_new (&funcs, sizeof (GSource));

  g_source_set_name (alarm, "guestwire deadlines");
  g_source_set_callback (alarm, func, user_data, NULL);
  g_source_attach (alarm, context);
  return alarm;
}

/* @when_us: monotonic time in microseconds; %G_MAXINT64 for never. A time that
 * moves away is met too early, once: GLib wakes its loop up for each that is set,
 * and deadlines move with every frame. */
void
gw_alarm_set (GSource *alarm, gint64 when_us)
{
  gint64 set_us = g_source_get_ready_time (alarm);

  if (set_us == -1 ? when_us < G_MAXINT64 : when_us < set_us)
    g_source_set_ready_time (alarm, when_us);
}

void
gw_alarm_free (GSource *alarm)
{
  g_source_destroy (alarm);
  g_source_unref (alarm);
}
