/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must hold of one side by itself: bounds, and that nothing runs that
 * nobody asked for as text. The first that does not hold is kept. */

#include "sim-check.h"

#include <string.h>

#include "gw-limits.h"
#include "sim-trace.h"

SimCoverage *sim_coverage;

/* Who works now, for what is counted below the session. */
static SimEndpoint *at_work;

SimCheck *
sim_check_new (void)
{
  SimCheck *check = g_new0 (SimCheck, 1);

  check->endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_endpoint_free);
  return check;
}

void
sim_check_free (SimCheck *check)
{
  g_ptr_array_unref (check->endpoints);
  g_free (check->violation);
  g_free (check);
}

guint
sim_check_add (SimCheck *check, SimEndpoint *endpoint)
{
  g_ptr_array_add (check->endpoints, endpoint);
  return check->endpoints->len;
}

void
sim_check_fail (SimEndpoint *endpoint, const char *format, ...)
{
  SimCheck *check = endpoint->settings.check;
  g_autofree char *what = NULL;
  va_list arguments;

  if (endpoint->replayed || check->violation != NULL)
    return;
  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  check->violation
      = g_strdup_printf ("%s #%u: %s", endpoint->settings.role == GW_SESSION_HOST ? "host" : "guest", endpoint->number, what);
  sim_trace ("VIOLATION: %s", check->violation);
}

/* --- Inputs -------------------------------------------------------------- */

/* Honest sides break no rule, and nobody gives up one who is there. */
static void
check_reached (SimEndpoint *endpoint, GwSessionState state, GwSessionInput input)
{
  SimCheck *check = endpoint->settings.check;

  if (input == GW_SESSION_INPUT_VIOLATION)
    sim_check_fail (endpoint, "an honest side seems to break the protocol");
  if (input == GW_SESSION_INPUT_DIVERGED && !check->restored && !check->noisy)
    sim_check_fail (endpoint, "one who was never restored seems to be");
  if (check->gentle
      && (input == GW_SESSION_INPUT_SILENCE || input == GW_SESSION_INPUT_REFUSED
          || (input == GW_SESSION_INPUT_NO_ANSWER && state == GW_SESSION_GREETING)))
    sim_check_fail (endpoint, "%s while %s, where nothing is wrong", gw_session_input_name (input),
                    gw_session_state_name (state));
}

void
sim_check_reached (SimEndpoint *endpoint, GwSessionState state, GwSessionInput input, gboolean known)
{
  if (sim_coverage != NULL)
    __atomic_fetch_add (&sim_coverage->reached[endpoint->settings.role][state][input][known != FALSE], 1,
                        __ATOMIC_RELAXED);
  if (known && !endpoint->settings.check->hostile)
    check_reached (endpoint, state, input);
}

/* --- Bounds -------------------------------------------------------------- */

/* What the linker puts in front of gw_frame_decode_payload(), which is the one
 * that hashes payloads. */
GBytes *__real_gw_frame_decode_payload (const guint8 *untrusted_payload, guint64 seed, guint8 type,
                                        const GwFramePromise *promise);
GBytes *__wrap_gw_frame_decode_payload (const guint8 *untrusted_payload, guint64 seed, guint8 type,
                                        const GwFramePromise *promise);

GBytes *
__wrap_gw_frame_decode_payload (const guint8 *untrusted_payload, guint64 seed, guint8 type, const GwFramePromise *promise)
{
  if (at_work != NULL)
    at_work->hashed += promise->payload_length;
  return __real_gw_frame_decode_payload (untrusted_payload, seed, type, promise);
}

void
sim_check_begin (SimEndpoint *endpoint)
{
  at_work = endpoint;
}

static void
check_hashed (SimEndpoint *endpoint)
{
  guint64 most = GW_FRAME_HASH_FACTOR * endpoint->received + (endpoint->connections + endpoint->sessions + 2) * 2 * GW_FRAME_MAX;

  if (endpoint->hashed > most)
    sim_check_fail (endpoint, "%" G_GUINT64_FORMAT " bytes were hashed of %" G_GUINT64_FORMAT " that came",
                    endpoint->hashed, endpoint->received);
}

