/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's side of a framed session. All requests are taken up as they
 * come, and answered in any order. The session decides what is said next; it
 * is asked only when that can be written at once. */

#include "gw-frames-voice.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "gw-held.h"
#include "gw-instance.h"
#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-random.h"
#include "gw-requests.h"
#include "gw-session-kind.h"
#include "gw-streams.h"

struct _GwFramesVoice
{
  GwSession *session;
  GwStreams *streams;
  GwRequests *requests;
  gsize turn_max;        /* bytes to be written before others have their turn */

  GwPort *port; /* NULL without a connection */
  GwFramesTextFunc text_func;
  gpointer text_data;
  GBytes *text; /* what came of it, while a turn lasts */

  int timer_fd; /* -1 before the first connection */
  GwPollItem *timer;
  gint64 armed_us; /* when it goes off */
  GwFramesUnusedFunc unused;
  gpointer unused_data;
};

/* --- Time --------------------------------------------------------------- */

static void take_turn (GwFramesVoice *voice, gint64 now_us);

static void
on_time (guint32 events G_GNUC_UNUSED, gpointer data)
{
  GwFramesVoice *voice = data;
  gint64 now_us = g_get_monotonic_time ();
  guint64 times;

  /* An edge that is stale, since the timer was set anew behind it, has nothing to read. */
  if (read (voice->timer_fd, &times, sizeof times) < 0)
    return;
  voice->armed_us = G_MAXINT64;
  if (now_us >= gw_session_get_deadline (voice->session))
    gw_session_pass_time (voice->session, now_us);
  take_turn (voice, now_us);
}

static gboolean
open_timer (GwFramesVoice *voice, GError **error)
{
  if (voice->timer != NULL)
    return TRUE;
  if (voice->timer_fd < 0)
    voice->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (voice->timer_fd < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot make a timer: %s", g_strerror (errno));
      return FALSE;
    }
  voice->timer = gw_poll_add (NULL, voice->timer_fd, EPOLLIN | EPOLLET, on_time, voice, error);
  return voice->timer != NULL;
}

/* Deadlines move with every frame. One that moves away is met too early, once:
 * that costs less than to set the timer each time. A descriptor, since for a
 * GSource with a time GLib asks for the time twice a turn, and in an emulated
 * machine without a good clock that took a sixth of a copy. */
