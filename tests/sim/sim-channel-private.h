/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-channel.h"

#define SIM_OLD_MAX 4096u /* bytes remembered, to come again as stale ones */

typedef struct
{
  GByteArray *bytes; /* from @head on they wait */
  gsize head;
  gsize capacity;
  gint64 ready_us;
  gint64 stalled_us;  /* until then nobody reads */
  gint64 echoes_us;   /* until then what is written comes back, too */
  gint64 eats_us;     /* until then XON and XOFF do not arrive */
  gboolean stuck;     /* until the next write */
  gsize cut_after;    /* bytes that may still be written; G_MAXSIZE */
  guint64 accident;   /* bytes until the next one */
  GByteArray *old;
  GByteArray *kept;   /* by a cooked terminal, that waits for a newline */
} SimPipe;

struct _SimChannel
{
  const SimKind *kind;
  SimRandom random;
  SimPipe pipes[2];
  gboolean attached;
  gboolean raw;
  gboolean cut;
  guint noise;
};

void sim_pipe_put (SimPipe *pipe, const guint8 *data, gsize length);
gsize sim_pipe_waiting (const SimPipe *pipe);
void sim_pipe_drop_all (SimPipe *pipe);
void sim_pipe_set_ready (SimChannel *channel, SimPipe *pipe, gsize bytes, gint64 now_us);
void sim_pipe_plan_accident (SimChannel *channel, SimPipe *pipe);
void sim_pipe_put_flow (SimPipe *pipe, const guint8 *data, gsize length);
void sim_pipe_put_with_accidents (SimChannel *channel, SimPipe *pipe, const guint8 *data, gsize length);
