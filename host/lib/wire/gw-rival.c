/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for one more connection to a listener, and greets it in text: when a
 * machine is moved, its next hypervisor connects while the last one still is,
 * and only one of them runs it. Says nothing but sync, and knows no session. */

#include "gw-rival.h"

#include <fcntl.h>
#include <unistd.h>

#include "gw-alarm.h"
#include "gw-limits.h"
#include "gw-listener-wait.h"
#include "gw-port.h"
#include "gw-text-caller.h"

struct _GwRival
{
  GwListener *listener;
  GMainContext *context;
  GwRivalFunc answered;
  gpointer user_data;

  GwListenerWait *wait; /* while nobody is there */
  GSource *timer;
  int fd;               /* the port's */
  GwPort *port;         /* whoever is there */
  GwTextCaller *caller; /* the same */
  gint64 late_us;       /* when another one gets a chance */
};

static void wait_for_one (GwRival *rival);

static void
drop (GwRival *rival)
{
  g_clear_pointer (&rival->port, gw_port_free);
  g_clear_pointer (&rival->caller, gw_text_caller_free);
}

static void
drop_and_wait (GwRival *rival)
{
  drop (rival);
  wait_for_one (rival);
}

/* --- Who is there ---------------------------------------------------------- */

/* The port goes on with its owner: here it ends, and its descriptor does not. */
static void
hand_over (GwRival *rival)
{
  int fd = fcntl (rival->fd, F_DUPFD_CLOEXEC, 0);

  if (fd < 0)
    {
      drop_and_wait (rival);
      return;
    }
  drop (rival);
  rival->answered (fd, rival->user_data);
}

/* May free @rival. */
static void
pump (GwRival *rival)
{
  while (rival->caller != NULL)
    {
      g_auto (GwTextCallerEvent) event = { 0 };

      switch (gw_text_caller_next (rival->caller, &event))
        {
        case GW_TEXT_CALLER_NONE:
          gw_alarm_set (rival->timer, MIN (gw_text_caller_get_deadline (rival->caller), rival->late_us));
          return;
        case GW_TEXT_CALLER_DROP:
          gw_port_drop_output (rival->port);
          break;
        case GW_TEXT_CALLER_SEND:
          if (!gw_port_send (rival->port, event.bytes, NULL))
            drop_and_wait (rival);
          break;
        case GW_TEXT_CALLER_SYNCED:
          hand_over (rival);
          return;
        default:
          break;
        }
    }
}

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  GwRival *rival = user_data;

  gw_text_caller_receive (rival->caller, data, length, g_get_monotonic_time ());
  pump (rival);
}

static void
on_peer_changed (GwPort *port, gboolean present, gpointer user_data)
{
  if (!present)
    drop_and_wait (user_data);
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  drop_and_wait (user_data);
}

static gboolean
on_timer (gpointer user_data)
{
  GwRival *rival = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (rival->caller == NULL)
    {
      wait_for_one (rival);
      return G_SOURCE_CONTINUE;
    }
  if (rival->late_us <= now_us)
    drop_and_wait (rival);
  else
    {
      gw_text_caller_pass_time (rival->caller, now_us);
      pump (rival);
    }
  return G_SOURCE_CONTINUE;
}

/* --- Who comes ------------------------------------------------------------- */

/* Without a descriptor to spare nobody is heard for a while. */
static void
wait_a_little (GwRival *rival)
{
  gw_alarm_set (rival->timer, g_get_monotonic_time () + GW_RIVAL_WAIT_US);
}

/* Takes @error. */
static void
on_hypervisor (int fd, GError *error, gboolean may_pass, gpointer user_data)
{
  static const GwPortEvents port_events = { .received = on_received, .peer_changed = on_peer_changed, .lost = on_lost };
  GwRival *rival = user_data;
  gint64 now_us = g_get_monotonic_time ();

  g_clear_pointer (&rival->wait, gw_listener_wait_free);
  g_clear_error (&error);
  if (fd < 0)
    {
      wait_a_little (rival);
      return;
    }
  rival->fd = fd;
  rival->port = gw_port_new (fd, GW_PORT_SOCKET, &port_events, rival);
  if (!gw_port_attach (rival->port, rival->context, NULL))
    {
      drop (rival);
      wait_a_little (rival);
      return;
    }
  rival->caller = gw_text_caller_new ();
  rival->late_us = now_us + GW_SESSION_SILENCE_US;
  gw_text_caller_sync (rival->caller, now_us);
  pump (rival);
}

static void
wait_for_one (GwRival *rival)
{
  gw_alarm_set (rival->timer, G_MAXINT64);
  if (rival->wait != NULL || gw_listener_get_state (rival->listener) == GW_LISTENER_CLOSED)
    return;
  rival->wait = gw_listener_wait_new (rival->listener, rival->context, on_hypervisor, rival, NULL);
  if (rival->wait == NULL)
    wait_a_little (rival);
}

/**
 * gw_rival_new:
 * @answered: called at most once, from the loop; it frees the rival
 *
 * Returns: (transfer full): one who waits for the next connection
 */
GwRival *
gw_rival_new (GwListener *listener, GMainContext *context, GwRivalFunc answered, gpointer user_data)
{
  GwRival *rival = g_new0 (GwRival, 1);

  rival->listener = g_object_ref (listener);
  rival->context = g_main_context_ref (context);
  rival->answered = answered;
  rival->user_data = user_data;
  rival->timer = gw_alarm_new (context, on_timer, rival);
  wait_for_one (rival);
  return rival;
}

/* Whoever is there and has not answered is hung up on, and may connect again. */
void
gw_rival_free (GwRival *rival)
{
  g_clear_pointer (&rival->wait, gw_listener_wait_free);
  drop (rival);
  gw_alarm_free (rival->timer);
  g_main_context_unref (rival->context);
  g_object_unref (rival->listener);
  g_free (rival);
}
