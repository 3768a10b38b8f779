/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session while it is carried: what comes, and what goes. When is in
 * gw-session-time.c. */

#include "gw-session-private.h"

#include "gw-limits.h"

/* --- The beginning ------------------------------------------------------- */

static guint32
first_seq (GwSession *session)
{
  guint32 seq;

  session->settings.random ((guint8 *) &seq, sizeof seq, session->settings.user_data);
  return GUINT32_FROM_LE (seq);
}

/**
 * gw_session_begin_frames:
 *
 * The nonces and the session's id are known: from here on there are frames.
 */
void
gw_session_begin_frames (GwSession *session, const GwSessionCause *cause)
{
  const GwSessionKind *kind = session->settings.kind;
  gboolean is_host = session->settings.role == GW_SESSION_HOST;
  guint64 to_guest = gw_frame_seed (session->host_nonce, session->guest_nonce, session->id, GW_FRAME_TO_GUEST);
  guint64 to_host = gw_frame_seed (session->host_nonce, session->guest_nonce, session->id, GW_FRAME_TO_HOST);
  gsize window = MIN (kind->window, cause->open->window);

  if (!session->exists)
    {
      session->link = gw_link_new (kind->lossy || cause->open->lossy, first_seq (session));
      session->junk = 0;
    }
  session->exists = TRUE;
  g_clear_pointer (&session->features, g_strfreev);
  session->features = g_strdupv (cause->open->features);
  session->seed_out = is_host ? to_guest : to_host;
  session->frame_max = MIN (MIN (kind->frame_max, cause->open->frame_max), window);
  session->reader = gw_frame_reader_new (is_host ? to_host : to_guest, kind->frame_max);
  if (is_host)
    session->complaint = gw_complaint_new ();
  else
    session->takeover = gw_takeover_new (cause->now_us);
  gw_link_connect (session->link, session->frame_max, window, kind->reckless);
  gw_link_hello (session->link, TRUE);
  session->deadline_us = cause->now_us + GW_HELLO_AGAIN_US;
  session->give_up_us = cause->now_us + GW_HELLO_WAIT_US;
}

/* --- In ------------------------------------------------------------------ */

static void
violate (GwSession *session, const char *why, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us, .why = why, .outcome = GW_OUTCOME_PEER_LOST };

  gw_session_input (session, GW_SESSION_INPUT_VIOLATION, &cause);
}

/* There is nothing that both sides could go on from. */
static void
diverge (GwSession *session, gint64 now_us)
{
  GwSessionCause cause = {
    .now_us = now_us,
    .why = "the other side was restored from a snapshot",
    .outcome = GW_OUTCOME_PEER_LOST,
  };

  gw_session_input (session, GW_SESSION_INPUT_DIVERGED, &cause);
}

/* What came with a CLOSE and behind it: the next client's text, if its greeting
 * was as quick. */
static GByteArray *
take_rest (GwSession *session)
{
  gsize length;
  gpointer data = g_bytes_unref_to_data (gw_frame_reader_steal (session->reader), &length);

  return g_byte_array_new_take (data, length);
}

static void
take_close (GwSession *session, const GwFrame *untrusted_frame, gint64 now_us)
{
  gsize length = 0;
  const char *text = untrusted_frame->payload != NULL ? g_bytes_get_data (untrusted_frame->payload, &length) : "";
  g_autofree char *why = g_utf8_make_valid (text, MIN (length, GW_REASON_MAX));
  g_autoptr (GByteArray) rest = take_rest (session);
  GwSessionCause cause = { .now_us = now_us, .why = why, .outcome = GW_OUTCOME_PEER_LOST, .text = rest };

  gw_session_input (session, GW_SESSION_INPUT_PEER_CLOSED, &cause);
}

/* One that comes again, because ours was lost, is answered again. */
static void
take_hello (GwSession *session, const GwFrame *untrusted_frame, gint64 now_us)
{
  GwSessionCause cause = { .now_us = now_us };

  if ((untrusted_frame->flags & GW_FRAME_UNHEARD) != 0)
    gw_link_hello (session->link, FALSE);
  if (session->state != GW_SESSION_GREETING)
    return;
  if (!session->established)
    gw_link_set_expected (session->link, untrusted_frame->seq);
  gw_session_input (session, GW_SESSION_INPUT_HELLO, &cause);
}

