/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Channels as they are found in the field: what they lose, change, repeat,
 * echo and keep back, and what they do when a side comes or goes. */

#include "sim-channel-private.h"

#include <string.h>

#include "gw-limits.h"

#define KEPT_TTY 4096        /* what a cooked terminal keeps without a newline (N_TTY_BUF_SIZE) */

/* --- Pipes --------------------------------------------------------------- */

void
sim_pipe_put (SimPipe *pipe, const guint8 *data, gsize length)
{
  g_byte_array_append (pipe->bytes, data, length);
}

gsize
sim_pipe_waiting (const SimPipe *pipe)
{
  return pipe->bytes->len - pipe->head;
}

void
sim_pipe_drop_all (SimPipe *pipe)
{
  g_byte_array_set_size (pipe->bytes, 0);
  g_byte_array_set_size (pipe->kept, 0);
  pipe->head = 0;
  pipe->stuck = FALSE;
}

void
sim_pipe_set_ready (SimChannel *channel, SimPipe *pipe, gsize bytes, gint64 now_us)
{
  pipe->ready_us = now_us + bytes * channel->kind->byte_us + sim_between (&channel->random, 1, channel->kind->delay_us);
}

/* QEMU's queue of a Xen console: its ends survive. */
static void
lose_middle (SimPipe *pipe)
{
  gsize half = pipe->capacity / 2;

  if (sim_pipe_waiting (pipe) > pipe->capacity)
    g_byte_array_remove_range (pipe->bytes, pipe->head + half, sim_pipe_waiting (pipe) - pipe->capacity);
}

static void
remember (SimPipe *pipe, const guint8 *data, gsize length)
{
  g_byte_array_append (pipe->old, data, length);
  if (pipe->old->len > 2 * SIM_OLD_MAX)
    g_byte_array_remove_range (pipe->old, 0, pipe->old->len - SIM_OLD_MAX);
}

/* --- A cooked terminal --------------------------------------------------- */

static void
echo (SimChannel *channel, guint8 c, gint64 now_us)
{
  SimPipe *back = &channel->pipes[SIM_TO_HOST];
  const guint8 caret[2] = { '^', c ^ 0x40 };

  if (sim_pipe_waiting (back) >= back->capacity || !channel->attached)
    return;
  if (sim_pipe_waiting (back) == 0)
    sim_pipe_set_ready (channel, back, 0, now_us);
  if (c == '\n')
    sim_pipe_put (back, (const guint8 *) "\r\n", 2);
  else if (c < 0x20 && c != '\t')
    sim_pipe_put (back, caret, 2);
  else
    sim_pipe_put (back, &c, 1);
}

/* As N_TTY does by default: echo, signals, flow control, lines. */
static void
cook (SimChannel *channel, guint8 c, gint64 now_us)
{
  SimPipe *pipe = &channel->pipes[SIM_TO_GUEST];

  if (c == 0x11 || c == 0x13)
    return;
  if (c == '\r')
    c = '\n';
  echo (channel, c, now_us);
  if (c == 0x03 || c == 0x1A || c == 0x1C || c == 0x15)
    g_byte_array_set_size (pipe->kept, 0);
  else if (c == 0x7F || c == 0x17)
    g_byte_array_set_size (pipe->kept, pipe->kept->len - MIN (pipe->kept->len, 1));
  else if (pipe->kept->len < KEPT_TTY)
    g_byte_array_append (pipe->kept, &c, 1);
  if (c == '\n' || c == 0x04)
    {
      sim_pipe_put (pipe, pipe->kept->data, pipe->kept->len);
      g_byte_array_set_size (pipe->kept, 0);
    }
}

void
sim_channel_set_raw (SimChannel *channel, gboolean raw)
{
  SimPipe *pipe = &channel->pipes[SIM_TO_GUEST];

  channel->raw = raw;
  /* What came before is there, mangled, or was flushed. */
  if (raw && sim_percent (&channel->random, 50))
    sim_pipe_put (pipe, pipe->kept->data, pipe->kept->len);
  g_byte_array_set_size (pipe->kept, 0);
}

/* --- Reading and writing ------------------------------------------------- */

SimChannel *
sim_channel_new (const SimKind *kind, guint64 seed)
{
  static const gsize xen_queues[] = { GW_MIB, 64 * GW_KIB, 12 * GW_KIB };
  SimChannel *channel = g_new0 (SimChannel, 1);

  channel->kind = kind;
  channel->random.state = seed;
  channel->raw = TRUE;
  for (guint i = 0; i < 2; i++)
    {
      channel->pipes[i].bytes = g_byte_array_new ();
      channel->pipes[i].old = g_byte_array_new ();
      channel->pipes[i].kept = g_byte_array_new ();
      channel->pipes[i].capacity = kind->capacity[i];
      channel->pipes[i].cut_after = G_MAXSIZE;
      sim_pipe_plan_accident (channel, &channel->pipes[i]);
    }
  if (kind->loses_middle)
    channel->pipes[SIM_TO_HOST].capacity = xen_queues[sim_below (&channel->random, G_N_ELEMENTS (xen_queues))];
  return channel;
}

void
sim_channel_free (SimChannel *channel)
{
  for (guint i = 0; i < 2; i++)
    {
      g_byte_array_unref (channel->pipes[i].bytes);
      g_byte_array_unref (channel->pipes[i].old);
      g_byte_array_unref (channel->pipes[i].kept);
    }
  g_free (channel);
}

gsize
sim_channel_get_waiting (SimChannel *channel, SimDirection to)
{
  return sim_pipe_waiting (&channel->pipes[to]);
}

