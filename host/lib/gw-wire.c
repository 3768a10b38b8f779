/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings a port, the text voice and the clock together on a main context, and
 * opens the port again and again until an agent answers. Knows no program's
 * context and no task.
 *
 * Its events may close it or start calls, but not free it. */

#include "gw-wire.h"

#include "gw-alarm.h"
#include "gw-connector.h"
#include "gw-listener-private.h"
#include "gw-refusal.h"
#include "gw-text-caller.h"

/* A hypervisor that is starting makes its socket within this. */
#define CONNECT_AGAIN_FIRST_MS 20
#define CONNECT_AGAIN_LAST_MS 1000

typedef enum
{
  CLOSED,
  WAITING,    /* to try again */
  CONNECTING,
  GREETING,   /* connected, and no answer yet */
  OPEN,
} State;

struct _GwWire
{
  GwAddress *address;
  GwListener *listener; /* of a unix-listen: address, else NULL */
  char *shown; /* the address, as UTF-8 */
  const GwWireEvents *events;
  gpointer user_data;

  State state;
  GMainContext *context;
  GSource *timer;        /* the only one */
  GwConnector *connector; /* CONNECTING */
  GwPort *port;          /* GREETING, OPEN */
  GwTextCaller *caller;  /* GREETING, OPEN */

  gint64 timeout_us;     /* of the opening; G_MAXINT64: none */
  gint64 deadline_us;    /* of the opening; G_MAXINT64: none */
  gint64 connect_us;     /* WAITING: when to try again */
  guint connect_again_ms;
  GError *why_not;       /* what the last try met */
};

static void give_up (GwWire *wire, GError *error);
static void connect_again_later (GwWire *wire, GError *why_not);

/* --- The clock ---------------------------------------------------------- */

static gint64
next_deadline (GwWire *wire)
{
  gint64 deadline_us = wire->state == OPEN || wire->state == CLOSED ? G_MAXINT64 : wire->deadline_us;

  if (wire->state == WAITING)
    deadline_us = MIN (deadline_us, wire->connect_us);
  if (wire->caller != NULL)
    deadline_us = MIN (deadline_us, gw_text_caller_get_deadline (wire->caller));
  return deadline_us;
}

static void
set_timer (GwWire *wire)
{
  if (wire->timer != NULL)
    gw_alarm_set (wire->timer, next_deadline (wire));
}

/* --- The port ----------------------------------------------------------- */

static void
drop_port (GwWire *wire)
{
  g_clear_pointer (&wire->connector, gw_connector_free);
  g_clear_pointer (&wire->caller, gw_text_caller_free);
  if (wire->port == NULL)
    return;
  g_clear_pointer (&wire->port, gw_port_free);
  if (wire->listener != NULL)
    gw_listener_release (wire->listener);
}

/* @why in the middle of "COMMAND: …; the command may have run". */
static void
lose_port (GwWire *wire, const char *why)
{
  g_autoptr (GwTextCaller) caller = g_steal_pointer (&wire->caller);
  gboolean was_open = wire->state == OPEN;

  drop_port (wire);
  wire->state = CLOSED;
  /* All calls have ended before any event, which may open again. */
  gw_text_caller_lose (caller, why);
  for (;;)
    {
      g_auto (GwTextCallerEvent) event = { 0 };

      if (gw_text_caller_next (caller, &event) == GW_TEXT_CALLER_NONE)
        break;
      if (event.kind == GW_TEXT_CALLER_ENDED)
        wire->events->ended (event.call, g_steal_pointer (&event.value), g_steal_pointer (&event.error),
                             wire->user_data);
    }
  if (was_open)
    give_up (wire, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, why));
  else
    connect_again_later (wire, g_error_new (GW_ERROR, GW_ERROR_CONNECT, "%s: %s before any agent answered",
                                            wire->shown, why));
}

static void on_connect_failed (GError *error, gboolean may_pass, gpointer user_data);

/* The module that speaks to libvirt says why it cannot. */
static void
take_refusal (GwWire *wire, GwTextCallerEvent *event)
{
  gboolean final = TRUE;
  GError *refusal = gw_refusal_read (event->name, event->value, &final);

  if (refusal == NULL)
    return;
  g_prefix_error (&refusal, "%s: ", wire->shown);
  drop_port (wire);
  on_connect_failed (refusal, !final, wire);
}

