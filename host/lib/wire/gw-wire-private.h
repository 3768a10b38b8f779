/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-connector.h"
#include "gw-framed-caller.h"
#include "gw-rival.h"
#include "gw-text-caller.h"
#include "gw-wire.h"

G_BEGIN_DECLS

typedef enum
{
  GW_WIRE_CLOSED,
  GW_WIRE_WAITING,    /* to try again */
  GW_WIRE_CONNECTING,
  GW_WIRE_GREETING,   /* connected, and no answer yet */
  GW_WIRE_OPEN,
} GwWireState;

struct _GwWire
{
  GwAddress *address;
  GwListener *listener; /* of an address that the hypervisor connects to, else NULL */
  char *shown; /* the address, as UTF-8 */
  const GwWireEvents *events;
  gpointer user_data;

  GwWireState state;
  gboolean opened;       /* said so; a session may be without a connection since */
  GMainContext *context;
  GSource *timer;        /* the only one */
  GwConnector *connector; /* CONNECTING */
  GwPort *port;          /* GREETING, OPEN */
  GwRival *rival;        /* the same, of a listener, while the port is silent */
  gint64 rival_us;       /* from when on it counts as silent in GREETING */

  /* One of these at a time. */
  GwTextCaller *text;     /* GREETING, OPEN */
  GwFramedCaller *framed; /* the same, and as long as there is a session */
  gboolean wants_frames;  /* asks for them, each time it is opened */
  char *why_text;         /* asked, and there are none */
  gboolean pumping;

  gint64 timeout_us;     /* of the opening; G_MAXINT64: none */
  gint64 deadline_us;    /* of the opening, or of opening it again; G_MAXINT64: none */
  gint64 connect_us;     /* WAITING: when to try again */
  guint connect_again_ms;
  GError *why_not;       /* what the last try met */
};

extern const GwPortEvents gw_wire_port_events;

void gw_wire_begin_voice (GwWire *wire);
void gw_wire_end_voice (GwWire *wire, const char *why);
void gw_wire_leave_session (GwWire *wire, const char *why);
void gw_wire_pump (GwWire *wire);

void gw_wire_set_timer (GwWire *wire);
void gw_wire_begin_on (GwWire *wire, GwEnds *ends);
void gw_wire_look_for_rivals (GwWire *wire);
gint64 gw_wire_get_rival_deadline (GwWire *wire);
void gw_wire_drop_port (GwWire *wire);
void gw_wire_lose_port (GwWire *wire, const char *why);
void gw_wire_give_up (GwWire *wire, GError *error);
void gw_wire_refused (GwWire *wire, GError *error, gboolean may_pass);

G_END_DECLS
