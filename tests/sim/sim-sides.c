/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is at a channel's two ends: they begin and end, come and go, and their
 * ports read and write. */

#include "sim-world.h"

#include "gw-limits.h"
#include "sim-trace.h"

static SimDirection
way_from (GwSessionRole role)
{
  return role == GW_SESSION_HOST ? SIM_TO_GUEST : SIM_TO_HOST;
}

gboolean
sim_side_runs (SimWorld *world, SimSide *side)
{
  return side->endpoint != NULL && side->paused_us <= world->now_us;
}

static gboolean
may_speak (SimWorld *world, GwSessionRole role)
{
  return sim_side_runs (world, &world->sides[role]) && (role == GW_SESSION_GUEST || world->attached == SIM_AT_HOST);
}

/**
 * sim_world_input:
 *
 * Returns: (transfer full) (nullable): output, where asked for
 */
GBytes *
sim_world_input (SimWorld *world, GwSessionRole role, SimInput input, GBytes *bytes)
{
  SimSide *side = &world->sides[role];

  if (side->endpoint == NULL)
    return NULL;
  side->stirred = TRUE;
  return sim_endpoint_input (side->endpoint, input, bytes, world->now_us + side->offset_us);
}

void
sim_world_put_input (SimWorld *world, GwSessionRole role, SimInput input)
{
  sim_world_input (world, role, input, NULL);
}

void
sim_world_drop_writing (SimSide *side)
{
  g_clear_pointer (&side->writing, g_bytes_unref);
  side->written = 0;
}

/* At the time @its_now_us of its machine. */
void
sim_world_put_endpoint (SimWorld *world, SimEndpoint *endpoint, gint64 its_now_us)
{
  SimSide *side = &world->sides[endpoint->settings.role];

  side->endpoint = endpoint;
  side->offset_us = its_now_us - world->now_us;
  side->paused_us = 0;
  side->stirred = TRUE;
  world->check->at[endpoint->settings.role] = endpoint;
}

void
sim_world_begin_endpoint (SimWorld *world, GwSessionRole role)
{
  const SimPlan *plan = world->plan;
  SimEndpointSettings settings = {
    .role = role,
    .kind = plan->kind,
    .check = world->check,
    .seed = sim_random (&world->random),
    .keepalive = plan->keepalive,
    .near_wrap = plan->near_wrap,
    .busy = world->calm ? 0 : plan->busy[role],
    .large = plan->large,
  };

  for (guint i = 0; i < plan->faults->len; i++)
    if (role == GW_SESSION_GUEST && g_array_index (plan->faults, SimPlanned, i).fault == SIM_FAULT_SNAPSHOT)
      settings.recorded = TRUE;
  for (guint i = 0; i < sizeof settings.instance; i++)
    settings.instance[i] = sim_random (&world->random);
  sim_world_put_endpoint (world, sim_endpoint_new (&settings), sim_between (&world->random, 1000 * SIM_SECOND, 2000 * SIM_SECOND));
  sim_trace ("%8.3f %s #%u begins", world->now_us / 1e6, role == GW_SESSION_HOST ? "host" : "guest",
             world->sides[role].endpoint->number);
  if (world->calm)
    sim_world_put_input (world, role, SIM_INPUT_CALM);
  if (role != GW_SESSION_GUEST)
    return;
  sim_channel_set_raw (world->channel, TRUE);
  if (!plan->kind->reports || world->attached != SIM_AT_NOBODY)
    sim_world_put_input (world, role, SIM_INPUT_CONNECT);
}

