/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a wire of a listener hears the next connection beside its own, and goes on
 * there. */

#include "gw-wire-private.h"

/* Who says HELLO in frames has answered. */
static gboolean
is_greeting_in_text (GwWire *wire)
{
  return wire->state == GW_WIRE_GREETING && (wire->framed == NULL || !gw_framed_caller_is_in_frames (wire->framed));
}

/* What telnet has agreed on in a greeting could not be handed over. */
static gboolean
may_have_rival (GwWire *wire)
{
  return wire->listener != NULL && gw_address_get_kind (wire->address) != GW_ADDRESS_TELNET_LISTEN;
}

/* Returns: when the connection counts as silent; %G_MAXINT64 for never */
gint64
gw_wire_get_rival_deadline (GwWire *wire)
{
  return may_have_rival (wire) && wire->rival == NULL && is_greeting_in_text (wire) ? wire->rival_us : G_MAXINT64;
}

/* The guest is there, and no longer behind the one before. */
static void
on_rival_answered (int fd, gpointer user_data)
{
  GwEnds ends = { .fd = fd, .out = -1, .kind = GW_PORT_SOCKET };
  GwWire *wire = user_data;

  g_clear_pointer (&wire->rival, gw_rival_free);
  g_clear_pointer (&wire->text, gw_text_caller_free);
  g_clear_pointer (&wire->port, gw_port_free);
  if (wire->framed != NULL)
    gw_framed_caller_disconnect (wire->framed, g_get_monotonic_time ());
  gw_wire_begin_on (wire, &ends);
}

/* Nothing has come where something must have. Of text that is open nobody
 * knows: an agent may take its time. */
static gboolean
is_silent (GwWire *wire)
{
  if (wire->port == NULL)
    return FALSE;
  if (wire->state == GW_WIRE_GREETING)
    return is_greeting_in_text (wire) && wire->rival_us <= g_get_monotonic_time ();
  return wire->framed != NULL && !gw_framed_caller_is_in_frames (wire->framed);
}

/* Of a listener: hears the next connection where this one is silent. */
void
gw_wire_look_for_rivals (GwWire *wire)
{
  if (!may_have_rival (wire))
    return;
  if (!is_silent (wire))
    g_clear_pointer (&wire->rival, gw_rival_free);
  else if (wire->rival == NULL)
    wire->rival = gw_rival_new (wire->listener, wire->context, on_rival_answered, wire);
}
