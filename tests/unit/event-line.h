/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-events.h"

/* Returns: (transfer full): NULL where there is no such event */
static inline char *
line_of (GwEvents *events, guint64 number)
{
  const GwEvent *event = gw_events_find (events, number);
  gsize length;
  const char *text;

  if (event == NULL)
    return NULL;
  text = g_bytes_get_data (event->line, &length);
  return g_strndup (text, length);
}
