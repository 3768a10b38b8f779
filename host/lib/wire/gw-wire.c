/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings a port, a voice and the clock together on a main context, and opens
 * the port again and again until an agent answers; and, where a session in
 * frames lost it, until that goes on. What is said through the port is in
 * gw-wire-voice.c. Knows no program's context and no task.
 *
 * Its events may close it or start calls, but not free it. */

#include "gw-wire-private.h"

#include "gw-alarm.h"
#include "gw-limits.h"
#include "gw-listener-private.h"

/* A hypervisor that is starting makes its socket within this. */
#define CONNECT_AGAIN_FIRST_MS 20
#define CONNECT_AGAIN_LAST_MS 1000

static void connect_again_later (GwWire *wire, GError *why_not);

/* --- The clock ---------------------------------------------------------- */

static gboolean
is_being_opened (GwWire *wire)
{
  return wire->state != GW_WIRE_OPEN && wire->state != GW_WIRE_CLOSED;
}

static gint64
next_deadline (GwWire *wire)
{
  gint64 deadline_us = is_being_opened (wire) ? wire->deadline_us : G_MAXINT64;

  if (wire->state == GW_WIRE_WAITING)
    deadline_us = MIN (deadline_us, wire->connect_us);
  deadline_us = MIN (deadline_us, gw_wire_get_rival_deadline (wire));
  if (wire->text != NULL)
    deadline_us = MIN (deadline_us, gw_text_caller_get_deadline (wire->text));
  if (wire->framed != NULL)
    deadline_us = MIN (deadline_us, gw_framed_caller_get_deadline (wire->framed));
  return deadline_us;
}

void
gw_wire_set_timer (GwWire *wire)
{
  if (wire->timer != NULL)
    gw_alarm_set (wire->timer, next_deadline (wire));
}

/* --- The port ----------------------------------------------------------- */

void
gw_wire_drop_port (GwWire *wire)
{
  g_clear_pointer (&wire->connector, gw_connector_free);
  g_clear_pointer (&wire->rival, gw_rival_free);
  g_clear_pointer (&wire->text, gw_text_caller_free);
  if (wire->port == NULL)
    return;
  g_clear_pointer (&wire->port, gw_port_free);
  if (wire->listener != NULL)
    gw_listener_release (wire->listener);
}

/* The session goes on when there is a connection, in time. */
static void
open_again (GwWire *wire, const char *why)
{
  gint64 now_us = g_get_monotonic_time ();

  gw_wire_drop_port (wire);
  gw_framed_caller_disconnect (wire->framed, now_us);
  if (wire->state == GW_WIRE_OPEN)
    wire->connect_again_ms = CONNECT_AGAIN_FIRST_MS;
  wire->timeout_us = GW_CLIENT_RESUME_US;
  wire->deadline_us = now_us + GW_CLIENT_RESUME_US;
  connect_again_later (wire, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, why));
  gw_wire_pump (wire);
}

/* @why in the middle of "COMMAND: …; the command may have run". */
void
gw_wire_lose_port (GwWire *wire, const char *why)
{
  if (wire->framed != NULL && gw_framed_caller_is_open (wire->framed) && wire->opened)
    open_again (wire, why);
  else if (wire->opened)
    gw_wire_give_up (wire, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, why));
  else
    {
      gw_wire_end_voice (wire, why);
      gw_wire_drop_port (wire);
      connect_again_later (wire, g_error_new (GW_ERROR, GW_ERROR_CONNECT, "%s: %s before any agent answered",
                                              wire->shown, why));
    }
}

/* --- Opening ------------------------------------------------------------ */

/* Takes @error. Every call has ended before the event, which may open it again. */
void
gw_wire_give_up (GwWire *wire, GError *error)
{
  g_autoptr (GError) why = error;

  gw_wire_end_voice (wire, why->message);
  gw_wire_drop_port (wire);
  g_clear_error (&wire->why_not);
  wire->state = GW_WIRE_CLOSED;
  wire->opened = FALSE;
  gw_wire_set_timer (wire);
  wire->events->closed (why, wire->user_data);
}

/* Takes @why_not. */
static void
connect_again_later (GwWire *wire, GError *why_not)
{
  g_clear_error (&wire->why_not);
  wire->why_not = why_not;
  wire->state = GW_WIRE_WAITING;
  wire->connect_us = g_get_monotonic_time () + wire->connect_again_ms * G_GINT64_CONSTANT (1000);
  wire->connect_again_ms = MIN (wire->connect_again_ms * 2, CONNECT_AGAIN_LAST_MS);
  gw_wire_set_timer (wire);
}

/* Takes what is in @ends. */
void
gw_wire_begin_on (GwWire *wire, GwEnds *ends)
{
  GError *error = NULL;

  wire->port = gw_port_new_for_ends (ends, &gw_wire_port_events, wire);
  if (!gw_port_attach (wire->port, wire->context, &error))
    {
      gw_wire_give_up (wire, error);
      return;
    }
  wire->state = GW_WIRE_GREETING;
  wire->rival_us = g_get_monotonic_time () + GW_RIVAL_WAIT_US;
  /* A guest that is paused answers when it goes on. How long that may take, the
   * session knows. */
  if (wire->opened)
    wire->deadline_us = G_MAXINT64;
  gw_wire_begin_voice (wire);
  gw_wire_pump (wire);
}

static void
on_connected (GwEnds *ends, gpointer user_data)
{
  GwWire *wire = user_data;

  g_clear_pointer (&wire->connector, gw_connector_free);
  gw_wire_begin_on (wire, ends);
}

