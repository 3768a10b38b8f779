/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a guest is asked for frames. Its text voice is its owner's. */

#include "gw-session-private.h"

#include <string.h>

#include "gw-limits.h"

static void
answer (GwSession *session, const GwSessionCause *cause, gboolean resumed)
{
  const GwSessionSettings *settings = &session->settings;
  GwOpen reply = {
    .channel = (char *) settings->channel,
    .lossy = settings->kind->lossy,
    .frame_max = settings->kind->frame_max,
    .window = settings->kind->window,
    .features = (char **) settings->features,
    .boot_id = (char *) settings->boot_id,
    .resume = resumed,
    .received = resumed ? gw_link_get_expected (session->link) : 0,
    .digest = resumed ? gw_link_get_digest (session->link) : 0,
  };

  settings->random (session->guest_nonce, sizeof session->guest_nonce, settings->user_data);
  memcpy (session->host_nonce, cause->open->nonce, sizeof session->host_nonce);
  memcpy (reply.nonce, session->guest_nonce, sizeof reply.nonce);
  memcpy (reply.session, session->id, sizeof reply.session);
  memcpy (reply.instance, settings->instance, sizeof reply.instance);
  if (cause->open->keepalive_s > 0)
    session->keepalive_us
        = cause->open->keepalive_s * GW_SESSION_KEEPALIVES_MISSED * G_GINT64_CONSTANT (1) * G_USEC_PER_SEC;
  gw_session_begin_frames (session, cause);
  g_queue_push_tail (&session->lines, gw_open_reply (&reply, cause->id));
}

/* Whoever opens a session anew has none to go on with. */
void
gw_session_start_guest (GwSession *session, const GwSessionCause *cause)
{
  gw_session_end (session, "the host has opened another session", GW_OUTCOME_PEER_LOST);
  session->settings.random (session->id, sizeof session->id, session->settings.user_data);
  answer (session, cause, FALSE);
}

void
gw_session_resume_guest (GwSession *session, const GwSessionCause *cause)
{
  gw_link_resume (session->link, cause->open->received);
  answer (session, cause, TRUE);
}

static gboolean
is_asked_for (GwSession *session, const GwOpen *untrusted_open)
{
  return session->state == GW_SESSION_PARKED && untrusted_open->resume
         && memcmp (session->id, untrusted_open->session, sizeof session->id) == 0;
}

static gboolean
can_resume (GwSession *session, const GwOpen *untrusted_open)
{
  return is_asked_for (session, untrusted_open)
         && gw_link_may_resume (session->link, untrusted_open->received, untrusted_open->digest);
}

/**
 * gw_session_wants:
 * @untrusted_open: a request of the text voice
 *
 * Returns: whether it asks for this parked session. If it cannot go on, since
 *   the two sides do not agree on what was said, gw_session_accept() ends it:
 *   nobody else knows its id
 */
gboolean
gw_session_wants (GwSession *session, const GwMessage *untrusted_open)
{
  g_auto (GwOpen) open = { 0 };

  return gw_open_parse_request (untrusted_open->body, &open, NULL) && is_asked_for (session, &open);
}

/**
 * gw_session_accept:
 * @untrusted_open: a request of the text voice, named GW_OPEN_COMMAND
 *
 * From here on the connection speaks frames. The answer is the first output,
 * and ends the text.
 *
 * Returns: %FALSE with @error set, for the text voice to answer with
 */
gboolean
gw_session_accept (GwSession *session, const GwMessage *untrusted_open, gint64 now_us, GError **error)
{
  const char *channel = session->settings.channel;
  g_auto (GwOpen) open = { 0 };
  GwSessionCause cause = { .now_us = now_us, .open = &open, .id = untrusted_open->id };

  if (!gw_open_parse_request (untrusted_open->body, &open, error))
    return FALSE;
  if (channel != NULL && open.channel != NULL && !g_str_equal (channel, open.channel))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "this is channel %s, not %s", channel, open.channel);
      return FALSE;
    }
  if (gw_session_in_frames (session))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_BUSY, "the channel speaks frames already");
      return FALSE;
    }
  gw_session_input (session, can_resume (session, &open) ? GW_SESSION_INPUT_RESUME : GW_SESSION_INPUT_OPEN, &cause);
  return TRUE;
}
