/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-line.h"
#include "gw-session.h"

/* A host and a guest on a channel that the test cuts, spoils and delays. Both
 * sides' clock is the test's. */
typedef struct
{
  GwSession *host;
  GwSession *guest;
  GwLine *line;        /* the guest's text voice */
  gint64 now_us;
  guint32 seed;
  GwSessionKind kind;
  GByteArray *to_guest; /* on the way */
  GByteArray *to_host;
  GString *at[2];      /* events of host and guest, as "opened ended:reply " */
  GString *run;        /* requests of the text voice that a guest took up */
  GByteArray *at_host; /* stream data */
  GByteArray *at_guest;
  GBytes *last_bytes;  /* of the last request, reply or event */
  gboolean stock;      /* the agent knows no guestwire-open */
  gboolean no_consume;
  gint64 keepalive_us; /* the host's */
  gsize piece;         /* bytes of one read; 0 for all */
  gboolean stopped;    /* the guest is paused */
  gboolean guest_lost; /* bytes to the guest are lost */
  gboolean host_lost;
  guint8 instance[GW_NONCE_SIZE];
} Pair;

void pair_start (Pair *pair, const GwSessionKind *kind);
void pair_start_alive (Pair *pair, const GwSessionKind *kind, gint64 keepalive_us);
void pair_stop (Pair *pair);
void pair_restart_guest (Pair *pair);

gboolean pair_turn (Pair *pair);               /* one write and one read of each side */
void pair_pump (Pair *pair);                  /* moves bytes until none is left */
void pair_wait (Pair *pair, gint64 us);       /* the same for a time, with timers */
void pair_cut (Pair *pair, gboolean reported); /* the host's connection ends; the guest may be told */
void pair_open (Pair *pair);                  /* connects, until there is a session */
void pair_say (Pair *pair, const char *text); /* a text client's words to the guest; '~' is 0xFF */
void pair_assert_events (Pair *pair, const char *host, const char *guest);
void pair_forget_events (Pair *pair);

guint64 pair_call (Pair *pair, const char *body);
guint16 pair_stream (Pair *pair);
void pair_write (GwSession *session, guint16 stream, const char *text);
