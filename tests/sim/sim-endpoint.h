/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-session.h"
#include "sim-channel.h"

typedef struct _SimAgent SimAgent;
typedef struct _SimCheck SimCheck;
typedef struct _SimWork SimWork;

/* All that happens to an endpoint from outside. The same inputs make the same
 * endpoint again: so a machine is restored to what it was. */
typedef enum
{
  SIM_INPUT_CONNECT,
  SIM_INPUT_DISCONNECT,
  SIM_INPUT_RECEIVE,
  SIM_INPUT_TIME,
  SIM_INPUT_TAKE,  /* what it has to say */
  SIM_INPUT_CALM,  /* nothing new is begun from here on */
  SIM_INPUT_PROBE, /* but a call, which has to succeed */
  SIM_INPUT_PROBE_STREAM, /* and a stream */
  SIM_INPUT_CLOSE,
  SIM_INPUT_RESTORED, /* its machine was; bytes: another chance */
} SimInput;

typedef struct
{
  GwSessionRole role;
  const SimKind *kind;
  SimCheck *check;
  guint64 seed;
  guint8 instance[GW_NONCE_SIZE];
  gboolean keepalive;
  gboolean near_wrap; /* numbers begin just below 2^32 */
  gboolean recorded;  /* so that it can be restored */
  guint busy;         /* how much it does: things begun in a second */
  guint large;        /* one in so many things is large */
} SimEndpointSettings;

/* A session, the program that uses it, and a guest's text voice. Its time is
 * that of its machine. */
typedef struct
{
  SimEndpointSettings settings;
  guint number;   /* of those that ever were, restored ones among them */
  guint32 author; /* of what it says: no two say the same */
  GwSession *session;
  SimAgent *agent; /* a guest's */
  SimWork *work;
  SimRandom random; /* the program's */
  SimRandom nonces; /* the session's */
  GArray *log;
  gboolean replayed; /* now: nothing is checked */
  gboolean doubled;  /* another one is what this was, or was to be */
  gboolean calm;
  gboolean has_closed; /* a session, by its own will */
  gboolean wants_connect; /* a host whose session is over, or in vain */
  guint text_only;        /* so often was a host told that the agent speaks no frames */
  guint sessions;         /* that began or ended */
  guint64 received, hashed;
  guint connections;
  gboolean had_events; /* in this input: its program may have other things to do */
  gint64 parked_us;    /* since then no connection carries its session; G_MAXINT64 */
  gint64 work_deadline_us;
  gint64 deadline_us;
} SimEndpoint;

SimEndpoint *sim_endpoint_new (const SimEndpointSettings *settings);
SimEndpoint *sim_endpoint_restore (SimEndpoint *endpoint, guint position, guint64 seed);
void sim_endpoint_free (SimEndpoint *endpoint);
void sim_endpoint_end (SimEndpoint *endpoint);

GBytes *sim_endpoint_input (SimEndpoint *endpoint, SimInput input, GBytes *bytes, gint64 now_us);
gint64 sim_endpoint_get_time (SimEndpoint *endpoint, guint position);
