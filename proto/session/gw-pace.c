/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures a connection. Where bytes get lost, what is on the way is held at
 * twice what arrives in one round trip and the time that an acknowledgement may
 * wait: enough for the channel to be busy, and no more, since what waits in a
 * hypervisor's queue may be dropped, and a ping waits behind it. Where none get
 * lost, all that is allowed goes. */

#include "gw-pace.h"

#include "gw-limits.h"

/**
 * gw_pace_start:
 * @least: bytes: one frame
 * @most: bytes
 */
void
gw_pace_start (GwPace *pace, gboolean lossy, gsize least, gsize most)
{
  *pace = (GwPace){
    .lossy = lossy,
    .least = least,
    .most = MAX (least, most),
    .min_rtt_us = G_MAXINT64,
  };
  pace->window = lossy ? CLAMP (GW_LINK_WINDOW_FIRST, pace->least, pace->most) : pace->most;
}

/* RFC 6298, 2. */
void
gw_pace_timed (GwPace *pace, gint64 rtt_us)
{
  rtt_us = MAX (rtt_us, 1);
  pace->min_rtt_us = MIN (pace->min_rtt_us, rtt_us);
  if (pace->srtt_us == 0)
    {
      pace->srtt_us = rtt_us;
      pace->rttvar_us = rtt_us / 2;
      return;
    }
  pace->rttvar_us = (3 * pace->rttvar_us + ABS (pace->srtt_us - rtt_us)) / 4;
  pace->srtt_us = MAX (1, (7 * pace->srtt_us + rtt_us) / 8);
}

static void
aim (GwPace *pace)
{
  guint64 wanted = 2 * pace->rate * (guint64) (pace->min_rtt_us + GW_LINK_ACK_US) / G_USEC_PER_SEC;

  pace->window = CLAMP (wanted, MIN (GW_LINK_WINDOW_FIRST, pace->most), pace->most);
  pace->window = MAX (pace->window, pace->least);
}

/* @bytes were acknowledged. */
void
gw_pace_arrived (GwPace *pace, gsize bytes)
{
  pace->arrived += bytes;
}

/**
 * gw_pace_measured:
 * @arrived_before: what had arrived when a frame was sent that arrived now
 * @took_us: between the two
 *
 * A writer that has less to say is no slower channel: a lower rate counts only
 * where half a window went.
 */
void
gw_pace_measured (GwPace *pace, guint64 arrived_before, gint64 took_us)
{
  guint64 bytes = pace->arrived - arrived_before;
  guint64 rate = bytes * G_USEC_PER_SEC / (guint64) MAX (took_us, 1);

  gw_pace_timed (pace, took_us);
  if (!pace->lossy)
    return;
  if (rate >= pace->rate)
    pace->rate = rate;
  else if (bytes >= pace->window / 2)
    pace->rate -= (pace->rate - rate) / 8;
  aim (pace);
}

/* Too much was on the way, or the line is bad: less either way. */
void
gw_pace_lost (GwPace *pace)
{
  if (!pace->lossy)
    return;
  pace->rate /= 2;
  pace->window = MAX (pace->window / 2, MAX (pace->least, MIN (GW_LINK_WINDOW_FIRST, pace->most)));
}

/* How long an answer may take before it is asked for, in microseconds. */
gint64
gw_pace_patience (const GwPace *pace)
{
  if (!pace->lossy)
    return GW_LINK_ASK_LOSS_FREE_US;
  return CLAMP (pace->srtt_us + 4 * pace->rttvar_us, GW_LINK_ASK_LEAST_US, GW_LINK_ASK_MOST_US);
}
