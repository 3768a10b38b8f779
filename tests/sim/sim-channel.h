/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-session.h"
#include "sim-random.h"

#define SIM_MS G_GINT64_CONSTANT (1000)
#define SIM_SECOND (1000 * SIM_MS)

typedef enum
{
  SIM_TO_GUEST,
  SIM_TO_HOST,
} SimDirection;

/* How a kind of channel behaves. */
typedef struct
{
  const char *name;
  const GwSessionKind *session;
  gboolean reports;        /* the guest is told of a host that comes or goes */
  gboolean cooked;         /* the guest's end echoes until somebody holds it raw */
  gboolean sticky;         /* the end of what was written waits for the next write of either side */
  gboolean loses_middle;   /* when more waits for the host than fits */
  gboolean dribbles;       /* most reads get one byte */
  gboolean overruns;       /* a reader that is late loses bytes */
  gsize capacity[2];       /* what may wait, by direction; more is not taken */
  gsize read_max[2];       /* bytes of one read */
  gint64 delay_us;         /* between two reads, at most */
  gint64 byte_us;          /* that a byte takes */
  guint share;             /* of all worlds */
  guint loss;              /* one accident in so many bytes, always; 0 for none */
} SimKind;

extern const SimKind sim_kinds[];
extern const guint sim_n_kinds;
const SimKind *sim_find_kind (const char *name);

/* Both directions of a byte pipe between a host and a guest, with the sins of
 * its kind. Knows nothing of what is said over it. */
typedef struct _SimChannel SimChannel;

SimChannel *sim_channel_new (const SimKind *kind, guint64 seed);
void sim_channel_free (SimChannel *channel);

gsize sim_channel_write (SimChannel *channel, SimDirection to, const guint8 *data, gsize length, gint64 now_us);
gsize sim_channel_read (SimChannel *channel, SimDirection to, guint8 *data, gsize size, gint64 now_us);
gint64 sim_channel_get_due (SimChannel *channel, SimDirection to);
gsize sim_channel_get_waiting (SimChannel *channel, SimDirection to);
gboolean sim_channel_has_room (SimChannel *channel, SimDirection to);

void sim_channel_attach (SimChannel *channel, gint64 now_us);
void sim_channel_detach (SimChannel *channel);
void sim_channel_set_raw (SimChannel *channel, gboolean raw);

/* Faults. */
void sim_channel_set_noise (SimChannel *channel, guint bytes);
void sim_channel_stall (SimChannel *channel, SimDirection to, gint64 until_us);
void sim_channel_echo (SimChannel *channel, SimDirection to, gint64 until_us);
void sim_channel_eat (SimChannel *channel, SimDirection to, gint64 until_us);
void sim_channel_cut_after (SimChannel *channel, SimDirection to, gsize bytes);
gboolean sim_channel_is_cut (SimChannel *channel);
void sim_channel_repeat_old (SimChannel *channel, SimDirection to, gint64 now_us);
void sim_channel_forget (SimChannel *channel);
void sim_channel_heal (SimChannel *channel, gint64 now_us);
