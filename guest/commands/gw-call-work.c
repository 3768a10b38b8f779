/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For commands that ask a disk, or anything else that may take its time: they
 * do so in a thread, and the agent answers others meanwhile. */

#include "gw-call-work.h"

#include "gw-later.h"
#include "gw-limits.h"

typedef struct
{
  GwCall *call;
  GwCallWorkFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GMainContext *context;
  JsonNode *value;
  GError *error;
} Work;

static guint at_work; /* threads */

/* In the loop again. */
static gboolean
on_done (gpointer data)
{
  Work *work = data;

  at_work--;
  if (work->value != NULL)
    gw_call_return (work->call, work->value);
  else
    gw_call_fail (work->call, work->error);
  if (work->free_data != NULL)
    work->free_data (work->data);
  g_main_context_unref (work->context);
  g_free (work);
  return G_SOURCE_REMOVE;
}

static gpointer
run_thread (gpointer data)
{
  Work *work = data;

  work->value = work->func (work->data, &work->error);
  gw_later_call (work->context, on_done, work, NULL);
  return NULL;
}

/**
 * gw_call_work:
 * @func: called in a thread
 * @data: (transfer full): for @func
 * @free_data: (nullable): frees @data, in the loop
 *
 * Ends @call with what @func returns.
 */
void
gw_call_work (GwCall *call, GwCallWorkFunc func, gpointer data, GDestroyNotify free_data)
{
  Work *work = g_new0 (Work, 1);
  GThread *thread = NULL;

  *work = (Work){ .call = call, .func = func, .data = data, .free_data = free_data };
  work->context = g_main_context_ref_thread_default ();
  if (at_work++ < GW_CALL_THREADS_MAX)
    thread = g_thread_try_new ("guestwire-call", run_thread, work, &work->error);
  else
    work->error = g_error_new (GW_ERROR, GW_ERROR_BUSY, "%d commands like this run already; wait for some of them to end",
                               GW_CALL_THREADS_MAX);
  if (thread != NULL)
    g_thread_unref (thread);
  else
    gw_later_call (work->context, on_done, work, NULL);
}
