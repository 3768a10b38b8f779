/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-endpoint.h"
#include "sim-work.h"

/* In what is said in streams, where it looks like text. */
#define SIM_MARK "4242424242"

/* What must hold in every world, whatever happens in it. */
struct _SimCheck
{
  GPtrArray *endpoints; /* all that ever were */
  SimEndpoint *at[2];   /* who is at the channel, by role */
  guint restarts[2];
  gboolean gentle;  /* nothing goes wrong but that programs end sessions */
  gboolean noisy;   /* text may be changed into other text */
  gboolean restored; /* somebody was, from a snapshot */
  gboolean hostile; /* somebody changes what they say: neither knows the truth about the other */
  char *violation;
};

typedef struct
{
  guint64 reached[2][GW_SESSION_N_STATES][GW_SESSION_N_INPUTS][2]; /* by role; and whether the table has it */
} SimCoverage;

extern SimCoverage *sim_coverage;

SimCheck *sim_check_new (void);
void sim_check_free (SimCheck *check);
guint sim_check_add (SimCheck *check, SimEndpoint *endpoint);
void sim_check_reached (SimEndpoint *endpoint, GwSessionState state, GwSessionInput input, gboolean known);
void sim_check_begin (SimEndpoint *endpoint);
void sim_check_end (SimEndpoint *endpoint, gint64 now_us);
void sim_check_lent (SimEndpoint *endpoint);
void sim_check_fail (SimEndpoint *endpoint, const char *format, ...) G_GNUC_PRINTF (2, 3);
void sim_check_output (SimEndpoint *endpoint, GBytes *bytes);
void sim_check_waiting (SimEndpoint *endpoint, gsize waiting);

void sim_check_text_request (SimEndpoint *endpoint, GBytes *object);
void sim_check_call (SimEndpoint *endpoint, const SimCall *call);
void sim_check_ended (SimEndpoint *endpoint, const SimCall *call, const GwSessionEvent *event, gint64 now_us);
guint64 sim_check_request (SimEndpoint *endpoint, const GwSessionEvent *event);
guint sim_check_told (SimEndpoint *endpoint, const GwSessionEvent *event, guint last);
void sim_check_resumed (SimEndpoint *endpoint);
void sim_check_closed (SimEndpoint *endpoint);
guint64 sim_check_stream_opened (SimEndpoint *endpoint, GBytes *purpose);
void sim_check_stream_heard (SimEndpoint *endpoint, const SimStream *stream, gsize length);
void sim_check_stream_heard_all (SimEndpoint *endpoint, const SimStream *stream);
