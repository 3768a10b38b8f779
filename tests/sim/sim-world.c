/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One world: a host, a guest, a channel between them, and their time. Goes from
 * one thing that happens to the next until all is quiet, or something is not
 * as it must be. */

#include "sim-world.h"

#include "sim-trace.h"

#define STEPS_MAX 4000000u
#define STEPS_AT_ONCE_MAX 20000u
#define CALM_MAX (240 * SIM_SECOND) /* all has to be done in so much time without faults */
#define PROBES_MAX 6

/* --- Time ---------------------------------------------------------------- */

static gint64
deadline_of (SimWorld *world, GwSessionRole role)
{
  SimSide *side = &world->sides[role];

  if (side->endpoint == NULL)
    return role == GW_SESSION_GUEST ? side->begins_us : G_MAXINT64;
  if (side->paused_us > world->now_us)
    return side->paused_us;
  return side->endpoint->deadline_us == G_MAXINT64 ? G_MAXINT64 : side->endpoint->deadline_us - side->offset_us;
}

/* When what waits there is read, if anybody reads. */
static gint64
due_of (SimWorld *world, SimDirection to)
{
  GwSessionRole reader = to == SIM_TO_GUEST ? GW_SESSION_GUEST : GW_SESSION_HOST;
  SimSide *side = &world->sides[reader];
  gint64 due = sim_channel_get_due (world->channel, to);
  gboolean is_text = to == SIM_TO_HOST && world->attached == SIM_AT_TEXT;

  if (side->endpoint == NULL && !is_text)
    return to == SIM_TO_GUEST && world->plan->kind->reports ? due : G_MAXINT64;
  return is_text || due == G_MAXINT64 ? due : MAX (due, side->paused_us);
}

static gint64
next_us (SimWorld *world)
{
  gint64 next = MIN (deadline_of (world, GW_SESSION_HOST), deadline_of (world, GW_SESSION_GUEST));

  next = MIN (next, MIN (due_of (world, SIM_TO_GUEST), due_of (world, SIM_TO_HOST)));
  next = MIN (next, world->attach_us);
  next = MIN (next, world->quiet_us);
  if (world->client != NULL)
    next = MIN (next, MIN (world->client_until_us, world->client->next_us));
  if (world->notices->len > 0)
    next = MIN (next, MAX (g_array_index (world->notices, SimNotice, 0).at_us, world->sides[GW_SESSION_GUEST].paused_us));
  if (world->next_fault < world->plan->faults->len)
    next = MIN (next, g_array_index (world->plan->faults, SimPlanned, world->next_fault).at_us);
  next = MIN (next, world->calm ? world->probe_us : world->plan->calm_us);
  return MAX (next, world->now_us);
}

static void
wake (SimWorld *world, GwSessionRole role)
{
  SimSide *side = &world->sides[role];

  if (role == GW_SESSION_GUEST && side->endpoint == NULL && side->begins_us <= world->now_us)
    {
      side->begins_us = G_MAXINT64;
      sim_world_begin_endpoint (world, role);
    }
  if (sim_side_runs (world, side) && deadline_of (world, role) <= world->now_us)
    sim_world_put_input (world, role, SIM_INPUT_TIME);
}

/* --- When all is calm ---------------------------------------------------- */

