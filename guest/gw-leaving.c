/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the signal that stops the agent and its end: where somebody follows
 * its events, that the machine goes down is still told. */

#include "gw-leaving.h"

#include "gw-command-events.h"
#include "gw-limits.h"
#include "gw-shutdown.h"

/* How often it looks whether the event is written. */
#define LOOK_MS 10

static struct
{
  GMainLoop *loop; /* NULL: not yet */
  gboolean answered;
  guint looks;
} leaving;

static gboolean
on_look (gpointer data)
{
  if (!gw_command_events_are_written () && ++leaving.looks < GW_SHUTDOWN_TELL_MS / LOOK_MS)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (leaving.loop);
  return G_SOURCE_REMOVE;
}

static void
on_answer (gboolean going_down, const char *mode, gpointer data)
{
  if (leaving.answered)
    return;
  leaving.answered = TRUE;
  if (going_down && !gw_shutdown_was_told ())
    gw_shutdown_tell (gw_events_get (), mode);
  g_timeout_add (LOOK_MS, on_look, NULL);
}

static gboolean
on_late (gpointer data)
{
  on_answer (FALSE, NULL, NULL);
  return G_SOURCE_REMOVE;
}

/**
 * gw_leaving_begin:
 * @loop: ends once all is told; at once if this is called again
 */
void
gw_leaving_begin (GMainLoop *loop)
{
  if (leaving.loop != NULL || !gw_command_events_are_followed ())
    {
      g_main_loop_quit (loop);
      return;
    }
  leaving.loop = loop;
  g_timeout_add (GW_SHUTDOWN_ASK_MS, on_late, NULL);
  if (gw_shutdown_was_told ())
    on_answer (TRUE, NULL, NULL);
  else
    gw_shutdown_ask (on_answer, NULL);
}
