/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One side: a session and what is around it. Takes inputs, keeps a log of them
 * if asked, and can be made again from that. Knows neither channel nor other
 * side. */

#include "sim-endpoint.h"

#include <string.h>

#include "sim-agent.h"
#include "sim-check.h"
#include "sim-trace.h"
#include "sim-work.h"

typedef struct
{
  SimInput input;
  gint64 now_us;
  GBytes *bytes;
} Record;

static void
clear_record (gpointer data)
{
  Record *record = data;

  g_clear_pointer (&record->bytes, g_bytes_unref);
}

/* A request for 4 bytes is that for a first number. */
static void
fill_random (guint8 *bytes, gsize length, gpointer data)
{
  SimEndpoint *endpoint = data;

  for (gsize i = 0; i < length; i++)
    bytes[i] = (guint8) sim_random (&endpoint->nonces);
  if (length == 4 && endpoint->settings.near_wrap)
    {
      guint32 first = GUINT32_TO_LE (G_MAXUINT32 - bytes[0] % 32);

      memcpy (bytes, &first, sizeof first);
    }
}

static void
on_reached (GwSessionState state, GwSessionInput input, gboolean known, gpointer data)
{
  SimEndpoint *endpoint = data;

  if (!endpoint->replayed)
    sim_check_reached (endpoint, state, input, known);
}

/**
 * sim_endpoint_new:
 *
 * Returns: (transfer full): a side of whom nothing is known yet
 */
SimEndpoint *
sim_endpoint_new (const SimEndpointSettings *settings)
{
  SimEndpoint *endpoint = g_new0 (SimEndpoint, 1);
  GwSessionSettings session = {
    .role = settings->role,
    .kind = settings->kind->session,
    .channel = "org.guestwire.agent.0",
    .instance = endpoint->settings.instance,
    .boot_id = "6a1e3ae6-25ec-4df3-8dd3-7a5c0a34a6b1",
    .keepalive_us = settings->keepalive ? 30 * SIM_SECOND : 0,
    .random = fill_random,
    .reached = on_reached,
    .user_data = endpoint,
  };

  endpoint->settings = *settings;
  endpoint->parked_us = G_MAXINT64;
  endpoint->random.state = settings->seed;
  endpoint->nonces.state = sim_random (&endpoint->random);
  endpoint->author = (guint32) sim_random (&endpoint->random);
  endpoint->number = sim_check_add (settings->check, endpoint);
  if (settings->recorded)
    {
      endpoint->log = g_array_new (FALSE, FALSE, sizeof (Record));
      g_array_set_clear_func (endpoint->log, clear_record);
    }
  endpoint->session = gw_session_new (&session);
  endpoint->work = sim_work_new (endpoint);
  if (settings->role == GW_SESSION_GUEST)
    endpoint->agent = sim_agent_new (endpoint);
  return endpoint;
}

/* It runs no more. What it did is still known. */
void
sim_endpoint_end (SimEndpoint *endpoint)
{
  g_clear_pointer (&endpoint->session, gw_session_free);
  g_clear_pointer (&endpoint->agent, sim_agent_free);
  g_clear_pointer (&endpoint->log, g_array_unref);
}

void
sim_endpoint_free (SimEndpoint *endpoint)
{
  sim_endpoint_end (endpoint);
  sim_work_free (endpoint->work);
  g_free (endpoint);
}

/* --- Inputs -------------------------------------------------------------- */

static void
on_event (SimEndpoint *endpoint, GwSessionEvent *event, gint64 now_us)
{
  switch (event->kind)
    {
    case GW_SESSION_EVENT_TEXT:
      sim_agent_take_over (endpoint->agent, event->bytes, now_us);
      break;
    case GW_SESSION_EVENT_TEXT_ONLY:
      endpoint->text_only++;
      break;
    case GW_SESSION_EVENT_PARKED:
      endpoint->parked_us = now_us;
      break;
    case GW_SESSION_EVENT_RESUMED:
      endpoint->parked_us = G_MAXINT64;
      break;
    case GW_SESSION_EVENT_OPENED:
    case GW_SESSION_EVENT_CLOSED:
      endpoint->parked_us = G_MAXINT64;
      endpoint->sessions++;
      break;
    default:
      break;
    }
  sim_work_event (endpoint->work, event, now_us);
}

static void
drain (SimEndpoint *endpoint, gint64 now_us)
{
  gboolean more = TRUE;

  while (more)
    {
      g_auto (GwSessionEvent) event = { 0 };

      more = gw_session_next (endpoint->session, &event) != GW_SESSION_EVENT_NONE;
      if (!more)
        break;
      endpoint->had_events = TRUE;
      if (!endpoint->replayed)
        sim_trace ("%8.3f   #%u %s id %" G_GUINT64_FORMAT " stream %u outcome %s bytes %" G_GSIZE_FORMAT " %s",
                   now_us / 1e6, endpoint->number, gw_session_event_name (event.kind), event.id, event.stream,
                   gw_outcome_name (event.outcome), event.bytes != NULL ? g_bytes_get_size (event.bytes) : 0,
                   event.text != NULL ? event.text : "");
      on_event (endpoint, &event, now_us);
    }
}

