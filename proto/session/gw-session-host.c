/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a host gets from text to frames: it syncs, asks, and reads the answer.
 * Says nothing of its own in text while there are frames. */

#include "gw-session-private.h"

#include <string.h>

#include "gw-limits.h"

static gint64
random_number (GwSession *session)
{
  guint64 number;

  session->settings.random ((guint8 *) &number, sizeof number, session->settings.user_data);
  return (gint64) (number >> 2);
}

/* --- Sync ---------------------------------------------------------------- */

void
gw_session_sync_again (GwSession *session, const GwSessionCause *cause)
{
  /* What waits is the try before. */
  g_queue_clear_full (&session->lines, (GDestroyNotify) g_bytes_unref);
  g_queue_push_tail (&session->lines,
                     gw_text_sync_ask (&session->sync, random_number (session), TRUE, cause->now_us));
  session->deadline_us = session->sync.again_us;
}

void
gw_session_begin_sync (GwSession *session, const GwSessionCause *cause)
{
  gw_session_drop_connection (session);
  session->line = gw_line_new (2 * GW_OPEN_LINE_MAX);
  session->after_reset = FALSE;
  gw_text_sync_begin (&session->sync);
  gw_session_sync_again (session, cause);
}

/* --- Open ---------------------------------------------------------------- */

void
gw_session_ask_open (GwSession *session, const GwSessionCause *cause)
{
  const GwSessionSettings *settings = &session->settings;
  GwOpen open = {
    .channel = (char *) settings->channel,
    .lossy = settings->kind->lossy,
    .frame_max = settings->kind->frame_max,
    .window = settings->kind->window,
    .features = (char **) settings->features,
    .keepalive_s = MIN (settings->keepalive_us / G_USEC_PER_SEC, GW_SESSION_KEEPALIVE_MAX_S),
    .resume = session->established,
  };

  settings->random (session->host_nonce, sizeof session->host_nonce, settings->user_data);
  memcpy (open.nonce, session->host_nonce, sizeof open.nonce);
  if (open.resume)
    {
      memcpy (open.session, session->id, sizeof open.session);
      open.received = gw_link_get_expected (session->link);
      open.digest = gw_link_get_digest (session->link);
    }
  session->open_id = random_number (session);
  g_queue_push_tail (&session->lines, gw_open_request (&open, session->open_id));
  session->deadline_us = cause->now_us + GW_OPEN_WAIT_US;
}

static void
start (GwSession *session, const GwSessionCause *cause)
{
  memcpy (session->guest_nonce, cause->open->nonce, sizeof session->guest_nonce);
  memcpy (session->instance, cause->open->instance, sizeof session->instance);
  if (session->settings.keepalive_us > 0)
    session->keepalive_us = session->settings.keepalive_us;
  gw_session_begin_frames (session, cause);
}

void
gw_session_start_host (GwSession *session, const GwSessionCause *cause)
{
  memcpy (session->id, cause->open->session, sizeof session->id);
  start (session, cause);
}

void
gw_session_restart_host (GwSession *session, const GwSessionCause *cause)
{
  gw_session_end (session, cause->why, cause->outcome);
  gw_session_start_host (session, cause);
}

void
gw_session_resume_host (GwSession *session, const GwSessionCause *cause)
{
  gw_link_resume (session->link, cause->open->received);
  start (session, cause);
}

/* --- What the agent says ------------------------------------------------- */

