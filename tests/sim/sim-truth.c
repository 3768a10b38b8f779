/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must hold of both sides together: each side's memory is held against
 * that of all others that ever were. */

#include "sim-check.h"

#include <string.h>

static guint64
find_uid (GBytes *bytes, const char *before)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  const char *found = memmem (text, length, before, strlen (before));
  char digits[17] = { 0 };

  if (found == NULL || (gsize) (found - text) + strlen (before) + 16 > length)
    return 0;
  memcpy (digits, found + strlen (before), 16);
  return g_ascii_strtoull (digits, NULL, 16);
}

static gboolean
checks_nothing (SimEndpoint *endpoint)
{
  return endpoint->replayed || endpoint->settings.check->hostile;
}

/* Those of the other role, one after another. */
static SimEndpoint *
next_other (SimEndpoint *endpoint, guint *i)
{
  GPtrArray *all = endpoint->settings.check->endpoints;

  while (*i < all->len)
    {
      SimEndpoint *other = all->pdata[(*i)++];

      if (other->settings.role != endpoint->settings.role)
        return other;
    }
  return NULL;
}

/* --- Calls --------------------------------------------------------------- */

/* Two machines that were one may have it both; then one that was sent. */
static SimCall *
find_call (SimEndpoint *endpoint, guint64 uid)
{
  SimCall *found = NULL;
  SimEndpoint *other;
  guint i = 0;

  while ((other = next_other (endpoint, &i)) != NULL)
    for (guint j = other->work->calls->len; j > 0; j--)
      {
        SimCall *call = other->work->calls->pdata[j - 1];

        if (call->uid == uid && (found == NULL || (found->ended && found->outcome == GW_OUTCOME_NOT_DELIVERED)))
          found = call;
      }
  return found;
}

static SimRequest *
find_request (SimEndpoint *endpoint, guint64 uid)
{
  for (guint i = endpoint->work->requests->len; i > 0; i--)
    {
      SimRequest *request = endpoint->work->requests->pdata[i - 1];

      if (request->uid == uid)
        return request;
    }
  return NULL;
}

void
sim_check_call (SimEndpoint *endpoint, const SimCall *call)
{
  for (guint i = 0; i < endpoint->work->calls->len; i++)
    if (((SimCall *) endpoint->work->calls->pdata[i])->id == call->id)
      sim_check_fail (endpoint, "call %" G_GUINT64_FORMAT " is there twice", call->id);
}

/**
 * sim_check_request:
 *
 * Returns: which call it is of
 */
guint64
sim_check_request (SimEndpoint *endpoint, const GwSessionEvent *event)
{
  guint64 uid = find_uid (event->bytes, "\"uid\":\"");
  SimCall *call;

  if (checks_nothing (endpoint))
    return uid;
  call = find_call (endpoint, uid);
  if (call == NULL || !g_bytes_equal (call->body, event->bytes))
    sim_check_fail (endpoint, "request %" G_GUINT64_FORMAT " is none that was made", event->id);
  else if (find_request (endpoint, uid) != NULL)
    sim_check_fail (endpoint, "request %" G_GUINT64_FORMAT " came twice", event->id);
  else if (call->ended && call->outcome == GW_OUTCOME_NOT_DELIVERED)
    sim_check_fail (endpoint, "request %" G_GUINT64_FORMAT " came, after it was said that it never does", event->id);
  return uid;
}

static gboolean
was_answered (SimEndpoint *endpoint, const SimCall *call, const GwSessionEvent *event)
{
  SimEndpoint *other;
  guint i = 0;

  while ((other = next_other (endpoint, &i)) != NULL)
    {
      SimRequest *request = find_request (other, call->uid);

      if (request != NULL && request->answer != NULL && g_bytes_equal (request->answer, event->bytes)
          && request->refused == (event->outcome == GW_OUTCOME_ERROR))
        return TRUE;
    }
  return FALSE;
}

/* Of a machine that was restored, the life that was undone does not count. */
static gboolean
was_delivered (SimEndpoint *endpoint, const SimCall *call)
{
  SimEndpoint *other;
  guint i = 0;

  while ((other = next_other (endpoint, &i)) != NULL)
    if (!other->doubled && find_request (other, call->uid) != NULL)
      return TRUE;
  return FALSE;
}

static void
check_outcome (SimEndpoint *endpoint, const SimCall *call, const GwSessionEvent *event, gint64 now_us)
{
  GwSessionRole other = endpoint->settings.role == GW_SESSION_HOST ? GW_SESSION_GUEST : GW_SESSION_HOST;
  gboolean is_true = TRUE;

  switch (event->outcome)
    {
    case GW_OUTCOME_REPLY:
    case GW_OUTCOME_ERROR:
      is_true = was_answered (endpoint, call, event);
      break;
    case GW_OUTCOME_NOT_DELIVERED:
      /* Two machines that were one may have made it both. */
      is_true = endpoint->doubled || call->in_old_life || !was_delivered (endpoint, call);
      break;
    case GW_OUTCOME_PEER_RESTARTED:
      is_true = endpoint->settings.check->restarts[other] > 0 || endpoint->settings.check->noisy;
      break;
    case GW_OUTCOME_TIMED_OUT:
      is_true = call->timeout_us != G_MAXINT64 && now_us - call->made_us >= call->timeout_us;
      break;
    case GW_OUTCOME_CANCELLED:
      is_true = call->cancelled || endpoint->has_closed;
      break;
    case GW_OUTCOME_PEER_LOST:
    default:
      break;
    }
  if (!is_true)
    sim_check_fail (endpoint, "call %" G_GUINT64_FORMAT " ends with an untrue '%s'", event->id,
                    gw_outcome_name (event->outcome));
}

