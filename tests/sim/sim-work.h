/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-endpoint.h"

/* A call that was made, and what became of it. */
typedef struct
{
  guint64 uid;
  guint64 id;
  GBytes *body;
  gint64 made_us;
  gint64 timeout_us;
  gint64 cancel_us; /* or G_MAXINT64 */
  gboolean cancelled;
  gboolean ended;
  GwOutcome outcome;
  gboolean in_old_life; /* before its machine was restored */
} SimCall;

/* A request that came, which the program would run. */
typedef struct
{
  guint64 uid;
  guint64 id;
  gint64 due_us;
  gboolean over;
  gboolean refused;
  GBytes *answer;
} SimRequest;

typedef struct
{
  guint64 uid;
  guint16 id;
  gboolean mine;
  gboolean accepted; /* by whoever did not open it */
  gboolean over;     /* the id means another stream, or none */
  gboolean reset;
  gboolean said_all, heard_all;
  gboolean no_room;  /* until it is said that there is */
  gsize target;      /* bytes to say */
  guint style;
  GByteArray *said;
  GByteArray *heard;
  gsize used; /* of heard */
  gint64 next_us;
} SimStream;

struct _SimWork
{
  SimEndpoint *endpoint;
  GPtrArray *calls;
  GPtrArray *requests;
  GPtrArray *streams;
  gint64 next_us; /* something new is begun */
  guint told, heard;
  gboolean heard_any; /* in this session */
  SimCall *probe;
};

SimWork *sim_work_new (SimEndpoint *endpoint);
void sim_work_free (SimWork *work);
void sim_work_event (SimWork *work, const GwSessionEvent *event, gint64 now_us);
void sim_work_pass_time (SimWork *work, gint64 now_us);
gint64 sim_work_get_deadline (SimWork *work);
void sim_work_probe (SimWork *work, gint64 now_us);
gboolean sim_work_is_done (SimWork *work);

/* Its streams: sim-streams.c. */
gsize sim_work_some_size (SimWork *work, gsize usual, gsize large);
void sim_streams_begin (SimWork *work, gint64 now_us);
void sim_streams_event (SimWork *work, const GwSessionEvent *event, gint64 now_us);
void sim_streams_pass_time (SimWork *work, gint64 now_us);
gint64 sim_streams_get_deadline (SimWork *work);
void sim_stream_free (SimStream *stream);
