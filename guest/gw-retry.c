/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The waiting between two tries to open a port. */

#include "gw-retry.h"

#include "gw-limits.h"

static gboolean
on_timer (gpointer data)
{
  GwRetry *retry = data;

  retry->timer = 0;
  retry->func (retry->data);
  return G_SOURCE_REMOVE;
}

/* Calls @func once, after a while. */
void
gw_retry_later (GwRetry *retry, void (*func) (gpointer data), gpointer data)
{
  g_clear_handle_id (&retry->timer, g_source_remove);
  retry->delay_ms = retry->delay_ms == 0 ? GW_REOPEN_FIRST_MS : MIN (retry->delay_ms * 2, GW_REOPEN_LAST_MS);
  retry->func = func;
  retry->data = data;
  retry->timer = g_timeout_add (retry->delay_ms, on_timer, retry);
}

/* The next wait is a short one again. */
void
gw_retry_succeeded (GwRetry *retry)
{
  retry->delay_ms = 0;
}

void
gw_retry_clear (GwRetry *retry)
{
  g_clear_handle_id (&retry->timer, g_source_remove);
}
