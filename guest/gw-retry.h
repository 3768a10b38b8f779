/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Calls a function later: soon at first, then less and less often. */
typedef struct
{
  guint timer;      /* 0 while none is waited for */
  guint delay_ms;   /* the last one; 0 to begin anew */
  gint64 opened_us; /* when the last try succeeded, or 0 */
  void (*func) (gpointer data);
  gpointer data;
} GwRetry;

void gw_retry_later (GwRetry *retry, void (*func) (gpointer data), gpointer data);
void gw_retry_succeeded (GwRetry *retry);
void gw_retry_reset (GwRetry *retry);

G_END_DECLS