static gboolean
deliver (GwSession *session, const GwFrame *untrusted_frame, GError **error)
{
  switch (untrusted_frame->type)
    {
    case GW_FRAME_MESSAGE:
      if (untrusted_frame->stream == 0)
        return gw_calls_receive (session->calls, untrusted_frame, error);
      break;
    case GW_FRAME_CREDIT:
      if (untrusted_frame->stream == 0)
        return gw_calls_receive (session->calls, untrusted_frame, error);
      return gw_mux_receive (session->mux, untrusted_frame, error);
    case GW_FRAME_DATA:
    case GW_FRAME_OPEN:
    case GW_FRAME_FIN:
    case GW_FRAME_RESET:
      return gw_mux_receive (session->mux, untrusted_frame, error);
    default:
      break;
    }
  if ((untrusted_frame->flags & GW_FRAME_IGNORABLE) != 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "a frame of type %u on stream %u", untrusted_frame->type,
               untrusted_frame->stream);
  return FALSE;
}

static void
take_framed (GwSession *session, const GwFrame *untrusted_frame, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  guint8 type = untrusted_frame->type;
  gboolean known = (type & GW_FRAME_NUMBERED) != 0 || (type >= GW_FRAME_HELLO && type <= GW_FRAME_CLOSE)
                   || (untrusted_frame->flags & GW_FRAME_IGNORABLE) != 0;

  if (!known)
    {
      violate (session, "a frame of a type that is not known", now_us);
      return;
    }
  switch (gw_link_receive (session->link, untrusted_frame, now_us))
    {
    case GW_LINK_DELIVER:
      if (!deliver (session, untrusted_frame, &error))
        violate (session, error->message, now_us);
      break;
    case GW_LINK_DIVERGED:
      diverge (session, now_us);
      break;
    case GW_LINK_DROP:
    default:
      break;
    }
}

static void
take_frame (GwSession *session, const GwFrame *untrusted_frame, gint64 now_us)
{
  session->heard_us = now_us;
  session->doubt_us = G_MAXINT64;
  if (session->takeover != NULL)
    gw_takeover_see_frame (session->takeover, now_us);
  if (session->complaint != NULL)
    gw_complaint_see_frame (session->complaint);
  if (untrusted_frame->type == GW_FRAME_CLOSE)
    take_close (session, untrusted_frame, now_us);
  else if (untrusted_frame->type == GW_FRAME_HELLO)
    {
      if (untrusted_frame->payload == NULL || g_bytes_get_size (untrusted_frame->payload) != GW_FRAME_HELLO_SIZE)
        return;
      gw_link_receive (session->link, untrusted_frame, now_us);
      take_hello (session, untrusted_frame, now_us);
    }
  else if (session->state == GW_SESSION_FRAMED)
    take_framed (session, untrusted_frame, now_us);
}

/* An agent that is in frames as well says so at once. */
static void
take_complaint (GwSession *session, gint64 now_us)
{
  if (session->state != GW_SESSION_FRAMED || session->doubt_us < G_MAXINT64)
    return;
  session->doubt_us = now_us + GW_SESSION_DOUBT_US;
  gw_link_ping (session->link);
}

static void
take_skipped (GwSession *session, GBytes *skipped, gint64 now_us)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (skipped, &length);
  gint64 heard_us = gw_frame_reader_get_heard (session->reader);
  GByteArray *text
      = session->takeover != NULL ? gw_takeover_receive (session->takeover, data, length, heard_us) : NULL;
  GwSessionCause cause = { .now_us = now_us, .text = text };
  g_autoptr (GBytes) rest = NULL;

  session->junk += length;
  if (session->complaint != NULL && gw_complaint_receive (session->complaint, data, length, heard_us))
    take_complaint (session, now_us);
  if (text == NULL)
    return;
  rest = gw_frame_reader_steal (session->reader);
  data = g_bytes_get_data (rest, &length);
  g_byte_array_append (text, data, length);
  gw_session_input (session, GW_SESSION_INPUT_TAKEOVER, &cause);
  g_byte_array_unref (text);
}

