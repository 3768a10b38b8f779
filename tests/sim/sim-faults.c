/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes wrong in a world. */

#include "sim-world.h"

#include "gw-limits.h"
#include "sim-trace.h"

static const char *const names[SIM_N_FAULTS] = {
  [SIM_FAULT_DISCONNECT] = "disconnect",
  [SIM_FAULT_CUT] = "cut",
  [SIM_FAULT_NOISE] = "noise",
  [SIM_FAULT_STALE] = "stale",
  [SIM_FAULT_ECHO] = "echo",
  [SIM_FAULT_FLOW] = "flow",
  [SIM_FAULT_STALL] = "stall",
  [SIM_FAULT_PAUSE] = "pause",
  [SIM_FAULT_CLOCK] = "clock",
  [SIM_FAULT_RESTART_GUEST] = "restart-guest",
  [SIM_FAULT_RESTART_HOST] = "restart-host",
  [SIM_FAULT_SNAPSHOT] = "snapshot",
  [SIM_FAULT_ROLLBACK] = "rollback",
  [SIM_FAULT_CLONE] = "clone",
  [SIM_FAULT_TAKEOVER] = "takeover",
  [SIM_FAULT_HOSTILE] = "hostile",
  [SIM_FAULT_CLOSE] = "close",
};

const char *
sim_fault_name (SimFault fault)
{
  return names[fault];
}

/* --- Time ---------------------------------------------------------------- */

static void
stall (SimWorld *world)
{
  SimDirection to = sim_below (&world->random, 2);

  sim_channel_stall (world->channel, to, world->now_us + sim_below (&world->random, 4 * SIM_SECOND));
}

/* A machine that is stopped may have a clock that stops too. */
static void
pause_side (SimWorld *world)
{
  static const gint64 lengths[] = { SIM_SECOND / 2, 10 * SIM_SECOND, 30 * SIM_SECOND, 70 * SIM_SECOND };
  SimSide *side = &world->sides[sim_percent (&world->random, 70) ? GW_SESSION_GUEST : GW_SESSION_HOST];
  gint64 length = lengths[sim_below (&world->random, G_N_ELEMENTS (lengths))];

  if (!sim_side_runs (world, side))
    return;
  side->paused_us = world->now_us + length;
  if (side == &world->sides[GW_SESSION_GUEST] && world->plan->kind->overruns)
    sim_channel_stall (world->channel, SIM_TO_GUEST, side->paused_us);
  if (sim_percent (&world->random, 50))
    side->offset_us -= length;
}

static void
jump_clock (SimWorld *world)
{
  static const gint64 jumps[] = { SIM_MS, SIM_SECOND, 20 * SIM_SECOND, 61 * SIM_SECOND, 7200 * SIM_SECOND };

  world->sides[sim_below (&world->random, 2)].offset_us += jumps[sim_below (&world->random, G_N_ELEMENTS (jumps))];
}

/* --- Bytes --------------------------------------------------------------- */

static void
make_noise (SimWorld *world)
{
  static const guint gaps[] = { 20, 200, 2000, 20000 };

  sim_channel_set_noise (world->channel, gaps[sim_below (&world->random, G_N_ELEMENTS (gaps))]);
  world->quiet_us = world->now_us + sim_below (&world->random, 10 * SIM_SECOND);
}

static void
cut (SimWorld *world)
{
  static const gsize lengths[] = { 30, 600, 5000, 100000 };

  sim_channel_cut_after (world->channel, sim_below (&world->random, 2),
                         sim_below (&world->random, lengths[sim_below (&world->random, G_N_ELEMENTS (lengths))]));
}

/* --- Machines ------------------------------------------------------------ */

/* One ends, and another begins in its place. */
void
sim_world_restart (SimWorld *world, GwSessionRole role, gint64 after_us)
{
  SimSide *guest = &world->sides[GW_SESSION_GUEST];

  if (role == GW_SESSION_HOST && world->attached == SIM_AT_HOST)
    sim_world_detach (world);
  if (role == GW_SESSION_HOST && world->attached == SIM_AT_NOBODY)
    world->attach_us = world->now_us + after_us;
  if (role == GW_SESSION_GUEST && guest->endpoint != NULL)
    guest->begins_us = world->now_us + after_us;
  sim_world_end_endpoint (world, role);
}

static void
take_snapshot (SimWorld *world)
{
  world->snapshot_of = world->sides[GW_SESSION_GUEST].endpoint;
  if (world->snapshot_of != NULL)
    world->snapshot = world->snapshot_of->log->len;
}

