/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes between two ports, at the pace of the slower one. Knows no address and
 * no listener. */

#include "gw-splice.h"

#include "gw-limits.h"

struct _GwSplice
{
  GMainContext *context;
  GwPort *near;
  GwPort *far;        /* NULL until it is there */
  GByteArray *early;  /* what the near side said before that */
  gboolean near_done; /* the near side has ended its output */
  GwPort *ending;     /* the one that still has to write, then all is over */
  GwSpliceEndedFunc ended;
  gpointer user_data;
};

static GwPort *
other_side (GwSplice *self, GwPort *port)
{
  return port == self->near ? self->far : self->near;
}

/* Nothing more comes from the one side: the other one gets what is there. */
static void
end_after (GwSplice *self, GwPort *writer)
{
  if (gw_port_get_queued (writer) == 0)
    self->ended (NULL, self->user_data);
  else
    self->ending = writer;
}

static void
keep (GwSplice *self, const guint8 *data, gsize length)
{
  g_byte_array_append (self->early, data, length);
  if (self->early->len > GW_PORT_QUEUE_HIGH)
    gw_port_set_reading (self->near, FALSE);
}

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  GwSplice *self = user_data;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  GwPort *to = other_side (self, port);

  if (self->ending != NULL)
    return;
  if (to == NULL)
    {
      keep (self, data, length);
      return;
    }
  bytes = g_bytes_new (data, length);
  if (!gw_port_send (to, bytes, &error))
    self->ended (error, self->user_data);
  else if (gw_port_get_queued (to) > GW_PORT_QUEUE_HIGH)
    gw_port_set_reading (port, FALSE);
}

static void
on_drained (GwPort *port, gpointer user_data)
{
  GwSplice *self = user_data;

  if (port == self->ending)
    self->ended (NULL, self->user_data);
  else if (other_side (self, port) != NULL)
    gw_port_set_reading (other_side (self, port), TRUE);
}

static void
on_peer_changed (GwPort *port, gboolean present, gpointer user_data)
{
  GwSplice *self = user_data;

  if (present || self->ending != NULL)
    return;
  if (self->far == NULL)
    self->near_done = TRUE;
  else
    end_after (self, other_side (self, port));
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  GwSplice *self = user_data;

  self->ended (port == self->far ? error : NULL, self->user_data);
}

static const GwPortEvents port_events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_peer_changed,
  .lost = on_lost,
};

/**
 * gw_splice_new:
 * @near_fd: (transfer full): a stream socket
 * @context: where it works
 * @ended: called once, never before this has returned
 *
 * Returns: (transfer full): a splice that keeps what @near_fd says, up to
 *   %GW_PORT_QUEUE_HIGH; or %NULL with @error set
 */
GwSplice *
gw_splice_new (int near_fd, GMainContext *context, GwSpliceEndedFunc ended, gpointer user_data, GError **error)
{
  g_autoptr (GwSplice) self = g_new0 (GwSplice, 1);

  self->context = g_main_context_ref (context);
  self->early = g_byte_array_new ();
  self->ended = ended;
  self->user_data = user_data;
  self->near = gw_port_new (near_fd, GW_PORT_SOCKET, &port_events, self);
  return gw_port_attach (self->near, context, error) ? g_steal_pointer (&self) : NULL;
}

void
gw_splice_free (GwSplice *self)
{
  g_clear_pointer (&self->near, gw_port_free);
  g_clear_pointer (&self->far, gw_port_free);
  g_byte_array_unref (self->early);
  g_main_context_unref (self->context);
  g_free (self);
}

/**
 * gw_splice_join:
 * @far: what is in it is the splice's from here on
 *
 * Lets bytes pass. It may be over, and @self be freed, when this returns.
 *
 * Returns: %FALSE with @error set if it cannot; then it is not over
 */
gboolean
gw_splice_join (GwSplice *self, GwEnds *far, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  self->far = gw_port_new_for_ends (far, &port_events, self);
  if (!gw_port_attach (self->far, self->context, error))
    return FALSE;
  bytes = g_bytes_new (self->early->data, self->early->len);
  g_byte_array_set_size (self->early, 0);
  if (!gw_port_send (self->far, bytes, error))
    return FALSE;
  gw_port_set_reading (self->near, gw_port_get_queued (self->far) <= GW_PORT_QUEUE_HIGH);
  if (self->near_done)
    end_after (self, self->far);
  return TRUE;
}

/* Before it is joined: whether the near side will say no more. */
gboolean
gw_splice_near_has_ended (GwSplice *self)
{
  return self->near_done;
}
