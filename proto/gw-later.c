/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a loop calls later, as early as what has happened: never as idle work,
 * which a busy loop does not get to. Knows not what for. */

#include "gw-later.h"

static GSource *
new_source (guint after_ms, GSourceFunc func, gpointer data, GDestroyNotify free_data)
{
  GSource *source = after_ms > 0 ? g_timeout_source_new (after_ms) : g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, free_data);
  return source;
}

/**
 * gw_later_call:
 * @context: (nullable): may be another thread's
 * @free_data: (nullable): for @data, also where the loop does not get to it
 *
 * Has a loop call @func in one of its next turns. g_main_context_invoke() may
 * call it at once, and in this thread.
 */
void
gw_later_call (GMainContext *context, GSourceFunc func, gpointer data, GDestroyNotify free_data)
{
  g_autoptr (GSource) source = new_source (0, func, data, free_data);

  g_source_attach (source, context);
}

/**
 * gw_later_set:
 * @later: (inout): what was set before, which is not called any more; or %NULL
 * @after_ms: 0 for one of the loop's next turns
 * @func: clears @later, unless that is to be set again
 */
void
gw_later_set (GSource **later, GMainContext *context, guint after_ms, GSourceFunc func, gpointer data)
{
  gw_later_clear (later);
  *later = new_source (after_ms, func, data, NULL);
  g_source_attach (*later, context);
}

void
gw_later_clear (GSource **later)
{
  if (*later != NULL)
    g_source_destroy (*later);
  g_clear_pointer (later, g_source_unref);
}