/* A guest's terminal is as it was when nobody holds it. */
void
sim_world_end_endpoint (SimWorld *world, GwSessionRole role)
{
  SimSide *side = &world->sides[role];

  if (side->endpoint == NULL)
    return;
  sim_trace ("%8.3f #%u ends", world->now_us / 1e6, side->endpoint->number);
  sim_endpoint_end (side->endpoint);
  if (world->snapshot_of == side->endpoint)
    world->snapshot_of = NULL;
  side->endpoint = NULL;
  world->check->at[role] = NULL;
  world->check->restarts[role]++;
  sim_world_drop_writing (side);
  if (role == GW_SESSION_GUEST)
    g_array_set_size (world->notices, 0);
  if (role == GW_SESSION_GUEST && world->plan->kind->cooked)
    sim_channel_set_raw (world->channel, FALSE);
}

/* --- Who is at the channel ----------------------------------------------- */

static void
notify_guest (SimWorld *world, gboolean connected)
{
  SimNotice notice = { world->now_us, connected };
  guint pending = world->notices->len;

  if (!world->plan->kind->reports || world->sides[GW_SESSION_GUEST].endpoint == NULL)
    return;
  /* One who goes and comes while nobody looks is not seen. */
  if (connected && pending > 0 && sim_percent (&world->random, 50))
    {
      g_array_set_size (world->notices, pending - 1);
      return;
    }
  if (!world->calm && !world->plan->gentle && sim_percent (&world->random, 30))
    notice.at_us += sim_below (&world->random, 300 * SIM_MS);
  g_array_append_val (world->notices, notice);
}

void
sim_world_tell_guest (SimWorld *world)
{
  while (world->notices->len > 0 && sim_side_runs (world, &world->sides[GW_SESSION_GUEST]))
    {
      SimNotice notice = g_array_index (world->notices, SimNotice, 0);

      if (notice.at_us > world->now_us)
        return;
      g_array_remove_index (world->notices, 0);
      if (!notice.connected)
        sim_world_drop_writing (&world->sides[GW_SESSION_GUEST]);
      sim_world_put_input (world, GW_SESSION_GUEST, notice.connected ? SIM_INPUT_CONNECT : SIM_INPUT_DISCONNECT);
    }
}

/* Whoever is there goes. */
void
sim_world_detach (SimWorld *world)
{
  if (world->attached == SIM_AT_NOBODY)
    return;
  sim_trace ("%8.3f the %s goes", world->now_us / 1e6, world->attached == SIM_AT_HOST ? "host" : "text client");
  sim_channel_detach (world->channel);
  notify_guest (world, FALSE);
  if (world->attached == SIM_AT_HOST)
    {
      sim_world_drop_writing (&world->sides[GW_SESSION_HOST]);
      sim_world_put_input (world, GW_SESSION_HOST, SIM_INPUT_DISCONNECT);
    }
  world->attached = SIM_AT_NOBODY;
  g_clear_pointer (&world->client, sim_text_client_free);
  world->attach_us = world->now_us + sim_below (&world->random, 3 * SIM_SECOND);
}

void
sim_world_attach_host (SimWorld *world)
{
  sim_trace ("%8.3f the host comes", world->now_us / 1e6);
  if (world->sides[GW_SESSION_HOST].endpoint == NULL)
    sim_world_begin_endpoint (world, GW_SESSION_HOST);
  world->attached = SIM_AT_HOST;
  world->attach_us = G_MAXINT64;
  sim_channel_attach (world->channel, world->now_us);
  notify_guest (world, TRUE);
  sim_world_put_input (world, GW_SESSION_HOST, SIM_INPUT_CONNECT);
}

/**
 * sim_world_attach_text:
 * @patience_us: it leaves after so long in vain
 */
void
sim_world_attach_text (SimWorld *world, SimTextWay way, gint64 patience_us)
{
  gint64 wait_us = way == SIM_TEXT_LIBVIRT ? sim_between (&world->random, 250 * SIM_MS, 3 * SIM_SECOND)
                                           : (gint64) sim_below (&world->random, SIM_SECOND);

  sim_world_detach (world);
  sim_trace ("%8.3f a text client comes, in %s way", world->now_us / 1e6, way == SIM_TEXT_LIBVIRT ? "libvirt's" : "our");
  world->attached = SIM_AT_TEXT;
  world->attach_us = G_MAXINT64;
  world->client = sim_text_client_new (way, sim_random (&world->random), world->now_us + wait_us);
  world->client_until_us = world->now_us + patience_us;
  sim_channel_attach (world->channel, world->now_us);
  notify_guest (world, TRUE);
}

