/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-channel.h"
#include "sim-check.h"
#include "sim-endpoint.h"
#include "sim-text-client.h"

typedef struct _SimHostile SimHostile;

typedef enum
{
  SIM_FAULT_DISCONNECT,
  SIM_FAULT_CUT,           /* the connection ends after some bytes */
  SIM_FAULT_NOISE,
  SIM_FAULT_STALE,         /* bytes of an earlier time come again */
  SIM_FAULT_ECHO,          /* what one side says comes back to it */
  SIM_FAULT_FLOW,          /* a terminal between takes some bytes for itself */
  SIM_FAULT_STALL,
  SIM_FAULT_PAUSE,         /* of the guest, or the host: it does not run */
  SIM_FAULT_CLOCK,         /* jumps ahead */
  SIM_FAULT_RESTART_GUEST,
  SIM_FAULT_RESTART_HOST,
  SIM_FAULT_SNAPSHOT,
  SIM_FAULT_ROLLBACK,
  SIM_FAULT_CLONE,         /* a restored guest takes the place of the one that runs on */
  SIM_FAULT_TAKEOVER,      /* a text client comes */
  SIM_FAULT_HOSTILE,       /* one side breaks the protocol, and knows its seed */
  SIM_FAULT_CLOSE,         /* a program closes the session */
  SIM_N_FAULTS,
} SimFault;

typedef struct
{
  SimFault fault;
  gint64 at_us;
} SimPlanned;

/* What is to happen in a world, made from its seed; or by hand. */
typedef struct
{
  guint64 seed;
  const SimKind *kind;
  gint64 calm_us; /* no faults from here on */
  guint busy[2];  /* by role */
  guint large;
  gboolean keepalive;
  gboolean near_wrap;
  gboolean gentle;
  gboolean noisy;
  GArray *faults; /* of SimPlanned, in order */
  gint takeover_after; /* a text client comes when the host has written so much; -1 for never */
  SimTextWay way;
  gboolean text_at_last; /* a text client comes when all is calm, and is understood */
} SimPlan;

typedef enum
{
  SIM_AT_NOBODY,
  SIM_AT_HOST,
  SIM_AT_TEXT,
} SimAttached;

/* One of the two at the channel, with its port and the clock of its machine. */
typedef struct
{
  SimEndpoint *endpoint; /* NULL: not running */
  gint64 offset_us;      /* its time less the world's */
  gint64 paused_us;      /* until then it does not run */
  gint64 begins_us;      /* another one, when there is none */
  GBytes *writing;
  gsize written;
  gboolean stirred; /* may have something to say */
} SimSide;

/* What a guest is told of the host, and when. */
typedef struct
{
  gint64 at_us;
  gboolean connected;
} SimNotice;

typedef struct
{
  const SimPlan *plan;
  SimRandom random;
  gint64 now_us;
  SimChannel *channel;
  SimCheck *check;
  SimSide sides[2]; /* by role */
  SimAttached attached;
  SimTextClient *client;
  gboolean client_must;  /* it has to be understood */
  gint64 attach_us;      /* the host comes */
  GArray *notices;       /* of what a guest is told, SimNotice */
  SimEndpoint *aside;    /* a guest, without a channel */
  gint64 aside_us;       /* its time */
  guint snapshot;        /* inputs that it had had */
  SimEndpoint *snapshot_of;
  SimHostile *hostile;
  GwSessionRole hostile_role;
  gboolean was_hostile[2];
  gint64 quiet_us;       /* noise ends */
  gint64 client_until_us;
  guint next_fault;
  gboolean calm;
  gint64 probe_us;
  guint probes;
  gboolean probed_stream;
  guint64 steps;
} SimWorld;

char *sim_world_run (const SimPlan *plan);

void sim_world_restart (SimWorld *world, GwSessionRole role, gint64 after_us);
void sim_world_apply_fault (SimWorld *world, SimFault fault);

/* Its sides: sim-sides.c. */
gboolean sim_side_runs (SimWorld *world, SimSide *side);
void sim_world_put_input (SimWorld *world, GwSessionRole role, SimInput input);
void sim_world_drop_writing (SimSide *side);
void sim_world_tell_guest (SimWorld *world);
void sim_world_attach_host (SimWorld *world);
void sim_world_speak (SimWorld *world, GwSessionRole role);
void sim_world_speak_text (SimWorld *world);
void sim_world_read_channel (SimWorld *world, SimDirection to);
void sim_world_detach (SimWorld *world);
void sim_world_attach_text (SimWorld *world, SimTextWay way, gint64 patience_us);
void sim_world_begin_endpoint (SimWorld *world, GwSessionRole role);
void sim_world_end_endpoint (SimWorld *world, GwSessionRole role);
void sim_world_put_endpoint (SimWorld *world, SimEndpoint *endpoint, gint64 its_now_us);
GBytes *sim_world_input (SimWorld *world, GwSessionRole role, SimInput input, GBytes *bytes);

SimPlan *sim_plan_new (guint64 seed, const char *kind);
SimPlan *sim_plan_new_takeover (const SimKind *kind, SimTextWay way, guint after);
void sim_plan_free (SimPlan *plan);
char *sim_plan_describe (const SimPlan *plan);
const char *sim_fault_name (SimFault fault);

SimHostile *sim_hostile_new (guint64 seed);
void sim_hostile_free (SimHostile *hostile);
void sim_hostile_listen (SimHostile *hostile, GwSessionRole by, GBytes *write);
GBytes *sim_hostile_change (SimHostile *hostile, GwSessionRole by, GBytes *write);
