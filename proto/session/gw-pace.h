/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many bytes are wise to have on the way, and how long an answer takes.
 * Knows no frame. */
typedef struct
{
  gboolean lossy;
  gsize least;
  gsize most;
  gsize window;
  gint64 srtt_us;   /* 0: not known */
  gint64 rttvar_us;
  gint64 min_rtt_us;
  guint64 rate;     /* bytes a second that arrived, lately */
  guint64 arrived;  /* bytes, in all */
} GwPace;

void gw_pace_start (GwPace *pace, gboolean lossy, gsize least, gsize most);
void gw_pace_timed (GwPace *pace, gint64 rtt_us);
void gw_pace_arrived (GwPace *pace, gsize bytes);
void gw_pace_measured (GwPace *pace, guint64 arrived_before, gint64 took_us);
void gw_pace_lost (GwPace *pace);
gint64 gw_pace_patience (const GwPace *pace);

G_END_DECLS
