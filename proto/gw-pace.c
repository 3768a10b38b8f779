/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures a connection. Where bytes get lost, what is on the way is held at
 * twice what arrives in one round trip: enough for the channel to be busy, and
 * no more, since what waits in a hypervisor's queue may be dropped, and a ping
 * waits behind it. Where none get lost, all that is allowed goes. */

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

/* Nothing is on the way: this time says nothing of the channel. */
void
gw_pace_idle (GwPace *pace)
{
  pace->round_us = 0;
  pace->round_bytes = 0;
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
  guint64 wanted = 2 * pace->rate * (guint64) pace->min_rtt_us / G_USEC_PER_SEC;

  pace->window = CLAMP (wanted, MIN (GW_LINK_WINDOW_FIRST, pace->most), pace->most);
  pace->window = MAX (pace->window, pace->least);
}

/* @bytes were acknowledged. The rate is forgotten slowly: a writer that had
 * less to say is no slower channel. */
void
gw_pace_arrived (GwPace *pace, gsize bytes, gint64 now_us)
{
  gint64 passed_us;
  guint64 rate;

  if (!pace->lossy || pace->min_rtt_us == G_MAXINT64)
    return;
  pace->round_bytes += bytes;
  if (pace->round_us == 0)
    pace->round_us = now_us;
  passed_us = now_us - pace->round_us;
  if (passed_us < pace->min_rtt_us)
    return;
  rate = (guint64) pace->round_bytes * G_USEC_PER_SEC / (guint64) passed_us;
  pace->rate = MAX (rate, pace->rate - pace->rate / 8);
  pace->round_us = now_us;
  pace->round_bytes = 0;
  aim (pace);
}

/* Too much was on the way, or the line is bad: less either way. */
void
gw_pace_lost (GwPace *pace)
{
  if (!pace->lossy)
    return;
  pace->rate /= 2;
  gw_pace_idle (pace);
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