static void
take_event (GwWire *wire, GwTextCallerEvent *event)
{
  g_autoptr (GError) error = NULL;

  switch (event->kind)
    {
    case GW_TEXT_CALLER_DROP:
      gw_port_drop_output (wire->port);
      break;
    case GW_TEXT_CALLER_SEND:
      if (!gw_port_send (wire->port, event->bytes, &error))
        lose_port (wire, error->message);
      break;
    case GW_TEXT_CALLER_SYNCED:
      wire->state = OPEN;
      wire->events->opened (wire->user_data);
      break;
    case GW_TEXT_CALLER_ENDED:
      wire->events->ended (event->call, g_steal_pointer (&event->value), g_steal_pointer (&event->error),
                           wire->user_data);
      break;
    case GW_TEXT_CALLER_TOLD:
      if (wire->state == GREETING && gw_address_get_kind (wire->address) == GW_ADDRESS_LIBVIRT)
        take_refusal (wire, event);
      else
        wire->events->told (event->name, event->value, wire->user_data);
      break;
    case GW_TEXT_CALLER_NONE:
    default:
      break;
    }
}

/* Hands on what the caller has to say, and sets the clock. */
static void
pump (GwWire *wire)
{
  while (wire->caller != NULL)
    {
      g_auto (GwTextCallerEvent) event = { 0 };

      if (gw_text_caller_next (wire->caller, &event) == GW_TEXT_CALLER_NONE)
        break;
      take_event (wire, &event);
    }
  set_timer (wire);
}

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  GwWire *wire = user_data;

  gw_text_caller_receive (wire->caller, data, length, g_get_monotonic_time ());
  pump (wire);
}

static void
on_peer_changed (GwPort *port, gboolean present, gpointer user_data)
{
  if (!present)
    lose_port (user_data, "the other side closed the channel");
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  g_autofree char *why = g_strdup_printf ("the channel is lost (%s)", error->message);

  lose_port (user_data, why);
}

static const GwPortEvents port_events = {
  .received = on_received,
  .peer_changed = on_peer_changed,
  .lost = on_lost,
};

/* --- Opening ------------------------------------------------------------ */

static void
give_up (GwWire *wire, GError *error)
{
  g_autoptr (GError) why = error;

  drop_port (wire);
  g_clear_error (&wire->why_not);
  wire->state = CLOSED;
  set_timer (wire);
  wire->events->closed (why, wire->user_data);
}

/* Takes @why_not. */
static void
connect_again_later (GwWire *wire, GError *why_not)
{
  g_clear_error (&wire->why_not);
  wire->why_not = why_not;
  wire->state = WAITING;
  wire->connect_us = g_get_monotonic_time () + wire->connect_again_ms * G_GINT64_CONSTANT (1000);
  wire->connect_again_ms = MIN (wire->connect_again_ms * 2, CONNECT_AGAIN_LAST_MS);
  set_timer (wire);
}

static void
on_connected (int fd, GwPortKind kind, gpointer user_data)
{
  GwWire *wire = user_data;
  GError *error = NULL;

  g_clear_pointer (&wire->connector, gw_connector_free);
  wire->port = gw_port_new (fd, kind, &port_events, wire);
  if (!gw_port_attach (wire->port, wire->context, &error))
    {
      give_up (wire, error);
      return;
    }
  wire->state = GREETING;
  wire->caller = gw_text_caller_new ();
  gw_text_caller_sync (wire->caller, g_get_monotonic_time ());
  pump (wire);
}

static void
on_connect_failed (GError *error, gboolean may_pass, gpointer user_data)
{
  GwWire *wire = user_data;

  g_clear_pointer (&wire->connector, gw_connector_free);
  if (may_pass)
    connect_again_later (wire, error);
  else
    give_up (wire, error);
}

static const GwConnectorEvents connector_events = {
  .connected = on_connected,
  .failed = on_connect_failed,
};

static void
try_connect (GwWire *wire)
{
  wire->state = CONNECTING;
  wire->connector = gw_connector_new (wire->address, wire->listener, wire->context, &connector_events, wire);
}

static GError *
too_late (GwWire *wire)
{
  double seconds = wire->timeout_us / 1e6;

  if (wire->state == GREETING)
    return g_error_new (GW_ERROR, GW_ERROR_NO_ANSWER, "%s: connected, but no agent answered in %g s",
                        wire->shown, seconds);
  if (wire->listener != NULL)
    return g_error_new (GW_ERROR, GW_ERROR_CONNECT, "%s: no hypervisor connected in %g s", wire->shown, seconds);
  if (wire->why_not != NULL)
    return g_error_new (wire->why_not->domain, wire->why_not->code, "%s (tried for %g s)", wire->why_not->message,
                        seconds);
  return g_error_new (GW_ERROR, GW_ERROR_CONNECT, "%s: not opened in %g s", wire->shown, seconds);
}