/* Takes @error. */
void
gw_wire_refused (GwWire *wire, GError *error, gboolean may_pass)
{
  if (may_pass)
    connect_again_later (wire, error);
  else
    gw_wire_give_up (wire, error);
}

static void
on_connect_failed (GError *error, gboolean may_pass, gpointer user_data)
{
  GwWire *wire = user_data;

  g_clear_pointer (&wire->connector, gw_connector_free);
  gw_wire_refused (wire, error, may_pass);
}

static const GwConnectorEvents connector_events = {
  .connected = on_connected,
  .failed = on_connect_failed,
};

static void
try_connect (GwWire *wire)
{
  wire->state = GW_WIRE_CONNECTING;
  wire->connector = gw_connector_new (wire->address, wire->listener, wire->context, &connector_events, wire);
}

static GError *
too_late (GwWire *wire)
{
  double seconds = wire->timeout_us / 1e6;

  if (wire->opened)
    return g_error_new (GW_ERROR, GW_ERROR_PEER_LOST, "the channel was lost, and not to be had again in %g s (%s)", seconds,
                        wire->why_not != NULL ? wire->why_not->message : "no agent answered");
  if (wire->state == GW_WIRE_GREETING)
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

  if (is_being_opened (wire) && wire->deadline_us <= now_us)
    gw_wire_give_up (wire, too_late (wire));
  else if (wire->state == GW_WIRE_WAITING && wire->connect_us <= now_us)
    try_connect (wire);
  if (wire->text != NULL)
    gw_text_caller_pass_time (wire->text, now_us);
  if (wire->framed != NULL)
    gw_framed_caller_pass_time (wire->framed, now_us);
  gw_wire_pump (wire);
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
  if (wire->framed != NULL)
    gw_wire_leave_session (wire, "the client is gone");
  g_clear_pointer (&wire->framed, gw_framed_caller_free);
  gw_wire_drop_port (wire);
  g_clear_pointer (&wire->timer, gw_alarm_free);
  if (wire->listener != NULL)
    gw_listener_detach (wire->listener, wire->context);
  g_clear_object (&wire->listener);
  g_clear_pointer (&wire->context, g_main_context_unref);
  g_clear_error (&wire->why_not);
  g_free (wire->why_text);
  g_free (wire->shown);
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

  g_clear_pointer (&wire->rival, gw_rival_free);
  g_clear_pointer (&wire->timer, gw_alarm_free);
  g_clear_pointer (&wire->context, g_main_context_unref);
  wire->context = g_main_context_ref (context);
  wire->timer = gw_alarm_new (context, on_timer, wire);
  if (wire->listener != NULL)
    gw_listener_attach (wire->listener, context);
  if (wire->state == GW_WIRE_CONNECTING)
    {
      /* What waits there cannot move, and nothing has been said. */
      g_clear_pointer (&wire->connector, gw_connector_free);
      wire->state = GW_WIRE_WAITING;
      wire->connect_us = g_get_monotonic_time ();
    }
  gw_wire_set_timer (wire);
  if (wire->port != NULL && !gw_port_attach (wire->port, context, &error))
    gw_wire_lose_port (wire, error->message);
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

  g_assert (wire->state == GW_WIRE_CLOSED);
  wire->timeout_us = timeout_us;
  wire->deadline_us = timeout_us < G_MAXINT64 - now_us ? now_us + timeout_us : G_MAXINT64;
  wire->connect_again_ms = CONNECT_AGAIN_FIRST_MS;
  wire->connect_us = now_us;
  wire->state = GW_WIRE_WAITING;
  gw_wire_set_timer (wire);
}

/* Ends every call, and then is closed. */
void
gw_wire_close (GwWire *wire)
{
  static const char why[] = "this program closed the channel";

  if (wire->state != GW_WIRE_CLOSED)
    gw_wire_give_up (wire, g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, why));
}

/* For when it is opened next: whether to ask the agent for frames. */
void
gw_wire_set_wants_frames (GwWire *wire, gboolean wants_frames)
{
  wire->wants_frames = wants_frames;
}

/* Whether it is open, and frames are spoken. */
gboolean
gw_wire_is_framed (GwWire *wire)
{
  return wire->opened && wire->framed != NULL;
}

/* Why no frames are spoken, though they were asked for; or NULL. */
const char *
gw_wire_get_why_text (GwWire *wire)
{
  return wire->why_text;
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
  gint64 now_us = g_get_monotonic_time ();

  if (!wire->opened)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "%s: the channel is not open; nothing was sent", command);
      return 0;
    }
  if (wire->framed != NULL)
    return gw_framed_caller_call (wire->framed, command, arguments, timeout_us, now_us, error);
  return gw_text_caller_call (wire->text, command, arguments, timeout_us, now_us, error);
}

/* @taker: gets the pipes of @call, which was made in frames */
void
gw_wire_take_pipes (GwWire *wire, guint64 call, GwPipeTaker taker, gpointer user_data)
{
  gw_framed_caller_take_pipes (wire->framed, call, taker, user_data);
}

void
gw_wire_cancel (GwWire *wire, guint64 call)
{
  if (wire->text != NULL)
    gw_text_caller_cancel (wire->text, call, g_get_monotonic_time ());
  if (wire->framed != NULL)
    gw_framed_caller_cancel (wire->framed, call);
}

/* Does what was asked for. */
void
gw_wire_flush (GwWire *wire)
{
  gw_wire_pump (wire);
}
