/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a wire does while it has a port: moves bytes between that and the voice
 * that is spoken, text or frames, and hands on what the voice has to say. How
 * the port came about is in gw-wire.c. */

#include "gw-refusal.h"
#include "gw-session-kind.h"
#include "gw-wire-private.h"

/* --- Text --------------------------------------------------------------- */

/* The module that speaks to libvirt says why it cannot. */
static void
take_refusal (GwWire *wire, GwTextCallerEvent *event)
{
  gboolean final = TRUE;
  GError *refusal = gw_refusal_read (event->name, event->value, &final);

  if (refusal == NULL)
    return;
  g_prefix_error (&refusal, "%s: ", wire->shown);
  gw_wire_drop_port (wire);
  gw_wire_refused (wire, refusal, !final);
}

static void
tell_opened (GwWire *wire)
{
  wire->state = GW_WIRE_OPEN;
  wire->opened = TRUE;
  wire->events->opened (wire->user_data);
}

static void
take_text_event (GwWire *wire, GwTextCallerEvent *event)
{
  g_autoptr (GError) error = NULL;

  switch (event->kind)
    {
    case GW_TEXT_CALLER_DROP:
      gw_port_drop_output (wire->port);
      break;
    case GW_TEXT_CALLER_SEND:
      if (!gw_port_send (wire->port, event->bytes, &error))
        gw_wire_lose_port (wire, error->message);
      break;
    case GW_TEXT_CALLER_SYNCED:
      tell_opened (wire);
      break;
    case GW_TEXT_CALLER_ENDED:
      wire->events->ended (event->call, g_steal_pointer (&event->value), g_steal_pointer (&event->error),
                           wire->user_data);
      break;
    case GW_TEXT_CALLER_TOLD:
      if (wire->state == GW_WIRE_GREETING && gw_address_get_kind (wire->address) == GW_ADDRESS_LIBVIRT)
        take_refusal (wire, event);
      else
        wire->events->told (event->name, event->value, wire->user_data);
      break;
    case GW_TEXT_CALLER_NONE:
    default:
      break;
    }
}

static void
begin_text (GwWire *wire)
{
  wire->text = gw_text_caller_new ();
  gw_text_caller_sync (wire->text, g_get_monotonic_time ());
}

static void
pump_text (GwWire *wire)
{
  while (wire->text != NULL)
    {
      g_auto (GwTextCallerEvent) event = { 0 };

      if (gw_text_caller_next (wire->text, &event) == GW_TEXT_CALLER_NONE)
        break;
      take_text_event (wire, &event);
    }
}

static void
end_text (GwWire *wire, const char *why)
{
  g_autoptr (GwTextCaller) text = g_steal_pointer (&wire->text);

  gw_text_caller_lose (text, why);
  for (;;)
    {
      g_auto (GwTextCallerEvent) event = { 0 };

      if (gw_text_caller_next (text, &event) == GW_TEXT_CALLER_NONE)
        break;
      if (event.kind == GW_TEXT_CALLER_ENDED)
        wire->events->ended (event.call, g_steal_pointer (&event.value), g_steal_pointer (&event.error),
                             wire->user_data);
    }
}

/* --- Frames ------------------------------------------------------------- */

/* The agent, or another one now, speaks text. */
static void
fall_back (GwWire *wire, char *why)
{
  g_free (wire->why_text);
  wire->why_text = why;
  g_clear_pointer (&wire->framed, gw_framed_caller_free);
  /* What was called in frames has ended, and what a client was told of it holds
   * no more. */
  if (wire->opened)
    gw_wire_lose_port (wire, "the agent speaks no frames any more");
  else
    begin_text (wire);
}

static void
take_framed_event (GwWire *wire, GwFramedEvent *event)
{
  switch (event->kind)
    {
    case GW_FRAMED_OPENED:
    case GW_FRAMED_RESUMED:
      if (!wire->opened)
        tell_opened (wire);
      wire->state = GW_WIRE_OPEN;
      break;
    case GW_FRAMED_TEXT_ONLY:
      fall_back (wire, g_steal_pointer (&event->text));
      break;
    case GW_FRAMED_CLOSED:
      /* Else a new session follows, with an agent that was restarted. */
      if (gw_framed_caller_is_idle (wire->framed))
        gw_wire_lose_port (wire, event->text);
      break;
    case GW_FRAMED_ENDED:
      wire->events->ended (event->call, g_steal_pointer (&event->value), g_steal_pointer (&event->error),
                           wire->user_data);
      break;
    case GW_FRAMED_TOLD:
      wire->events->told (event->text, event->value, wire->user_data);
      break;
    case GW_FRAMED_NONE:
    default:
      break;
    }
}

/* A frame is chosen when it can be written, and so the most urgent one is.
 * Returns whether there was any. */