/* Takes all that is whole. The connection may end with any of it. */
void
gw_session_read_frames (GwSession *session, gint64 now_us)
{
  GwFrameReaderEvent event = GW_FRAME_READER_FRAME;

  while (event != GW_FRAME_READER_NONE && session->reader != NULL)
    {
      g_autoptr (GBytes) skipped = NULL;
      g_auto (GwFrame) frame = { 0 };

      event = gw_frame_reader_next (session->reader, &frame, &skipped);
      if (event == GW_FRAME_READER_FRAME)
        take_frame (session, &frame, now_us);
      else if (event == GW_FRAME_READER_SKIPPED)
        take_skipped (session, skipped, now_us);
      else if (event == GW_FRAME_READER_EXCESS)
        violate (session, "frames within frames", now_us);
    }
}

/* A guest's text is its owner's. */
static void
pass_text (GwSession *session, const guint8 *data, gsize length)
{
  if (session->settings.role == GW_SESSION_GUEST)
    gw_session_push (session, GW_SESSION_EVENT_TEXT)->bytes = g_bytes_new (data, length);
}

/**
 * gw_session_receive:
 * @data: the bytes
 * @length: how many
 *
 * Takes in what came on the connection.
 */
void
gw_session_receive (GwSession *session, const guint8 *data, gsize length, gint64 now_us)
{
  gsize used = gw_session_receive_text (session, data, length, now_us);

  if (used == length)
    return;
  if (!gw_session_in_frames (session))
    {
      pass_text (session, data + used, length - used);
      return;
    }
  gw_frame_reader_pass_time (session->reader, now_us);
  gw_session_read_frames (session, now_us);
  if (session->reader == NULL)
    {
      pass_text (session, data + used, length - used);
      return;
    }
  gw_frame_reader_receive (session->reader, data + used, length - used, now_us);
  gw_session_read_frames (session, now_us);
}

/* --- Out ----------------------------------------------------------------- */

/* Messages and streams in turn, so that neither waits long for the other. */
static gboolean
next_payload (GwSession *session, GwFrame *frame)
{
  gsize payload_max = session->frame_max - GW_FRAME_OVERHEAD;
  gboolean message_first = session->stream_was_last;
  gboolean found;

  session->stream_was_last = FALSE;
  if (message_first && gw_calls_next (session->calls, payload_max, frame))
    return TRUE;
  found = session->stream_was_last = gw_mux_next_data (session->mux, payload_max, frame);
  return found || (!message_first && gw_calls_next (session->calls, payload_max, frame));
}

static gboolean
next_frame (GwSession *session, GwFrame *frame, gint64 now_us)
{
  if (gw_link_take_hello (session->link, frame))
    return TRUE;
  if (session->state != GW_SESSION_FRAMED)
    return FALSE;
  if (gw_link_take (session->link, frame, now_us))
    return TRUE;
  if (gw_link_has_room (session->link)
      && (gw_calls_next_control (session->calls, frame) || gw_mux_next_control (session->mux, frame)
          || next_payload (session, frame)))
    {
      gw_link_number (session->link, frame, now_us);
      return TRUE;
    }
  return gw_link_take_ack (session->link, frame);
}

/**
 * gw_session_take_output:
 *
 * To be called when it can be written at once: what goes next is decided
 * here.
 *
 * Returns: (transfer full) (nullable): the next write; %NULL for none
 */
GBytes *
gw_session_take_output (GwSession *session, gint64 now_us)
{
  g_auto (GwFrame) frame = { 0 };
  GBytes *line = g_queue_pop_head (&session->lines);

  if (line != NULL)
    return line;
  if (!gw_session_in_frames (session) || !next_frame (session, &frame, now_us))
    return NULL;
  return gw_frame_encode (&frame, session->seed_out);
}