static SimEndpoint *
restore (SimWorld *world, gint64 *its_now_us)
{
  SimEndpoint *restored;

  if (world->snapshot_of == NULL || world->snapshot == 0)
    return NULL;
  *its_now_us = sim_endpoint_get_time (world->snapshot_of, world->snapshot);
  restored = sim_endpoint_restore (world->snapshot_of, world->snapshot, sim_random (&world->random));
  world->check->restored = TRUE;
  sim_trace ("%8.3f #%u is what #%u was", world->now_us / 1e6, restored->number, world->snapshot_of->number);
  return restored;
}

/* Which guest is at the channel from here on. Its host sees the connection end,
 * or not. What was on its way is gone with the guest that it was for: what its
 * host said to that one after the snapshot, the protocol cannot tell from what
 * is said to this one, if both have sent as much. */
static void
put_guest (SimWorld *world, SimEndpoint *guest, gint64 its_now_us)
{
  if (sim_percent (&world->random, 50))
    sim_world_detach (world);
  sim_channel_forget (world->channel);
  g_array_set_size (world->notices, 0);
  sim_world_drop_writing (&world->sides[GW_SESSION_GUEST]);
  world->sides[GW_SESSION_GUEST].begins_us = G_MAXINT64;
  sim_world_put_endpoint (world, guest, its_now_us);
  sim_channel_set_raw (world->channel, TRUE);
}

static void
roll_back (SimWorld *world)
{
  gint64 its_now_us;
  SimEndpoint *restored = restore (world, &its_now_us);

  if (restored != NULL)
    put_guest (world, restored, its_now_us);
}

/* The one that was at the channel runs on, and may be back there later. */
static void
put_clone (SimWorld *world)
{
  SimSide *side = &world->sides[GW_SESSION_GUEST];
  SimEndpoint *other = world->aside;
  gint64 its_now_us = world->now_us + world->aside_us;

  if (other == NULL)
    other = restore (world, &its_now_us);
  if (other == NULL)
    return;
  world->aside = side->endpoint;
  world->aside_us = side->offset_us;
  put_guest (world, other, its_now_us);
}

/* --- Others -------------------------------------------------------------- */

static void
take_over (SimWorld *world)
{
  sim_world_attach_text (world, sim_below (&world->random, 2), sim_between (&world->random, SIM_SECOND, 20 * SIM_SECOND));
}

static void
become_hostile (SimWorld *world)
{
  if (world->hostile == NULL)
    world->hostile = sim_hostile_new (sim_random (&world->random));
  world->hostile_role = sim_below (&world->random, 2);
  world->was_hostile[world->hostile_role] = world->check->hostile = TRUE;
}

static void
close_session (SimWorld *world)
{
  sim_world_put_input (world, sim_below (&world->random, 2), SIM_INPUT_CLOSE);
}

void
sim_world_apply_fault (SimWorld *world, SimFault fault)
{
  sim_trace ("%8.3f FAULT %s", world->now_us / 1e6, names[fault]);
  switch (fault)
    {
    case SIM_FAULT_DISCONNECT:
      sim_world_detach (world);
      break;
    case SIM_FAULT_CUT:
      cut (world);
      break;
    case SIM_FAULT_NOISE:
      make_noise (world);
      break;
    case SIM_FAULT_STALE:
      sim_channel_repeat_old (world->channel, sim_below (&world->random, 2), world->now_us);
      break;
    case SIM_FAULT_ECHO:
      sim_channel_echo (world->channel, sim_below (&world->random, 2),
                        world->now_us + sim_below (&world->random, 3 * SIM_SECOND));
      break;
    case SIM_FAULT_FLOW:
      sim_channel_eat (world->channel, sim_below (&world->random, 2),
                       world->now_us + sim_below (&world->random, 60 * SIM_SECOND));
      break;
    case SIM_FAULT_STALL:
      stall (world);
      break;
    case SIM_FAULT_PAUSE:
      pause_side (world);
      break;
    case SIM_FAULT_CLOCK:
      jump_clock (world);
      break;
    case SIM_FAULT_RESTART_GUEST:
      sim_world_restart (world, GW_SESSION_GUEST, sim_below (&world->random, 3 * SIM_SECOND));
      break;
    case SIM_FAULT_RESTART_HOST:
      sim_world_restart (world, GW_SESSION_HOST, sim_below (&world->random, 3 * SIM_SECOND));
      break;
    case SIM_FAULT_SNAPSHOT:
      take_snapshot (world);
      break;
    case SIM_FAULT_ROLLBACK:
      roll_back (world);
      break;
    case SIM_FAULT_CLONE:
      put_clone (world);
      break;
    case SIM_FAULT_TAKEOVER:
      take_over (world);
      break;
    case SIM_FAULT_HOSTILE:
      become_hostile (world);
      break;
    case SIM_FAULT_CLOSE:
    case SIM_N_FAULTS:
    default:
      close_session (world);
      break;
    }
}