/* --- Bytes --------------------------------------------------------------- */

static GBytes *
next_write (SimWorld *world, GwSessionRole role)
{
  g_autoptr (GBytes) bytes = sim_world_input (world, role, SIM_INPUT_TAKE, NULL);

  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    return NULL;
  sim_check_output (world->sides[role].endpoint, bytes);
  if (world->hostile == NULL)
    return g_steal_pointer (&bytes);
  sim_hostile_listen (world->hostile, role, bytes);
  return world->hostile_role == role ? sim_hostile_change (world->hostile, role, bytes) : g_steal_pointer (&bytes);
}

/* The connection ends between two bytes. */
static void
end_cut (SimWorld *world)
{
  if (world->plan->takeover_after < 0)
    sim_world_detach (world);
  else
    {
      sim_world_attach_text (world, world->plan->way, 60 * SIM_SECOND);
      world->client_must = TRUE;
    }
}

void
sim_world_speak (SimWorld *world, GwSessionRole role)
{
  SimSide *side = &world->sides[role];

  while (may_speak (world, role) && sim_channel_has_room (world->channel, way_from (role)))
    {
      gsize length;
      const guint8 *data;

      if (side->writing == NULL)
        side->writing = next_write (world, role);
      if (side->writing == NULL)
        break;
      data = g_bytes_get_data (side->writing, &length);
      side->written
          += sim_channel_write (world->channel, way_from (role), data + side->written, length - side->written, world->now_us);
      if (side->written == length)
        sim_world_drop_writing (side);
      sim_check_waiting (side->endpoint, sim_channel_get_waiting (world->channel, way_from (role)));
      if (sim_channel_is_cut (world->channel))
        end_cut (world);
    }
  if (may_speak (world, role))
    side->stirred = FALSE;
}

void
sim_world_speak_text (SimWorld *world)
{
  GByteArray *to_say = world->client->to_say;
  gsize taken = sim_channel_write (world->channel, SIM_TO_GUEST, to_say->data, to_say->len, world->now_us);

  if (taken > 0)
    g_byte_array_remove_range (to_say, 0, taken);
}

/* virtio-serial drops what comes where nobody has the port open. */
static gboolean
is_read (SimWorld *world, SimDirection to)
{
  SimSide *guest = &world->sides[GW_SESSION_GUEST];

  if (to == SIM_TO_HOST)
    return world->attached == SIM_AT_TEXT || sim_side_runs (world, &world->sides[GW_SESSION_HOST]);
  return guest->endpoint != NULL ? sim_side_runs (world, guest) : world->plan->kind->reports;
}

void
sim_world_read_channel (SimWorld *world, SimDirection to)
{
  guint8 data[64 * GW_KIB];
  gsize length;
  g_autoptr (GBytes) bytes = NULL;

  if (sim_channel_get_due (world->channel, to) > world->now_us)
    return;
  if (!is_read (world, to))
    return;
  length = sim_channel_read (world->channel, to, data, sizeof data, world->now_us);
  bytes = g_bytes_new (data, length);
  world->sides[to == SIM_TO_GUEST ? GW_SESSION_HOST : GW_SESSION_GUEST].stirred = TRUE;
  if (to == SIM_TO_HOST && world->attached == SIM_AT_TEXT)
    sim_text_client_receive (world->client, data, length, world->now_us);
  else
    sim_world_input (world, to == SIM_TO_GUEST ? GW_SESSION_GUEST : GW_SESSION_HOST, SIM_INPUT_RECEIVE, bytes);
}
