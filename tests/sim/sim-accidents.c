/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a channel does to bytes, by its nature or because a world wants it. */

#include "sim-channel-private.h"

/* --- Accidents ----------------------------------------------------------- */

static guint
accident_gap (SimChannel *channel)
{
  return channel->noise != 0 ? channel->noise : channel->kind->loss;
}

void
sim_pipe_plan_accident (SimChannel *channel, SimPipe *pipe)
{
  guint gap = accident_gap (channel);

  pipe->accident = gap == 0 ? G_MAXUINT64 : 1 + sim_below (&channel->random, 2 * gap);
}

/* Something happens to the byte at @data: returns how many are used up. What
 * a channel does on its own is loss only. */
static gsize
have_accident (SimChannel *channel, SimPipe *pipe, const guint8 *data, gsize length)
{
  guint what = channel->noise != 0 ? sim_below (&channel->random, 5) : 1;
  gsize most = 1 + sim_below (&channel->random, 100);
  gsize run = MIN (length, most);
  guint8 changed = *data ^ (1u << sim_below (&channel->random, 8));

  switch (what)
    {
    case 0:
      return 1;
    case 1:
      return run;
    case 2:
      sim_pipe_put (pipe, &changed, 1);
      return 1;
    case 3:
      sim_pipe_put (pipe, data, 1);
      sim_pipe_put (pipe, data, 1);
      return 1;
    default:
      sim_pipe_put (pipe, data, run);
      sim_pipe_put (pipe, data, run);
      return run;
    }
}

void
sim_pipe_put_with_accidents (SimChannel *channel, SimPipe *pipe, const guint8 *data, gsize length)
{
  while (length > 0)
    {
      gsize good = MIN (length, pipe->accident);

      sim_pipe_put (pipe, data, good);
      if (pipe->accident != G_MAXUINT64)
        pipe->accident -= good;
      if (good < length)
        {
          good += have_accident (channel, pipe, data + good, length - good);
          sim_pipe_plan_accident (channel, pipe);
        }
      data += good;
      length -= good;
    }
}

/* All but what a terminal takes for flow control. */
void
sim_pipe_put_flow (SimPipe *pipe, const guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (data[i] != 0x11 && data[i] != 0x13)
      sim_pipe_put (pipe, data + i, 1);
}

/* --- Faults -------------------------------------------------------------- */

/* One accident in @bytes; 0 for what the kind has by itself. */
void
sim_channel_set_noise (SimChannel *channel, guint bytes)
{
  channel->noise = bytes;
  for (guint i = 0; i < 2; i++)
    sim_pipe_plan_accident (channel, &channel->pipes[i]);
}

void
sim_channel_stall (SimChannel *channel, SimDirection to, gint64 until_us)
{
  channel->pipes[to].stalled_us = until_us;
}

void
sim_channel_echo (SimChannel *channel, SimDirection to, gint64 until_us)
{
  channel->pipes[to].echoes_us = until_us;
}

void
sim_channel_eat (SimChannel *channel, SimDirection to, gint64 until_us)
{
  channel->pipes[to].eats_us = until_us;
}

void
sim_channel_cut_after (SimChannel *channel, SimDirection to, gsize bytes)
{
  channel->pipes[to].cut_after = bytes;
}

gboolean
sim_channel_is_cut (SimChannel *channel)
{
  return channel->cut;
}

/* What was said before comes once more. */
void
sim_channel_repeat_old (SimChannel *channel, SimDirection to, gint64 now_us)
{
  SimPipe *pipe = &channel->pipes[to];
  gsize from = sim_below (&channel->random, pipe->old->len + 1);
  gsize length = sim_below (&channel->random, MIN (pipe->old->len - from, SIM_OLD_MAX) + 1);

  if (length == 0)
    return;
  if (sim_pipe_waiting (pipe) == 0)
    sim_pipe_set_ready (channel, pipe, 0, now_us);
  sim_pipe_put (pipe, pipe->old->data + from, length);
}

/* Nothing of what was said is anywhere any more. */
void
sim_channel_forget (SimChannel *channel)
{
  for (guint i = 0; i < 2; i++)
    {
      sim_pipe_drop_all (&channel->pipes[i]);
      g_byte_array_set_size (channel->pipes[i].old, 0);
    }
}

void
sim_channel_heal (SimChannel *channel, gint64 now_us)
{
  sim_channel_set_noise (channel, 0);
  for (guint i = 0; i < 2; i++)
    {
      channel->pipes[i].stalled_us = MIN (channel->pipes[i].stalled_us, now_us);
      channel->pipes[i].cut_after = G_MAXSIZE;
      channel->pipes[i].echoes_us = channel->pipes[i].eats_us = 0;
    }
}