void
sim_check_ended (SimEndpoint *endpoint, const SimCall *call, const GwSessionEvent *event, gint64 now_us)
{
  if (call == NULL)
    sim_check_fail (endpoint, "call %" G_GUINT64_FORMAT " ends, and was never made", event->id);
  else if (call->ended)
    sim_check_fail (endpoint, "call %" G_GUINT64_FORMAT " ends twice", event->id);
  else if (!checks_nothing (endpoint))
    check_outcome (endpoint, call, event, now_us);
}

/* --- Events and ends ----------------------------------------------------- */

guint
sim_check_told (SimEndpoint *endpoint, const GwSessionEvent *event, guint last)
{
  gsize length;
  const char *text = g_bytes_get_data (event->bytes, &length);
  const char *found = memmem (text, length, "\"n\":", 4);
  guint n = found != NULL ? (guint) g_ascii_strtoull (found + 4, NULL, 10) : 0;

  if (!checks_nothing (endpoint) && last != G_MAXUINT && n != last + 1 + event->id)
    sim_check_fail (endpoint, "event %u comes behind event %u, with %" G_GUINT64_FORMAT " dropped", n, last, event->id);
  return n;
}

/* The session is over: so is all that was in it. */
void
sim_check_closed (SimEndpoint *endpoint)
{
  SimWork *work = endpoint->work;

  for (guint i = 0; i < work->streams->len; i++)
    if (!((SimStream *) work->streams->pdata[i])->over)
      sim_check_fail (endpoint, "stream %u outlives its session", ((SimStream *) work->streams->pdata[i])->id);
  for (guint i = 0; i < work->calls->len; i++)
    if (!((SimCall *) work->calls->pdata[i])->ended)
      sim_check_fail (endpoint, "call %" G_GUINT64_FORMAT " outlives its session", ((SimCall *) work->calls->pdata[i])->id);
}

/* --- Streams ------------------------------------------------------------- */

static SimStream *
find_stream (SimEndpoint *endpoint, guint64 uid)
{
  for (guint i = endpoint->work->streams->len; i > 0; i--)
    {
      SimStream *stream = endpoint->work->streams->pdata[i - 1];

      if (stream->uid == uid)
        return stream;
    }
  return NULL;
}

guint64
sim_check_stream_opened (SimEndpoint *endpoint, GBytes *purpose)
{
  guint64 uid = purpose != NULL ? find_uid (purpose, "") : 0;
  gboolean known = FALSE;
  SimEndpoint *other;
  guint i = 0;

  if (checks_nothing (endpoint))
    return uid;
  while ((other = next_other (endpoint, &i)) != NULL)
    known = known || find_stream (other, uid) != NULL;
  if (!known)
    sim_check_fail (endpoint, "a stream comes that nobody opened");
  if (find_stream (endpoint, uid) != NULL)
    sim_check_fail (endpoint, "a stream comes twice");
  return uid;
}

static gboolean
is_prefix (const SimStream *heard, const SimStream *said, gsize last)
{
  gsize from = heard->heard->len - last;

  return heard->heard->len <= said->said->len
         && (last == 0 || memcmp (heard->heard->data + from, said->said->data + from, last) == 0);
}

/* The last @length bytes of what was heard; those before were looked at. */
void
sim_check_stream_heard (SimEndpoint *endpoint, const SimStream *stream, gsize length)
{
  SimEndpoint *other;
  guint i = 0;

  if (checks_nothing (endpoint))
    return;
  while ((other = next_other (endpoint, &i)) != NULL)
    {
      SimStream *said = find_stream (other, stream->uid);

      if (said != NULL && is_prefix (stream, said, length))
        return;
    }
  sim_check_fail (endpoint, "stream %u: bytes %u to %u are not what was said", stream->id,
                  (guint) (stream->heard->len - length), stream->heard->len);
}

void
sim_check_stream_heard_all (SimEndpoint *endpoint, const SimStream *stream)
{
  SimEndpoint *other;
  guint i = 0;

  if (checks_nothing (endpoint))
    return;
  while ((other = next_other (endpoint, &i)) != NULL)
    {
      SimStream *said = find_stream (other, stream->uid);

      if (said != NULL && said->said_all && said->said->len == stream->heard->len)
        return;
    }
  sim_check_fail (endpoint, "stream %u ends after %u bytes, which is not all", stream->id, stream->heard->len);
}

/* Whoever goes on with whom must have one history with them. */
void
sim_check_resumed (SimEndpoint *endpoint)
{
  SimEndpoint *other = endpoint->settings.check->at[!endpoint->settings.role];

  if (checks_nothing (endpoint) || other == NULL)
    return;
  for (guint i = 0; i < endpoint->work->streams->len; i++)
    {
      SimStream *stream = endpoint->work->streams->pdata[i];
      SimStream *theirs = find_stream (other, stream->uid);

      if (stream->over || theirs == NULL || theirs->over)
        continue;
      if (!is_prefix (stream, theirs, stream->heard->len) || !is_prefix (theirs, stream, theirs->heard->len))
        sim_check_fail (endpoint, "stream %u goes on with one who has another history", stream->id);
    }
}
