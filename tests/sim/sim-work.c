/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program does with a session: calls, answers and events, at times of
 * its own. Remembers all of it, so that it can be held against what the other
 * side remembers. */

#include "sim-work.h"

#include <string.h>

#include "gw-limits.h"
#include "sim-check.h"
#include "sim-trace.h"

static void
free_call (SimCall *call)
{
  g_bytes_unref (call->body);
  g_free (call);
}

static void
free_request (SimRequest *request)
{
  g_clear_pointer (&request->answer, g_bytes_unref);
  g_free (request);
}

SimWork *
sim_work_new (SimEndpoint *endpoint)
{
  SimWork *work = g_new0 (SimWork, 1);

  work->endpoint = endpoint;
  work->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) free_call);
  work->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) free_request);
  work->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_stream_free);
  work->next_us = 0;
  return work;
}

void
sim_work_free (SimWork *work)
{
  g_ptr_array_unref (work->calls);
  g_ptr_array_unref (work->requests);
  g_ptr_array_unref (work->streams);
  g_free (work);
}

/* Most are small. A slow line gets less. */
gsize
sim_work_some_size (SimWork *work, gsize usual, gsize large)
{
  SimRandom *random = &work->endpoint->random;
  const SimKind *kind = work->endpoint->settings.kind;
  gsize slow = kind->byte_us != 0 || kind->dribbles ? 8 : 1;

  if (work->endpoint->settings.large != 0 && sim_below (random, work->endpoint->settings.large) == 0)
    return sim_below (random, large / slow);
  return sim_below (random, usual / slow);
}

static GBytes *
padded (const char *begin, guint64 uid, guint32 by, gsize padding, const char *end)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_printf (text, "%s%016" G_GINT64_MODIFIER "x\",\"by\":%u,\"pad\":\"", begin, uid, by);
  while (padding-- > 0)
    g_string_append_c (text, 'a' + padding % 26);
  g_string_append (text, end);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

/* --- Calls --------------------------------------------------------------- */

static SimCall *
make_call (SimWork *work, gsize padding, gint64 timeout_us, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  SimCall *call = g_new0 (SimCall, 1);

  call->uid = sim_random (&work->endpoint->random);
  call->body = padded ("{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/true\",\"uid\":\"", call->uid,
                       work->endpoint->author, padding, "\"}}");
  call->made_us = now_us;
  call->timeout_us = timeout_us;
  call->cancel_us = G_MAXINT64;
  call->in_old_life = work->endpoint->replayed;
  call->id = gw_session_call (work->endpoint->session, call->body, timeout_us, now_us, &error);
  if (call->id == 0)
    {
      g_clear_pointer (&call, free_call);
      return NULL;
    }
  sim_check_call (work->endpoint, call);
  g_ptr_array_add (work->calls, call);
  return call;
}

static void
begin_call (SimWork *work, gint64 now_us)
{
  SimRandom *random = &work->endpoint->random;
  gint64 timeout_us = sim_percent (random, 50) ? G_MAXINT64 : sim_between (random, 50 * SIM_MS, 20 * SIM_SECOND);
  SimCall *call = make_call (work, sim_work_some_size (work, 300, 60 * GW_KIB), timeout_us, now_us);

  if (call != NULL && sim_percent (random, 15))
    call->cancel_us = now_us + sim_below (random, 2 * SIM_SECOND);
}

static SimCall *
find_call (SimWork *work, guint64 id)
{
  for (guint i = work->calls->len; i > 0; i--)
    {
      SimCall *call = work->calls->pdata[i - 1];

      if (call->id == id)
        return call;
    }
  return NULL;
}

static void
on_ended (SimWork *work, const GwSessionEvent *event, gint64 now_us)
{
  SimCall *call = find_call (work, event->id);

  sim_check_ended (work->endpoint, call, event, now_us);
  if (call == NULL)
    return;
  call->ended = TRUE;
  call->outcome = event->outcome;
}

static void
cancel_calls (SimWork *work, gint64 now_us)
{
  for (guint i = 0; i < work->calls->len; i++)
    {
      SimCall *call = work->calls->pdata[i];

      if (call->ended || call->cancel_us > now_us)
        continue;
      call->cancel_us = G_MAXINT64;
      call->cancelled = TRUE;
      gw_session_cancel (work->endpoint->session, call->id);
    }
}

/**
 * sim_work_probe:
 *
 * Makes a call that has to be answered, since nothing is in its way any more.
 */
void
sim_work_probe (SimWork *work, gint64 now_us)
{
  work->probe = make_call (work, 100, G_MAXINT64, now_us);
}

/* --- Requests ------------------------------------------------------------ */

static void
on_request (SimWork *work, const GwSessionEvent *event, gint64 now_us)
{
  SimRandom *random = &work->endpoint->random;
  SimRequest *request;
  guint64 uid = sim_check_request (work->endpoint, event);

  request = g_new0 (SimRequest, 1);
  request->uid = uid;
  request->id = event->id;
  request->due_us = now_us + sim_below (random, sim_percent (random, 10) ? 5 * SIM_SECOND : 20 * SIM_MS);
  g_ptr_array_add (work->requests, request);
}

