/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a session does because time has passed: it asks, gives up, and begins
 * again. Knows no clock. */

#include "gw-session-private.h"

#include "gw-limits.h"

/* When the other side must have said something. */
static gint64
silence_deadline (GwSession *session)
{
  gint64 owed_us = gw_link_get_owed_since (session->link);

  if (session->settings.role == GW_SESSION_GUEST)
    return session->keepalive_us < G_MAXINT64 ? session->heard_us + session->keepalive_us : G_MAXINT64;
  return MIN (session->doubt_us, owed_us < G_MAXINT64 ? owed_us + GW_SESSION_SILENCE_US : G_MAXINT64);
}

/* Host: when to ask whether the guest is there. */
static gint64
keepalive_deadline (GwSession *session)
{
  gboolean busy = session->calls_open > 0 || gw_mux_get_n_streams (session->mux) > 0;

  if (session->settings.role == GW_SESSION_GUEST || session->keepalive_us == G_MAXINT64
      || gw_link_get_owed_since (session->link) < G_MAXINT64)
    return G_MAXINT64;
  return session->heard_us + MIN (session->keepalive_us, busy ? GW_SESSION_BUSY_KEEPALIVE_US : G_MAXINT64);
}

/**
 * gw_session_get_deadline:
 *
 * Returns: when gw_session_pass_time() has something to do, in microseconds of
 *   monotonic time; %G_MAXINT64 for never
 */
gint64
gw_session_get_deadline (GwSession *session)
{
  gint64 deadline_us = MIN (MIN (session->deadline_us, session->park_us), gw_calls_get_deadline (session->calls));

  if (session->reader != NULL)
    deadline_us = MIN (deadline_us, gw_frame_reader_get_deadline (session->reader));
  if (session->state == GW_SESSION_FRAMED)
    deadline_us = MIN (MIN (deadline_us, gw_link_get_deadline (session->link)),
                       MIN (silence_deadline (session), keepalive_deadline (session)));
  return deadline_us;
}

/* HELLO again, as long as it is worth it. */
static void
greet_again (GwSession *session, gint64 now_us)
{
  GwSessionCause cause = {
    .now_us = now_us,
    .why = "the agent speaks frames, and the channel changes some of their bytes",
    .outcome = GW_OUTCOME_PEER_LOST,
  };

  if (now_us < session->give_up_us)
    {
      gw_link_hello (session->link, TRUE);
      session->deadline_us = now_us + GW_HELLO_AGAIN_US;
    }
  else if (session->settings.role == GW_SESSION_HOST && ++session->hellos >= GW_HELLO_TRIES_MAX)
    gw_session_input (session, GW_SESSION_INPUT_REFUSED, &cause);
  else
    gw_session_input (session, GW_SESSION_INPUT_NO_ANSWER, &cause);
}

static void
pass_framed (GwSession *session, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us };

  if (silence_deadline (session) <= now_us)
    {
      gw_session_input (session, GW_SESSION_INPUT_SILENCE, &cause);
      return;
    }
  gw_link_pass_time (session->link, now_us);
  if (keepalive_deadline (session) <= now_us)
    {
      session->heard_us = now_us;
      gw_link_ping (session->link);
    }
}

/**
 * gw_session_pass_time:
 *
 * Does what was due until now.
 */
void
gw_session_pass_time (GwSession *session, gint64 now_us)
{
  GwSessionCause cause = {
    .now_us = now_us,
    .why = "no connection carried the session in time",
    .outcome = GW_OUTCOME_PEER_LOST,
  };

  if (session->reader != NULL)
    {
      gw_frame_reader_pass_time (session->reader, now_us);
      gw_session_read_frames (session, now_us);
    }
  if (session->park_us <= now_us)
    gw_session_input (session, GW_SESSION_INPUT_TOO_LATE, &cause);
  if (session->state == GW_SESSION_FRAMED)
    pass_framed (session, now_us);
  else if (session->state == GW_SESSION_GREETING && session->deadline_us <= now_us)
    greet_again (session, now_us);
  else if (session->deadline_us <= now_us)
    gw_session_input (session, GW_SESSION_INPUT_NO_ANSWER, &cause);
  gw_calls_pass_time (session->calls, now_us);
}
