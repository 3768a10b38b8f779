/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tries whose answer may still come. */
#define GW_TEXT_SYNC_KEPT 8

/* Answers that take longer than a try are waited for, up to this. */
#define GW_TEXT_SYNC_TRY_MAX_MS 10000

/* The tries of one sync: which numbers were asked for, and when to ask
 * again. Knows neither the other calls nor how bytes travel. */
typedef struct
{
  gint64 numbers[GW_TEXT_SYNC_KEPT];
  gint64 asked_us[GW_TEXT_SYNC_KEPT];
  guint tries;      /* since the sync began; the newest is tries - 1 */
  gint64 try_us;    /* how long one try waits */
  gint64 again_us;  /* when the newest has waited long enough */
} GwTextSync;

void gw_text_sync_begin (GwTextSync *sync);
GBytes *gw_text_sync_ask (GwTextSync *sync, gint64 number, gboolean reset, gint64 now_us);
gboolean gw_text_sync_hear (GwTextSync *sync, gint64 untrusted_number, gint64 now_us);

G_END_DECLS