static void
become_calm (SimWorld *world)
{
  world->calm = TRUE;
  world->probe_us = world->now_us + SIM_SECOND;
  sim_trace ("%8.3f calm", world->now_us / 1e6);
  sim_channel_heal (world->channel, world->now_us);
  world->quiet_us = G_MAXINT64;
  for (guint role = 0; role < 2; role++)
    {
      world->sides[role].paused_us = MIN (world->sides[role].paused_us, world->now_us);
      /* What they had in common is spoilt. */
      if (world->was_hostile[role])
        sim_world_restart (world, role, 0);
    }
  world->sides[GW_SESSION_GUEST].begins_us = MIN (world->sides[GW_SESSION_GUEST].begins_us, world->now_us);
  g_clear_pointer (&world->hostile, sim_hostile_free);
  if (world->sides[GW_SESSION_HOST].endpoint != NULL)
    world->sides[GW_SESSION_HOST].endpoint->text_only = 0;
  sim_world_put_input (world, GW_SESSION_HOST, SIM_INPUT_CALM);
  sim_world_put_input (world, GW_SESSION_GUEST, SIM_INPUT_CALM);
  if (world->plan->text_at_last)
    {
      sim_world_attach_text (world, world->plan->way, 60 * SIM_SECOND);
      world->client_must = TRUE;
    }
}

/* What each side still has to do stands behind @why. */
static void
stop (SimWorld *world, const char *why)
{
  GString *text = g_string_new (why);

  for (guint role = 0; role < 2; role++)
    {
      SimEndpoint *endpoint = world->sides[role].endpoint;

      if (endpoint != NULL)
        g_string_append_printf (text, "; #%u is %s with %u streams and %" G_GSIZE_FORMAT " bytes of messages%s",
                                endpoint->number, gw_session_state_name (gw_session_get_state (endpoint->session)),
                                gw_session_get_n_streams (endpoint->session), gw_session_get_queued (endpoint->session),
                                sim_work_is_done (endpoint->work) ? ", done" : "");
    }
  if (world->check->violation == NULL)
    world->check->violation = g_string_free (text, FALSE);
  else
    g_string_free (text, TRUE);
}

/* A call that the end of an old session takes along may be made again. */
static void
probe (SimWorld *world)
{
  SimEndpoint *host = world->sides[GW_SESSION_HOST].endpoint;
  SimCall *call = host != NULL ? host->work->probe : NULL;

  world->probe_us = world->now_us + SIM_SECOND;
  if (host == NULL || (call != NULL && !call->ended) || (call != NULL && call->outcome <= GW_OUTCOME_ERROR))
    return;
  if (++world->probes > PROBES_MAX)
    stop (world, "no progress: calls fail where nothing is in their way");
  sim_world_put_input (world, GW_SESSION_HOST, SIM_INPUT_PROBE);
}

static gboolean
has_nothing_left (SimEndpoint *endpoint)
{
  return sim_work_is_done (endpoint->work) && gw_session_get_n_streams (endpoint->session) == 0
         && gw_session_get_queued (endpoint->session) == 0;
}

/* The last thing is a stream, which finds all as it was in the beginning. */
static gboolean
is_done (SimWorld *world)
{
  SimEndpoint *host = world->sides[GW_SESSION_HOST].endpoint;
  SimEndpoint *guest = world->sides[GW_SESSION_GUEST].endpoint;

  if (!world->calm || host == NULL || guest == NULL || host->work->probe == NULL || !host->work->probe->ended
      || host->work->probe->outcome > GW_OUTCOME_ERROR || !has_nothing_left (host) || !has_nothing_left (guest))
    return FALSE;
  if (world->probed_stream)
    return TRUE;
  world->probed_stream = TRUE;
  sim_world_put_input (world, GW_SESSION_HOST, SIM_INPUT_PROBE_STREAM);
  return FALSE;
}

static void
look_at_client (SimWorld *world)
{
  SimTextClient *client = world->client;

  if (client == NULL)
    return;
  sim_text_client_pass_time (client, world->now_us);
  sim_world_speak_text (world);
  if (!client->done && world->now_us < world->client_until_us)
    return;
  if (!client->done && world->client_must)
    stop (world, "no progress: a text client is not understood");
  world->client_must = FALSE;
  sim_world_detach (world);
}

