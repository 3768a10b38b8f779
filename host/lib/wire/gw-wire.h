/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-address.h"
#include "gw-framed-call.h"
#include "gw-listener.h"

G_BEGIN_DECLS

/* The way to one agent: opens an address until the agent answers, and then
 * carries calls. Belongs to one main context at a time. */
typedef struct _GwWire GwWire;

typedef struct
{
  /* The agent answers. */
  void (*opened) (gpointer user_data);
  /* A call is over. @value and @error belong to the receiver; one is NULL. */
  void (*ended) (guint64 call, JsonNode *value, GError *error, gpointer user_data);
  /* The agent sent an event. @data may be NULL. */
  void (*told) (const char *name, JsonNode *data, gpointer user_data);
  /* It did not open, or it was open and is lost; every call has ended. */
  void (*closed) (const GError *error, gpointer user_data);
} GwWireEvents;

GwWire *gw_wire_new (GwAddress *address, GwListener *listener, const GwWireEvents *events, gpointer user_data);
void gw_wire_free (GwWire *wire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwWire, gw_wire_free)

void gw_wire_attach (GwWire *wire, GMainContext *context);
GMainContext *gw_wire_get_context (GwWire *wire);
void gw_wire_open (GwWire *wire, gint64 timeout_us);
void gw_wire_close (GwWire *wire);

void gw_wire_set_wants_frames (GwWire *wire, gboolean wants_frames);
gboolean gw_wire_is_framed (GwWire *wire);
const char *gw_wire_get_why_text (GwWire *wire);

guint64 gw_wire_call (GwWire *wire, const char *command, JsonNode *arguments, gint64 timeout_us, GError **error);
void gw_wire_take_pipes (GwWire *wire, guint64 call, GwPipeTaker taker, gpointer user_data);
void gw_wire_cancel (GwWire *wire, guint64 call);
void gw_wire_flush (GwWire *wire);

G_END_DECLS
