/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-session.h"

#include "gw-calls.h"
#include "gw-complaint.h"
#include "gw-line.h"
#include "gw-link.h"
#include "gw-mux.h"
#include "gw-open.h"
#include "gw-takeover.h"
#include "gw-text-sync.h"

G_BEGIN_DECLS

struct _GwSession
{
  GwSessionSettings settings;
  GwSessionState state;
  GQueue events;   /* of GwSessionEvent */
  GQueue lines;    /* of GBytes: text and last words, to be sent ahead of all else */
  GwCalls *calls;
  GwMux *mux;
  guint calls_open;     /* of ours: their owner has heard of no end */

  /* The session. */
  gboolean exists;      /* it may be resumed, or begins */
  gboolean established; /* the other side has sent a valid frame of it */
  guint8 id[GW_NONCE_SIZE];
  guint8 instance[GW_NONCE_SIZE]; /* of the agent */
  char **features;      /* that the other side has */
  GwLink *link;
  gint64 park_us;       /* when it ends, if nothing carries it; G_MAXINT64 while framed */
  GwLinkCounts counts;  /* of the link, when that was given up */
  guint64 junk;         /* bytes that came and were in no frame */

  /* The connection. */
  gint64 deadline_us;   /* of what the state waits for; G_MAXINT64 for none */
  guint8 host_nonce[GW_NONCE_SIZE];
  guint8 guest_nonce[GW_NONCE_SIZE];
  guint64 seed_out;
  gsize frame_max;      /* that may be sent */
  gint64 keepalive_us;  /* G_MAXINT64 for none */
  gint64 heard_us;      /* when the last valid frame came */
  gint64 doubt_us;      /* host: when a frame must have come; G_MAXINT64 for never */
  gboolean stream_was_last; /* the last frame was a stream's, and no message's */
  GwFrameReader *reader;
  GwTakeover *takeover; /* guest */
  GwComplaint *complaint; /* host */

  /* Host, until there are frames. */
  GwLine *line;
  gboolean after_reset; /* the last thing heard was 0xFF */
  GwTextSync sync;
  gint64 open_id;
  guint refusals;       /* of openings, one after another */
  guint hellos;         /* openings without a HELLO, one after another */
  gint64 give_up_us;    /* GREETING: when HELLO has been said often enough */
};

/* What an input brings with it. */
typedef struct
{
  gint64 now_us;
  const char *why;      /* of what ends something */
  GwOutcome outcome;    /* of calls that may have run, where a session ends */
  const GwOpen *open;   /* the other side's, where it has said one */
  JsonNode *id;         /* of the request */
  GByteArray *text;     /* for TAKEOVER and PEER_CLOSED: what a guest goes on with */
} GwSessionCause;

void gw_session_input (GwSession *session, GwSessionInput input, const GwSessionCause *cause);
void gw_session_end (GwSession *session, const char *why, GwOutcome outcome);
void gw_session_begin_frames (GwSession *session, const GwSessionCause *cause);
void gw_session_read_frames (GwSession *session, gint64 now_us);
void gw_session_drop_connection (GwSession *session);
GwSessionEvent *gw_session_push (GwSession *session, GwSessionEventKind kind);

/* What the table of gw-session.c has done where a state is entered. */
typedef void (*GwSessionAction) (GwSession *session, const GwSessionCause *cause);
void gw_session_begin_sync (GwSession *session, const GwSessionCause *cause);
void gw_session_sync_again (GwSession *session, const GwSessionCause *cause);
void gw_session_ask_open (GwSession *session, const GwSessionCause *cause);
void gw_session_start_host (GwSession *session, const GwSessionCause *cause);
void gw_session_restart_host (GwSession *session, const GwSessionCause *cause);
void gw_session_resume_host (GwSession *session, const GwSessionCause *cause);
void gw_session_start_guest (GwSession *session, const GwSessionCause *cause);
void gw_session_resume_guest (GwSession *session, const GwSessionCause *cause);

/* Host: bytes of the text voice. Returns how many it has used. */
gsize gw_session_receive_text (GwSession *session, const guint8 *data, gsize length, gint64 now_us);

G_END_DECLS