static void
answer (SimWork *work, SimRequest *request)
{
  g_autoptr (GError) error = NULL;
  guint32 by = work->endpoint->author;

  request->over = TRUE;
  request->refused = sim_percent (&work->endpoint->random, 20);
  if (request->refused)
    {
      request->answer = padded ("{\"error\":{\"class\":\"GenericError\",\"desc\":\"", request->uid, by, 0, "\"}}");
      gw_session_refuse (work->endpoint->session, request->id, request->answer, &error);
    }
  else
    {
      request->answer = padded ("{\"return\":{\"uid\":\"", request->uid, by,
                                sim_work_some_size (work, 300, 60 * GW_KIB), "\"}}");
      gw_session_reply (work->endpoint->session, request->id, request->answer, &error);
    }
}

static void
answer_due (SimWork *work, gint64 now_us)
{
  for (guint i = 0; i < work->requests->len; i++)
    {
      SimRequest *request = work->requests->pdata[i];

      if (!request->over && request->due_us <= now_us)
        answer (work, request);
    }
}

static void
on_cancel (SimWork *work, const GwSessionEvent *event)
{
  gboolean known = FALSE;

  for (guint i = 0; i < work->requests->len; i++)
    {
      SimRequest *request = work->requests->pdata[i];

      if (request->id == event->id)
        {
          known = TRUE;
          request->due_us = MIN (request->due_us, 0);
        }
    }
  if (!known)
    sim_check_fail (work->endpoint, "a cancel names request %" G_GUINT64_FORMAT ", which never came", event->id);
}

/* --- Events -------------------------------------------------------------- */

/* Without a session it would be for nobody. */
static void
tell (SimWork *work)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) body = NULL;

  if (!gw_session_is_open (work->endpoint->session))
    return;
  text = g_strdup_printf ("{\"event\":\"SIM\",\"data\":{\"n\":%08u}}", ++work->told);
  body = g_bytes_new (text, strlen (text));
  gw_session_tell (work->endpoint->session, body);
}

static void
on_told (SimWork *work, const GwSessionEvent *event)
{
  guint n = sim_check_told (work->endpoint, event, work->heard_any ? work->heard : G_MAXUINT);

  work->heard = n;
  work->heard_any = TRUE;
}

/* --- Altogether ---------------------------------------------------------- */

/* The session is over: nothing of it can go on. */
static void
on_closed (SimWork *work)
{
  work->heard_any = FALSE;
  for (guint i = 0; i < work->requests->len; i++)
    ((SimRequest *) work->requests->pdata[i])->over = TRUE;
  sim_check_closed (work->endpoint);
}

void
sim_work_event (SimWork *work, const GwSessionEvent *event, gint64 now_us)
{
  switch (event->kind)
    {
    case GW_SESSION_EVENT_REQUEST:
      on_request (work, event, now_us);
      break;
    case GW_SESSION_EVENT_CANCEL:
      on_cancel (work, event);
      break;
    case GW_SESSION_EVENT_TOLD:
      on_told (work, event);
      break;
    case GW_SESSION_EVENT_ENDED:
      on_ended (work, event, now_us);
      break;
    case GW_SESSION_EVENT_CLOSED:
      on_closed (work);
      break;
    case GW_SESSION_EVENT_OPENED:
      work->heard_any = FALSE;
      break;
    case GW_SESSION_EVENT_RESUMED:
      sim_check_resumed (work->endpoint);
      break;
    default:
      sim_streams_event (work, event, now_us);
      break;
    }
}

static void
begin_something (SimWork *work, gint64 now_us)
{
  SimRandom *random = &work->endpoint->random;
  guint what = sim_below (random, 10);

  work->next_us = now_us + sim_below (random, 2 * SIM_SECOND / MAX (work->endpoint->settings.busy, 1));
  if (what < 4)
    begin_call (work, now_us);
  else if (what < 7)
    sim_streams_begin (work, now_us);
  else if (work->endpoint->settings.role == GW_SESSION_GUEST)
    tell (work);
}

void
sim_work_pass_time (SimWork *work, gint64 now_us)
{
  if (!work->endpoint->calm && work->endpoint->settings.busy != 0 && work->next_us <= now_us)
    begin_something (work, now_us);
  cancel_calls (work, now_us);
  answer_due (work, now_us);
  sim_streams_pass_time (work, now_us);
}

gint64
sim_work_get_deadline (SimWork *work)
{
  gint64 deadline = sim_streams_get_deadline (work);

  if (!work->endpoint->calm && work->endpoint->settings.busy != 0)
    deadline = MIN (deadline, work->next_us);
  for (guint i = 0; i < work->calls->len; i++)
    {
      SimCall *call = work->calls->pdata[i];

      if (!call->ended)
        deadline = MIN (deadline, call->cancel_us);
    }
  for (guint i = 0; i < work->requests->len; i++)
    {
      SimRequest *request = work->requests->pdata[i];

      if (!request->over)
        deadline = MIN (deadline, request->due_us);
    }
  return deadline;
}

/* Whether all that was begun has ended. */
gboolean
sim_work_is_done (SimWork *work)
{
  for (guint i = 0; i < work->calls->len; i++)
    if (!((SimCall *) work->calls->pdata[i])->ended)
      return FALSE;
  for (guint i = 0; i < work->requests->len; i++)
    if (!((SimRequest *) work->requests->pdata[i])->over)
      return FALSE;
  for (guint i = 0; i < work->streams->len; i++)
    if (!((SimStream *) work->streams->pdata[i])->over)
      return FALSE;
  return TRUE;
}
