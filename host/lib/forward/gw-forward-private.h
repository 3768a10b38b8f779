/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-acceptor.h"
#include "gw-client-private.h"
#include "gw-forward-connection.h"
#include "gw-forward.h"
#include "gw-wait.h"

G_BEGIN_DECLS

struct _GwForward
{
  GObject parent_instance;

  GwClient *client;
  GwForwardDirection direction;
  char *listen;  /* as it was given; once it listens, in full */
  char *connect;
  guint mode;    /* of a unix socket that it listens on */

  gboolean started; /* it can be started once */
  gboolean stopped;
  GMainContext *context; /* where it works; NULL before it is started */
  GwEndpoint *listen_at;
  GwEndpoint *connect_to;
  GwWait *starting;
  gboolean listening;
  GwAcceptor *acceptor; /* to the guest */
  guint64 call;         /* to the host: what listens there; 0: nothing does */
  GSource *again;       /* until it is tried again */
  guint again_ms;
  GCancellable *opening; /* of the client, by this; or NULL */
  gulong state_handler;  /* of the client */

  GHashTable *connections; /* of GwForwardConnection */
  GQueue waiting;          /* those that wait for the client to be open */
  guint64 last_id;
  GQueue news;             /* to be told, of News */
};

GwForwardConnection *gw_forward_add_connection (GwForward *forward, const char *peer);
void gw_forward_set_listening (GwForward *forward, gboolean listening);

/* What is told later, from the forward's own context. */
void gw_forward_tell_opened (GwForward *forward, guint64 id, const char *peer);
void gw_forward_tell_failed (GwForward *forward, guint64 id, const char *peer, const GError *error);
void gw_forward_tell_closed (GwForward *forward, guint64 id, guint64 to_guest, guint64 to_host, const GError *error);
void gw_forward_tell_lost (GwForward *forward, const GError *error);
void gw_forward_unref_later (GwForward *forward);
void gw_forward_drop_news (GwForward *forward);
void gw_forward_add_signals (void);

/* To the guest. */
void gw_forward_listen_here (GwForward *forward);
void gw_forward_send_waiting (GwForward *forward);
void gw_forward_refuse_waiting (GwForward *forward, const GError *error);

/* To the host. */
void gw_forward_listen_there (GwForward *forward);

void gw_forward_started (GwForward *forward, GError *error);
gboolean gw_forward_is_ready (GwForward *forward, GError **error);
void gw_forward_open_client (GwForward *forward);
void gw_forward_try_again (GwForward *forward);

G_END_DECLS