static void
set_timer (GwFramesVoice *voice)
{
  gint64 deadline_us = gw_session_get_deadline (voice->session);
  struct itimerspec at = { 0 };

  if (deadline_us >= voice->armed_us)
    return;
  voice->armed_us = deadline_us;
  /* A time of 0 would disarm it. */
  at.it_value.tv_sec = deadline_us / G_USEC_PER_SEC;
  at.it_value.tv_nsec = MAX (deadline_us % G_USEC_PER_SEC * 1000, 1);
  timerfd_settime (voice->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* --- A turn --------------------------------------------------------------- */

/* There may be more to send: later, since whoever made it so is in the middle
 * of something. */
static void
on_changed (gpointer data)
{
  GwFramesVoice *voice = data;

  if (voice->port != NULL)
    gw_port_ask (voice->port);
}

static void
tell_end (GwFramesVoice *voice, const char *why)
{
  g_autofree char *traffic = gw_session_describe_traffic (voice->session);

  g_debug ("the session is over: %s; %s", why, traffic);
}

static void
handle_event (GwFramesVoice *voice, const GwSessionEvent *event)
{
  switch (event->kind)
    {
    case GW_SESSION_EVENT_REQUEST:
      gw_requests_run (voice->requests, event->id, event->bytes);
      break;
    case GW_SESSION_EVENT_CANCEL:
      gw_requests_cancel (voice->requests, event->id);
      break;
    case GW_SESSION_EVENT_TEXT:
      g_clear_pointer (&voice->text, g_bytes_unref);
      voice->text = g_bytes_ref (event->bytes);
      break;
    case GW_SESSION_EVENT_CLOSED:
      tell_end (voice, event->text);
      gw_requests_abandon_all (voice->requests);
      gw_streams_end (voice->streams);
      break;
    case GW_SESSION_EVENT_OPENED:
    case GW_SESSION_EVENT_RESUMED:
    case GW_SESSION_EVENT_PARKED:
      g_debug ("the session: %s", gw_session_event_name (event->kind));
      break;
    default:
      gw_streams_handle (voice->streams, event);
      break;
    }
}

static gboolean
handle_events (GwFramesVoice *voice)
{
  gboolean any = FALSE;

  for (;;)
    {
      g_auto (GwSessionEvent) event = { GW_SESSION_EVENT_NONE };

      if (gw_session_next (voice->session, &event) == GW_SESSION_EVENT_NONE)
        return any;
      handle_event (voice, &event);
      any = TRUE;
    }
}

/* Text that was queued before goes out first. Returns whether a frame went. */
static gboolean
send_one (GwFramesVoice *voice, gsize *sent, gint64 now_us)
{
  g_autoptr (GBytes) bytes = NULL;

  if (voice->port == NULL || gw_port_get_queued (voice->port) > 0)
    return FALSE;
  if (*sent >= voice->turn_max)
    {
      gw_port_ask (voice->port);
      return FALSE;
    }
  bytes = gw_session_take_output (voice->session, now_us);
  /* When it cannot be sent nobody is there, and the port will say so. */
  if (bytes == NULL || !gw_port_send (voice->port, bytes, NULL))
    return FALSE;
  *sent += g_bytes_get_size (bytes);
  return TRUE;
}

/* The connection is text's again: frames that wait are for nobody there. */
static void
leave_connection (GwFramesVoice *voice)
{
  GwFramesTextFunc func = voice->text_func;
  g_autoptr (GBytes) text = g_steal_pointer (&voice->text);

  gw_port_drop_unbegun (voice->port);
  voice->port = NULL;
  voice->text_func = NULL;
  func (text, voice->text_data);
}

/* After whatever was done to the session. Whoever has room again after a frame
 * fills it before the next one, which would else be a short one. May free @voice. */
static void
take_turn (GwFramesVoice *voice, gint64 now_us)
{
  gsize sent = 0;

  do
    handle_events (voice);
  while (send_one (voice, &sent, now_us) || handle_events (voice));
  set_timer (voice);
  if (voice->port != NULL && !gw_session_in_frames (voice->session))
    leave_connection (voice);
  if (voice->port == NULL && gw_session_get_state (voice->session) == GW_SESSION_IDLE)
    voice->unused (voice, voice->unused_data);
}

/* --- From the connection ---------------------------------------------------- */

/**
 * gw_frames_voice_wants:
 *
 * Returns: whether @untrusted_open asks for this session to go on
 */
gboolean
gw_frames_voice_wants (GwFramesVoice *voice, const GwMessage *untrusted_open)
{
  return gw_session_wants (voice->session, untrusted_open);
}

gboolean
gw_frames_voice_is_connected (GwFramesVoice *voice)
{
  return voice->port != NULL;
}

/**
 * gw_frames_voice_open:
 * @untrusted_open: a `guestwire-open`
 * @port: to be kept until @text is called or gw_frames_voice_disconnect()
 * @text: called at most once
 *
 * Answers it, and takes the connection. To be called while it has none.
 */
gboolean
gw_frames_voice_open (GwFramesVoice *voice, const GwMessage *untrusted_open, GwPort *port, GwFramesTextFunc text,
                      gpointer data, GError **error)
{
  if (!open_timer (voice, error) || !gw_session_accept (voice->session, untrusted_open, g_get_monotonic_time (), error))
    return FALSE;
  voice->port = port;
  voice->text_func = text;
  voice->text_data = data;
  set_timer (voice);
  gw_port_ask (port);
  return TRUE;
}

/* Parts of requests may wait for the rest for ever, and so may those of many
 * clients: the one that passes the bound loses its session. */
static void
drop_excess (GwFramesVoice *voice)
{
  if (gw_session_get_arrived (voice->session) > GW_PORT_READ_SIZE && gw_held_is_too_much ())
    gw_session_close (voice->session, "requests of other clients fill the agent's memory; try again later",
                      g_get_monotonic_time ());
}

void
gw_frames_voice_receive (GwFramesVoice *voice, const guint8 *bytes, gsize length)
{
  gint64 now_us = g_get_monotonic_time ();

  gw_session_receive (voice->session, bytes, length, now_us);
  drop_excess (voice);
  take_turn (voice, now_us);
}

/* The port has written all that was sent, or was asked to call. */
void
gw_frames_voice_drained (GwFramesVoice *voice)
{
  take_turn (voice, g_get_monotonic_time ());
}

/* The connection is gone. May free @voice. */
void
gw_frames_voice_disconnect (GwFramesVoice *voice)
{
  gint64 now_us = g_get_monotonic_time ();

  voice->port = NULL;
  voice->text_func = NULL;
  gw_session_disconnect (voice->session, now_us);
  take_turn (voice, now_us);
}

/* Ends the session, and says so if that can be said. May free @voice. */
void
gw_frames_voice_close (GwFramesVoice *voice, const char *why)
{
  gint64 now_us = g_get_monotonic_time ();

  gw_session_close (voice->session, why, now_us);
  take_turn (voice, now_us);
}

/* --- Its life --------------------------------------------------------------- */

static gsize
count_held (gpointer data)
{
  GwFramesVoice *voice = data;

  return gw_session_get_queued (voice->session) + gw_session_get_arrived (voice->session);
}

/**
 * gw_frames_voice_new:
 * @kind: of the ports that it will have
 * @channel: (nullable): its name
 * @unused: called each time there is nothing left of a session
 *
 * Returns: (transfer full): a voice without a session
 */
GwFramesVoice *
gw_frames_voice_new (GwPortKind kind, const char *channel, GwFramesUnusedFunc unused, gpointer data)
{
  GwFramesVoice *voice = g_new0 (GwFramesVoice, 1);
  GwSessionSettings settings = {
    .role = GW_SESSION_GUEST,
    .kind = gw_session_kind_of (kind),
    .channel = channel,
    .instance = gw_instance_get (),
    .boot_id = gw_instance_get_boot_id (),
    /* Nonces keep old frames out: no other source would do. */
    .random = gw_random_fill,
  };

  voice->session = gw_session_new (&settings);
  voice->streams = gw_streams_new (voice->session, on_changed, voice);
  voice->requests = gw_requests_new (voice->session, voice->streams, on_changed, voice);
  /* A lossy channel takes one write at a time: see gw-port.c. */
  voice->turn_max = settings.kind->lossy ? 1 : GW_PORT_TURN_MAX;
  voice->timer_fd = -1;
  voice->armed_us = G_MAXINT64;
  voice->unused = unused;
  voice->unused_data = data;
  gw_held_add (count_held, voice);
  return voice;
}

/* Without a connection: gw_frames_voice_close() comes first. */
void
gw_frames_voice_free (GwFramesVoice *voice)
{
  gw_held_remove (voice);
  gw_requests_free (voice->requests);
  g_clear_pointer (&voice->timer, gw_poll_remove);
  if (voice->timer_fd >= 0)
    close (voice->timer_fd);
  gw_streams_free (voice->streams);
  gw_session_free (voice->session);
  g_free (voice);
}