static void
check_streams (SimEndpoint *endpoint)
{
  gsize unused = 0;
  guint open[2] = { 0 };

  for (guint i = 0; i < endpoint->work->streams->len; i++)
    {
      SimStream *stream = endpoint->work->streams->pdata[i];

      if (stream->over)
        continue;
      unused += stream->heard->len - stream->used;
      open[stream->mine]++;
    }
  if (unused > GW_SESSION_BUFFER)
    sim_check_fail (endpoint, "%" G_GSIZE_FORMAT " bytes came that wait to be used", unused);
  if (gw_session_get_granted (endpoint->session) > GW_SESSION_BUFFER)
    sim_check_fail (endpoint, "%" G_GSIZE_FORMAT " bytes of streams may come", gw_session_get_granted (endpoint->session));
  if (MAX (open[0], open[1]) > GW_STREAMS_MAX)
    sim_check_fail (endpoint, "%u and %u streams are open", open[0], open[1]);
}

static void
check_requests (SimEndpoint *endpoint)
{
  guint open = 0;

  for (guint i = 0; i < endpoint->work->requests->len; i++)
    open += !((SimRequest *) endpoint->work->requests->pdata[i])->over;
  if (open > GW_REQUESTS_MAX)
    sim_check_fail (endpoint, "%u requests wait for their answer", open);
}

/* When all is over, nothing may be missing of what is lent to streams: this is
 * the only one. */
void
sim_check_lent (SimEndpoint *endpoint)
{
  gsize least = MIN (GW_STREAM_LENT_MAX, (GW_SESSION_BUFFER - 2 * GW_STREAMS_MAX * GW_STREAM_SHARE_LEAST) / 2);
  gsize granted = gw_session_get_granted (endpoint->session);

  if (gw_session_get_n_streams (endpoint->session) == 1 && granted < least)
    sim_check_fail (endpoint, "a stream that is alone may have %" G_GSIZE_FORMAT " bytes on the way", granted);
}

/**
 * sim_check_end:
 * @now_us: if all was done that was due until then; else %G_MININT64
 */
void
sim_check_end (SimEndpoint *endpoint, gint64 now_us)
{
  at_work = NULL;
  if (endpoint->replayed)
    return;
  if (endpoint->parked_us != G_MAXINT64 && now_us > endpoint->parked_us + GW_SESSION_PARK_US)
    sim_check_fail (endpoint, "a session is parked for ever");
  check_hashed (endpoint);
  if (!endpoint->had_events)
    return;
  check_streams (endpoint);
  check_requests (endpoint);
}

/* --- What is on the wire ------------------------------------------------- */

/**
 * sim_check_output:
 * @bytes: one write
 */
void
sim_check_output (SimEndpoint *endpoint, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  if (data[0] != GW_FRAME_MAGIC)
    return;
  if (length > endpoint->settings.kind->session->frame_max)
    sim_check_fail (endpoint, "a frame has %" G_GSIZE_FORMAT " bytes", length);
  if (memmem (data, length, "\"execute\":", 10) != NULL || memmem (data, length, SIM_MARK, strlen (SIM_MARK)) != NULL)
    sim_check_fail (endpoint, "a payload stands on the wire as it is");
}

/**
 * sim_check_waiting:
 * @waiting: bytes of @endpoint's in the channel
 *
 * More than its window is there of several connections, and behind a frame that
 * was lost: the rest was on its way, and is sent again with half of the window.
 * And there are acknowledgements of the other side's.
 */
void
sim_check_waiting (SimEndpoint *endpoint, gsize waiting)
{
  const GwSessionKind *kind = endpoint->settings.kind->session;

  if (endpoint->settings.check->gentle && waiting > kind->window + kind->window / 2 + kind->window / 8 + 2 * kind->frame_max)
    sim_check_fail (endpoint, "%" G_GSIZE_FORMAT " bytes are on the way", waiting);
  if (gw_session_get_window (endpoint->session) > kind->window)
    sim_check_fail (endpoint, "its window is %" G_GSIZE_FORMAT, gw_session_get_window (endpoint->session));
}

/**
 * sim_check_text_request:
 *
 * An agent takes @object for a request. Nobody asks for guest-exec in text.
 */
void
sim_check_text_request (SimEndpoint *endpoint, GBytes *object)
{
  gsize length;
  const char *text = g_bytes_get_data (object, &length);

  if (memmem (text, length, "guest-exec", 10) != NULL || memmem (text, length, SIM_MARK, strlen (SIM_MARK)) != NULL)
    sim_check_fail (endpoint, "a payload runs as text: %.*s", (int) MIN (length, 100), text);
}