static void
receive (SimEndpoint *endpoint, GBytes *bytes, gint64 now_us)
{
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  endpoint->received += length;
  if (endpoint->settings.role == GW_SESSION_GUEST && !gw_session_in_frames (endpoint->session))
    sim_agent_receive (endpoint->agent, data, length, now_us);
  else
    gw_session_receive (endpoint->session, data, length, now_us);
}

static GBytes *
take (SimEndpoint *endpoint, gint64 now_us)
{
  GBytes *text = endpoint->agent != NULL ? sim_agent_take_output (endpoint->agent) : NULL;

  return text != NULL ? text : gw_session_take_output (endpoint->session, now_us);
}

/* Life is another one from here on; what the session takes for chance may be
 * the same once more. */
static void
begin_other_life (SimEndpoint *endpoint, GBytes *bytes)
{
  const guint64 *seeds = g_bytes_get_data (bytes, NULL);

  endpoint->random.state = seeds[0];
  endpoint->author = (guint32) sim_random (&endpoint->random);
  endpoint->nonces.state += seeds[1];
}

static GBytes *
apply (SimEndpoint *endpoint, SimInput input, GBytes *bytes, gint64 now_us)
{
  GBytes *output = NULL;

  endpoint->had_events = FALSE;
  sim_check_begin (endpoint);
  switch (input)
    {
    case SIM_INPUT_CONNECT:
      endpoint->connections++;
      gw_session_connect (endpoint->session, now_us);
      break;
    case SIM_INPUT_DISCONNECT:
      gw_session_disconnect (endpoint->session, now_us);
      if (endpoint->agent != NULL)
        sim_agent_clear (endpoint->agent);
      break;
    case SIM_INPUT_RECEIVE:
      receive (endpoint, bytes, now_us);
      break;
    case SIM_INPUT_TIME:
      gw_session_pass_time (endpoint->session, now_us);
      drain (endpoint, now_us);
      sim_work_pass_time (endpoint->work, now_us);
      break;
    case SIM_INPUT_TAKE:
      output = take (endpoint, now_us);
      break;
    case SIM_INPUT_CLOSE:
      endpoint->has_closed = TRUE;
      gw_session_close (endpoint->session, "the simulated program has done with it", now_us);
      break;
    case SIM_INPUT_CALM:
      endpoint->calm = TRUE;
      break;
    case SIM_INPUT_PROBE:
      sim_work_probe (endpoint->work, now_us);
      break;
    case SIM_INPUT_PROBE_STREAM:
      sim_streams_begin (endpoint->work, now_us);
      break;
    case SIM_INPUT_RESTORED:
      begin_other_life (endpoint, bytes);
      break;
    default:
      break;
    }
  drain (endpoint, now_us);
  endpoint->wants_connect = endpoint->settings.role == GW_SESSION_HOST && endpoint->connections > 0
                            && gw_session_get_state (endpoint->session) == GW_SESSION_IDLE;
  if (endpoint->had_events || (input != SIM_INPUT_RECEIVE && input != SIM_INPUT_TAKE))
    endpoint->work_deadline_us = sim_work_get_deadline (endpoint->work);
  endpoint->deadline_us = MIN (gw_session_get_deadline (endpoint->session), endpoint->work_deadline_us);
  sim_check_end (endpoint, input == SIM_INPUT_TIME ? now_us : G_MININT64);
  return output;
}

/**
 * sim_endpoint_input:
 * @bytes: (nullable): for %SIM_INPUT_RECEIVE
 *
 * Returns: (transfer full) (nullable): for %SIM_INPUT_TAKE, the next write
 */
GBytes *
sim_endpoint_input (SimEndpoint *endpoint, SimInput input, GBytes *bytes, gint64 now_us)
{
  Record record = { input, now_us, bytes != NULL ? g_bytes_ref (bytes) : NULL };

  if (endpoint->log != NULL)
    g_array_append_val (endpoint->log, record);
  else
    clear_record (&record);
  return apply (endpoint, input, bytes, now_us);
}

/* The time of its machine when it had had @position inputs. */
gint64
sim_endpoint_get_time (SimEndpoint *endpoint, guint position)
{
  return position == 0 ? 0 : g_array_index (endpoint->log, Record, position - 1).now_us;
}

/**
 * sim_endpoint_restore:
 * @position: how many of its inputs it has had
 * @seed: of its other life; an odd one means that its session gets other
 *   nonces too
 *
 * Returns: (transfer full): what @endpoint was
 */
SimEndpoint *
sim_endpoint_restore (SimEndpoint *endpoint, guint position, guint64 seed)
{
  SimEndpoint *restored = sim_endpoint_new (&endpoint->settings);
  const guint64 seeds[2] = { seed, (seed & 1) != 0 ? seed : 0 };
  g_autoptr (GBytes) bytes = g_bytes_new (seeds, sizeof seeds);

  restored->replayed = TRUE;
  for (guint i = 0; i < position; i++)
    {
      Record record = g_array_index (endpoint->log, Record, i);
      GBytes *output = sim_endpoint_input (restored, record.input, record.bytes, record.now_us);

      g_clear_pointer (&output, g_bytes_unref);
    }
  sim_endpoint_input (restored, SIM_INPUT_RESTORED, bytes, sim_endpoint_get_time (endpoint, position));
  restored->replayed = FALSE;
  endpoint->doubled = TRUE;
  return restored;
}