static gboolean
write_frame (GwWire *wire)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  if (wire->framed == NULL || wire->port == NULL || gw_port_get_queued (wire->port) > 0)
    return FALSE;
  bytes = gw_framed_caller_take_output (wire->framed, g_get_monotonic_time ());
  if (bytes == NULL)
    return FALSE;
  if (!gw_port_send (wire->port, bytes, &error))
    gw_wire_lose_port (wire, error->message);
  return TRUE;
}

static void
take_framed_events (GwWire *wire)
{
  while (wire->framed != NULL)
    {
      g_auto (GwFramedEvent) event = { 0 };

      if (gw_framed_caller_next (wire->framed, &event) == GW_FRAMED_NONE)
        break;
      take_framed_event (wire, &event);
    }
}

static void
pump_frames (GwWire *wire)
{
  do
    take_framed_events (wire);
  while (write_frame (wire));
}

/* Those who use its pipes have said something. */
static void
on_flush (gpointer user_data)
{
  gw_wire_pump (user_data);
}

/* What the session over it is to be like. A terminal of this host is a pseudo-
 * terminal mostly, and its guest knows better what is behind it. */
static GwPortKind
port_kind (GwAddressKind kind)
{
  return kind == GW_ADDRESS_XEN      ? GW_PORT_XEN
         : kind == GW_ADDRESS_UDP    ? GW_PORT_DATAGRAM
         : kind == GW_ADDRESS_SERIAL ? GW_PORT_TTY
                                     : GW_PORT_SOCKET;
}

static void
begin_frames (GwWire *wire)
{
  const GwSessionKind *kind = gw_session_kind_of (port_kind (gw_address_get_kind (wire->address)));

  if (wire->framed == NULL)
    wire->framed = gw_framed_caller_new (kind, gw_address_get_channel (wire->address), on_flush, wire);
  gw_framed_caller_connect (wire->framed, g_get_monotonic_time ());
}

/* Ends the session, and says so to the agent as far as that can be written at
 * once: it would else keep the session for a while. Tells nobody here. */
void
gw_wire_leave_session (GwWire *wire, const char *why)
{
  gw_framed_caller_close (wire->framed, why, g_get_monotonic_time ());
  while (wire->port != NULL && gw_port_get_queued (wire->port) == 0)
    {
      g_autoptr (GBytes) bytes = gw_framed_caller_take_output (wire->framed, g_get_monotonic_time ());

      if (bytes == NULL || !gw_port_send (wire->port, bytes, NULL))
        break;
    }
}

static void
end_frames (GwWire *wire, const char *why)
{
  GwFramedCaller *framed = wire->framed;

  gw_wire_leave_session (wire, why);
  wire->framed = NULL;
  for (;;)
    {
      g_auto (GwFramedEvent) event = { 0 };

      if (gw_framed_caller_next (framed, &event) == GW_FRAMED_NONE)
        break;
      if (event.kind == GW_FRAMED_ENDED)
        wire->events->ended (event.call, g_steal_pointer (&event.value), g_steal_pointer (&event.error),
                             wire->user_data);
    }
  gw_framed_caller_free (framed);
}

/* --- Either ------------------------------------------------------------- */

/* Greets the agent on a new connection. What goes to libvirt is text. */
void
gw_wire_begin_voice (GwWire *wire)
{
  if (wire->framed != NULL || (wire->wants_frames && gw_address_get_kind (wire->address) != GW_ADDRESS_LIBVIRT))
    begin_frames (wire);
  else
    begin_text (wire);
}

/* Every call ends, before the wire tells anything else. */
void
gw_wire_end_voice (GwWire *wire, const char *why)
{
  if (wire->text != NULL)
    end_text (wire, why);
  if (wire->framed != NULL)
    end_frames (wire, why);
}

/* Hands on what the voice has to say, and sets the clock. */
void
gw_wire_pump (GwWire *wire)
{
  /* From inside of an event: the loop around it goes on. */
  if (wire->pumping)
    return;
  wire->pumping = TRUE;
  pump_text (wire);
  pump_frames (wire);
  pump_text (wire);
  wire->pumping = FALSE;
  gw_wire_look_for_rivals (wire);
  gw_wire_set_timer (wire);
}

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  GwWire *wire = user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (wire->text != NULL)
    gw_text_caller_receive (wire->text, data, length, now_us);
  if (wire->framed != NULL)
    gw_framed_caller_receive (wire->framed, data, length, now_us);
  gw_wire_pump (wire);
}

static void
on_drained (GwPort *port, gpointer user_data)
{
  gw_wire_pump (user_data);
}

static void
on_peer_changed (GwPort *port, gboolean present, gpointer user_data)
{
  if (!present)
    gw_wire_lose_port (user_data, "the other side closed the channel");
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  g_autofree char *why = g_strdup_printf ("the channel is lost (%s)", error->message);

  gw_wire_lose_port (user_data, why);
}

const GwPortEvents gw_wire_port_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_peer_changed,
  .lost = on_lost,
};
