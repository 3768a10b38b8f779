/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"
#include "gw-pending.h"
#include "gw-wire.h"

G_BEGIN_DECLS

struct _GwClient
{
  GObject parent_instance;

  GwAddress *address;
  GwListener *listener; /* of an address that the hypervisor connects to, else NULL */
  GwWire *wire;
  GwClientState state;
  GMainContext *home;   /* where it lives when no blocking call waits; NULL before the first open */
  GSource *notifying;   /* will tell of a new state */
  GwPending *open;      /* the task of the opening */
  GError *open_error;   /* what the opening ends with, once it is explained */
  GCancellable *explaining;
  guint events;         /* on their way to the program */
  GHashTable *calls;    /* number -> GwPending* */
  GHashTable *live_calls; /* number -> LiveCall* */
  gboolean wants_frames;
  guint forwarded;      /* connections, of all that is forwarded by it */
  gboolean left;        /* closed by the program, and not opened since */
};

static inline gint64
gw_client_timeout_to_us (int timeout_ms)
{
  if (timeout_ms == GW_TIMEOUT_NONE)
    return G_MAXINT64;
  return (timeout_ms == GW_TIMEOUT_DEFAULT ? 30000 : timeout_ms) * G_GINT64_CONSTANT (1000);
}

void gw_client_emit_event (GwClient *client, const char *name, JsonNode *data);

/* Between these two the client lives on @context only. The first returns
 * where it lived before. */
GMainContext *gw_client_move_in (GwClient *client, GMainContext *context);
void gw_client_move_out (GwClient *client, GMainContext *home);

void gw_client_settle (GwClient *client);
GMainContext *gw_client_get_context (GwClient *client);
void gw_client_set_state (GwClient *client, GwClientState state);

/* A call in frames that has pipes. These run inside of the wire's events, on
 * whatever context the client lives on then: they make no call of the program,
 * and drop no last reference. */
typedef struct
{
  GwPipeTaker pipe;
  /* @value and @error belong to the receiver; one is NULL. */
  void (*ended) (JsonNode *value, GError *error, gpointer user_data);
} GwLiveCallEvents;

guint64 gw_client_begin_live_call (GwClient *client, const char *command, JsonNode *arguments,
                                   const GwLiveCallEvents *events, gpointer user_data, GError **error);
void gw_client_cancel_call (GwClient *client, guint64 call);

/* The wire's events. */
void gw_client_on_opened (gpointer client);
void gw_client_on_ended (guint64 call, JsonNode *value, GError *error, gpointer client);
void gw_client_on_told (const char *name, JsonNode *data, gpointer client);
void gw_client_on_closed (const GError *error, gpointer client);

G_END_DECLS