static gboolean
on_timer (gpointer user_data)
{
  GwWire *wire = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (wire->state != OPEN && wire->state != CLOSED && wire->deadline_us <= now_us)
    give_up (wire, too_late (wire));
  else if (wire->state == WAITING && wire->connect_us <= now_us)
    try_connect (wire);
  else if (wire->caller != NULL)
    gw_text_caller_pass_time (wire->caller, now_us);
  pump (wire);
  return G_SOURCE_CONTINUE;
}

/* --- For the client ----------------------------------------------------- */

/**
 * gw_wire_new:
 * @address: where to
 * @listener: (nullable): whose connections to take, if @address is of that kind
 * @events: static; what to call
 *
 * Returns: (transfer full): a closed #GwWire that is on no main context
 */
GwWire *
gw_wire_new (GwAddress *address, GwListener *listener, const GwWireEvents *events, gpointer user_data)
{
  GwWire *wire = g_new0 (GwWire, 1);

  wire->address = g_object_ref (address);
  if (listener != NULL)
    wire->listener = g_object_ref (listener);
  wire->shown = g_filename_display_name (gw_address_to_string (address));
  wire->events = events;
  wire->user_data = user_data;
  return wire;
}

/* Calls that have not ended end without an event. */
void
gw_wire_free (GwWire *wire)
{
  drop_port (wire);
  g_clear_pointer (&wire->timer, gw_alarm_free);
  g_clear_pointer (&wire->context, g_main_context_unref);
  g_clear_error (&wire->why_not);
  g_free (wire->shown);
  g_clear_object (&wire->listener);
  g_object_unref (wire->address);
  g_free (wire);
}

/**
 * gw_wire_attach:
 * @context: what drives the wire from here on
 *
 * Moves everything the wire waits for to @context.
 */
void
gw_wire_attach (GwWire *wire, GMainContext *context)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&wire->timer, gw_alarm_free);
  g_clear_pointer (&wire->context, g_main_context_unref);
  wire->context = g_main_context_ref (context);
  wire->timer = gw_alarm_new (context, on_timer, wire);
  if (wire->state == CONNECTING)
    {
      /* What waits there cannot move, and nothing has been said. */
      g_clear_pointer (&wire->connector, gw_connector_free);
      wire->state = WAITING;
      wire->connect_us = g_get_monotonic_time ();
    }
  set_timer (wire);
  if (wire->port != NULL && !gw_port_attach (wire->port, context, &error))
    lose_port (wire, error->message);
}

/* The context it is on; NULL for none yet. */
GMainContext *
gw_wire_get_context (GwWire *wire)
{
  return wire->context;
}

/**
 * gw_wire_open:
 * @timeout_us: how long to try; %G_MAXINT64 for ever
 *
 * Opens a closed wire: one of the opened and closed events will tell, never
 * before this has returned.
 */
void
gw_wire_open (GwWire *wire, gint64 timeout_us)
{
  gint64 now_us = g_get_monotonic_time ();

  g_assert (wire->state == CLOSED);
  wire->timeout_us = timeout_us;
  wire->deadline_us = timeout_us < G_MAXINT64 - now_us ? now_us + timeout_us : G_MAXINT64;
  wire->connect_again_ms = CONNECT_AGAIN_FIRST_MS;
  wire->connect_us = now_us;
  wire->state = WAITING;
  set_timer (wire);
}

/* Ends every call, and then is closed. */
void
gw_wire_close (GwWire *wire)
{
  static const char why[] = "this program closed the channel";

  if (wire->state == GREETING || wire->state == OPEN)
    {
      wire->state = OPEN; /* and so not to be opened again */
      lose_port (wire, why);
    }
  else if (wire->state != CLOSED)
    give_up (wire, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, why));
}

/**
 * gw_wire_call:
 *
 * As gw_text_caller_call(). Nothing happens before gw_wire_flush(), so that
 * the call cannot end before its number is known.
 */
guint64
gw_wire_call (GwWire *wire, const char *command, JsonNode *arguments, gint64 timeout_us, GError **error)
{
  if (wire->state != OPEN)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "%s: the channel is not open; nothing was sent", command);
      return 0;
    }
  return gw_text_caller_call (wire->caller, command, arguments, timeout_us, g_get_monotonic_time (), error);
}

void
gw_wire_cancel (GwWire *wire, guint64 call)
{
  if (wire->caller != NULL)
    gw_text_caller_cancel (wire->caller, call, g_get_monotonic_time ());
}

/* Does what was asked for. */
void
gw_wire_flush (GwWire *wire)
{
  pump (wire);
}
