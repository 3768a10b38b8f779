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

/* Whether the last success was one: what opens and is lost at once would else
 * be opened again at full speed, for ever. */
static gboolean
lasted (const GwRetry *retry)
{
  return retry->opened_us != 0 && g_get_monotonic_time () - retry->opened_us > GW_REOPEN_LAST_MS * 1000;
}

/* Calls @func once, after a while. */
void
gw_retry_later (GwRetry *retry, void (*func) (gpointer data), gpointer data)
{
  if (lasted (retry))
    gw_retry_reset (retry);
  g_clear_handle_id (&retry->timer, g_source_remove);
  retry->delay_ms = retry->delay_ms == 0 ? GW_REOPEN_FIRST_MS : MIN (retry->delay_ms * 2, GW_REOPEN_LAST_MS);
  retry->func = func;
  retry->data = data;
  retry->timer = g_timeout_add (retry->delay_ms, on_timer, retry);
}

/* It is open: the next wait is a short one again, if that lasts. */
void
gw_retry_succeeded (GwRetry *retry)
{
  retry->opened_us = g_get_monotonic_time ();
}

/* Waits no more, and begins anew. */
void
gw_retry_reset (GwRetry *retry)
{
  g_clear_handle_id (&retry->timer, g_source_remove);
  retry->delay_ms = 0;
  retry->opened_us = 0;
}