/* A host whose session is over, or who is told of no frames, comes again. */
static void
look_at_host (SimWorld *world)
{
  SimEndpoint *host = world->sides[GW_SESSION_HOST].endpoint;

  if (host == NULL || !host->wants_connect || world->attached != SIM_AT_HOST)
    return;
  if (world->calm && host->text_only > 20)
    stop (world, "no progress: an agent seems to speak no frames");
  if (sim_percent (&world->random, 50))
    sim_world_detach (world);
  else
    sim_world_put_input (world, GW_SESSION_HOST, SIM_INPUT_CONNECT);
}

/* --- The run ------------------------------------------------------------- */

static void
begin_faults (SimWorld *world)
{
  GArray *faults = world->plan->faults;

  while (world->next_fault < faults->len
         && g_array_index (faults, SimPlanned, world->next_fault).at_us <= world->now_us)
    sim_world_apply_fault (world, g_array_index (faults, SimPlanned, world->next_fault++).fault);
  if (world->quiet_us <= world->now_us)
    {
      sim_channel_set_noise (world->channel, 0);
      world->quiet_us = G_MAXINT64;
    }
}

static void
step (SimWorld *world)
{
  if (!world->calm)
    begin_faults (world);
  if (!world->calm && world->plan->calm_us <= world->now_us)
    become_calm (world);
  if (world->calm && world->probe_us <= world->now_us)
    probe (world);
  if (world->attached == SIM_AT_NOBODY && world->attach_us <= world->now_us)
    sim_world_attach_host (world);
  sim_world_tell_guest (world);
  wake (world, GW_SESSION_HOST);
  wake (world, GW_SESSION_GUEST);
  sim_world_read_channel (world, SIM_TO_GUEST);
  sim_world_read_channel (world, SIM_TO_HOST);
  look_at_client (world);
  for (guint role = 0; role < 2; role++)
    if (world->sides[role].stirred)
      sim_world_speak (world, role);
  look_at_host (world);
}

static void
run (SimWorld *world)
{
  guint at_once = 0;

  while (world->check->violation == NULL && !is_done (world))
    {
      gint64 next = next_us (world);

      at_once = next == world->now_us ? at_once + 1 : 0;
      world->now_us = next;
      step (world);
      if (++world->steps > STEPS_MAX || at_once > STEPS_AT_ONCE_MAX)
        stop (world, "no end of work");
      if (world->now_us > world->plan->calm_us + CALM_MAX)
        stop (world, "no progress: what was begun does not end");
    }
}

/**
 * sim_world_run:
 *
 * Returns: (transfer full) (nullable): what was not as it must be
 */
char *
sim_world_run (const SimPlan *plan)
{
  SimWorld world = {
    .plan = plan,
    .random = { plan->seed },
    .check = sim_check_new (),
    .notices = g_array_new (FALSE, FALSE, sizeof (SimNotice)),
    .quiet_us = G_MAXINT64,
    .probe_us = G_MAXINT64,
  };
  char *violation;

  world.check->gentle = plan->gentle;
  world.check->noisy = plan->noisy;
  world.channel = sim_channel_new (plan->kind, sim_random (&world.random));
  world.sides[GW_SESSION_GUEST].begins_us = sim_below (&world.random, 500 * SIM_MS);
  world.attach_us = sim_below (&world.random, 500 * SIM_MS);
  if (plan->takeover_after >= 0)
    sim_channel_cut_after (world.channel, SIM_TO_GUEST, plan->takeover_after);
  if (plan->kind->cooked)
    sim_channel_set_raw (world.channel, FALSE);
  run (&world);
  violation = g_steal_pointer (&world.check->violation);
  sim_trace ("%8.3f end after %" G_GUINT64_FORMAT " steps", world.now_us / 1e6, world.steps);
  sim_world_drop_writing (&world.sides[0]);
  sim_world_drop_writing (&world.sides[1]);
  g_clear_pointer (&world.client, sim_text_client_free);
  g_clear_pointer (&world.hostile, sim_hostile_free);
  g_array_unref (world.notices);
  sim_channel_free (world.channel);
  sim_check_free (world.check);
  return violation;
}