static void
take_accepted (GwSession *session, const GwOpen *open, gint64 now_us)
{
  gboolean same = memcmp (session->instance, open->instance, sizeof open->instance) == 0;
  GwSessionCause cause = {
    .now_us = now_us,
    .open = open,
    .why = same ? "the agent has ended the session" : "the agent was restarted",
    .outcome = same ? GW_OUTCOME_PEER_LOST : GW_OUTCOME_PEER_RESTARTED,
  };

  if (!open->resume)
    {
      gw_session_input (session, session->established ? GW_SESSION_INPUT_ACCEPTED_ANEW : GW_SESSION_INPUT_ACCEPTED,
                        &cause);
      return;
    }
  if (session->established && same && memcmp (session->id, open->session, sizeof open->session) == 0
      && gw_link_may_resume (session->link, open->received, open->digest))
    {
      gw_session_input (session, GW_SESSION_INPUT_RESUMED, &cause);
      return;
    }
  cause.why = "the agent's session is not the one that was left: it was restored from a snapshot";
  cause.outcome = GW_OUTCOME_PEER_LOST;
  gw_session_input (session, GW_SESSION_INPUT_DIVERGED, &cause);
}

static void
refuse (GwSession *session, const char *why, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us, .why = why, .outcome = GW_OUTCOME_PEER_LOST };
  gboolean in_doubt = session->settings.kind->lossy || session->established;

  if (in_doubt && ++session->refusals < GW_OPEN_REFUSALS_MAX)
    gw_session_input (session, GW_SESSION_INPUT_NO_ANSWER, &cause);
  else
    gw_session_input (session, GW_SESSION_INPUT_REFUSED, &cause);
}

static void
take_open_reply (GwSession *session, JsonNode *untrusted_value, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  g_auto (GwOpen) open = { 0 };
  const char *channel = session->settings.channel;

  if (!gw_open_parse_reply (untrusted_value, &open, &error))
    refuse (session, error->message, now_us);
  else if (channel != NULL && open.channel != NULL && !g_str_equal (channel, open.channel))
    {
      g_autofree char *why = g_strdup_printf ("this is channel %s, not %s", open.channel, channel);

      refuse (session, why, now_us);
    }
  else
    take_accepted (session, &open, now_us);
}

static gboolean
is_number (JsonNode *untrusted_node, gint64 *number)
{
  if (untrusted_node == NULL || json_node_get_value_type (untrusted_node) != G_TYPE_INT64)
    return FALSE;
  *number = json_node_get_int (untrusted_node);
  return TRUE;
}

static void
take_object (GwSession *session, GBytes *untrusted_object, gint64 now_us)
{
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_object, NULL);
  GwSessionCause cause = { .now_us = now_us };
  gint64 number;

  /* Or our own words, echoed by a terminal. */
  if (message == NULL || (message->kind != GW_MESSAGE_REPLY && message->kind != GW_MESSAGE_ERROR))
    return;
  if (session->state == GW_SESSION_SYNCING)
    {
      if (!session->after_reset || message->kind != GW_MESSAGE_REPLY || !is_number (message->body, &number))
        return;
      if (gw_text_sync_hear (&session->sync, number, now_us))
        gw_session_input (session, GW_SESSION_INPUT_SYNCED, &cause);
      else
        session->deadline_us = session->sync.again_us;
      return;
    }
  if (!is_number (message->id, &number) || number != session->open_id)
    return;
  if (message->kind == GW_MESSAGE_ERROR)
    refuse (session, message->text, now_us);
  else
    take_open_reply (session, message->body, now_us);
}

/**
 * gw_session_receive_text:
 *
 * Returns: how many bytes are used: behind the reply that opens the session
 *   are frames
 */
gsize
gw_session_receive_text (GwSession *session, const guint8 *data, gsize length, gint64 now_us)
{
  GwLineEvent event;
  gsize used = 0;

  while (used < length && (session->state == GW_SESSION_SYNCING || session->state == GW_SESSION_OPENING))
    {
      gw_line_receive (session->line, data + used++, 1, now_us);
      do
        {
          g_autoptr (GBytes) object = NULL;
          g_autoptr (GError) why = NULL;

          event = gw_line_next (session->line, &object, &why);
          if (event == GW_LINE_OBJECT)
            take_object (session, object, now_us);
          if (event != GW_LINE_NONE)
            session->after_reset = event == GW_LINE_RESET;
        }
      while (event != GW_LINE_NONE && session->line != NULL);
    }
  return used;
}
