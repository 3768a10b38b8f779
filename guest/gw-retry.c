/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The waiting between two tries to open a port. */

#include "gw-retry.h"

#include "gw-limits.h"

/**
 * gw_retry_later:
 * @func: called once; must set retry->timer to 0 through gw_retry_clear() or
 *   gw_retry_later(), and return %G_SOURCE_REMOVE
 */
void
gw_retry_later (GwRetry *retry, GSourceFunc func, gpointer data)
{
  g_clear_handle_id (&retry->timer, g_source_remove);
  retry->delay_ms = retry->delay_ms == 0 ? GW_REOPEN_FIRST_MS : MIN (retry->delay_ms * 2, GW_REOPEN_LAST_MS);
  retry->timer = g_timeout_add (retry->delay_ms, func, data);
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