/* Whether a write is taken, and not in vain for ever. */
gboolean
sim_channel_has_room (SimChannel *channel, SimDirection to)
{
  SimPipe *pipe = &channel->pipes[to];

  if (to == SIM_TO_HOST && !channel->attached)
    return !channel->kind->reports;
  return (to == SIM_TO_HOST && channel->kind->loses_middle) || sim_pipe_waiting (pipe) < pipe->capacity;
}

static gsize
taken_of (SimChannel *channel, SimDirection to, gsize length)
{
  SimPipe *pipe = &channel->pipes[to];

  if (!sim_channel_has_room (channel, to))
    return 0;
  if (to == SIM_TO_HOST && (channel->kind->loses_middle || !channel->attached))
    return length;
  return MIN (length, pipe->capacity - sim_pipe_waiting (pipe));
}

static void
come_back (SimChannel *channel, SimDirection to, const guint8 *data, gsize length, gint64 now_us)
{
  SimPipe *back = &channel->pipes[!to];

  if (sim_pipe_waiting (back) == 0)
    sim_pipe_set_ready (channel, back, 0, now_us);
  sim_pipe_put (back, data, length);
}

/**
 * sim_channel_write:
 *
 * Returns: how many of the bytes the channel has taken
 */
gsize
sim_channel_write (SimChannel *channel, SimDirection to, const guint8 *data, gsize length, gint64 now_us)
{
  SimPipe *pipe = &channel->pipes[to];
  gsize taken = taken_of (channel, to, length);
  gboolean lost = to == SIM_TO_HOST && !channel->attached && !channel->kind->loses_middle;

  if (pipe->cut_after != G_MAXSIZE && taken >= pipe->cut_after)
    {
      taken = pipe->cut_after;
      channel->cut = TRUE;
      pipe->cut_after = G_MAXSIZE;
    }
  if (pipe->cut_after != G_MAXSIZE)
    pipe->cut_after -= taken;
  remember (pipe, data, taken);
  if (channel->kind->overruns && pipe->stalled_us > now_us && sim_pipe_waiting (pipe) > 0)
    lost = TRUE;
  channel->pipes[SIM_TO_GUEST].stuck = channel->pipes[SIM_TO_HOST].stuck = FALSE;
  if (lost || taken == 0)
    return taken;
  if (pipe->echoes_us > now_us)
    come_back (channel, to, data, taken, now_us);
  if (sim_pipe_waiting (pipe) == 0)
    sim_pipe_set_ready (channel, pipe, MIN (taken, channel->kind->read_max[to]), now_us);
  if (to == SIM_TO_GUEST && !channel->raw)
    for (gsize i = 0; i < taken; i++)
      cook (channel, data[i], now_us);
  else if (pipe->eats_us > now_us)
    sim_pipe_put_flow (pipe, data, taken);
  else
    sim_pipe_put_with_accidents (channel, pipe, data, taken);
  if (to == SIM_TO_HOST && channel->kind->loses_middle)
    lose_middle (pipe);
  return taken;
}

/**
 * sim_channel_get_due:
 *
 * Returns: when there is something to read, or %G_MAXINT64
 */
gint64
sim_channel_get_due (SimChannel *channel, SimDirection to)
{
  SimPipe *pipe = &channel->pipes[to];

  if (sim_pipe_waiting (pipe) == 0 || pipe->stuck || (to == SIM_TO_HOST && !channel->attached))
    return G_MAXINT64;
  return MAX (pipe->ready_us, pipe->stalled_us);
}

gsize
sim_channel_read (SimChannel *channel, SimDirection to, guint8 *data, gsize size, gint64 now_us)
{
  SimPipe *pipe = &channel->pipes[to];
  gsize most = MIN (MIN (size, channel->kind->read_max[to]), sim_pipe_waiting (pipe));
  gsize length = most;

  if (channel->kind->dribbles && sim_percent (&channel->random, 96))
    length = 1;
  else if (channel->kind->byte_us == 0 && sim_percent (&channel->random, 30))
    length = 1 + sim_below (&channel->random, most);
  memcpy (data, pipe->bytes->data + pipe->head, length);
  pipe->head += length;
  if (sim_pipe_waiting (pipe) == 0 || pipe->head > 64 * GW_KIB)
    {
      g_byte_array_remove_range (pipe->bytes, 0, pipe->head);
      pipe->head = 0;
    }
  sim_pipe_set_ready (channel, pipe, MIN (sim_pipe_waiting (pipe), channel->kind->read_max[to]), now_us);
  /* A ring's event was lost: the rest goes with the next one. */
  pipe->stuck = channel->kind->sticky && to == SIM_TO_HOST && sim_percent (&channel->random, 5);
  return length;
}

/* --- A host comes and goes ----------------------------------------------- */

void
sim_channel_attach (SimChannel *channel, gint64 now_us)
{
  channel->attached = TRUE;
  channel->cut = FALSE;
  /* What is left there comes with the next event, to whoever is there then. */
  channel->pipes[SIM_TO_HOST].stuck = channel->kind->sticky;
}

/* What is on its way is dropped, or reaches the next one: both are seen. */
void
sim_channel_detach (SimChannel *channel)
{
  channel->attached = FALSE;
  if (!channel->kind->sticky && sim_percent (&channel->random, 50))
    sim_pipe_drop_all (&channel->pipes[SIM_TO_GUEST]);
  if (!channel->kind->sticky && sim_percent (&channel->random, 50))
    sim_pipe_drop_all (&channel->pipes[SIM_TO_HOST]);
}
