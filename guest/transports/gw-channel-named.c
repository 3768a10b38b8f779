/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a port by its name, each time one of that name is there. An address
 * may also be a device node. Knows no hypervisor. */

#include "gw-channel-named.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gw-hangup.h"
#include "gw-link-name.h"
#include "gw-retry.h"
#include "gw-voice.h"

typedef struct
{
  GwChannel channel;
  const GwNamedKind *named;
  char *wanted; /* a name, or a device node */
  GwPorts *ports;
  char *devnode; /* where it is now, or NULL */
  GwVoice *voice;
  GwSlots *slots;
  GwRetry retry;
  GwHangup *hangup; /* until it may be opened */
  int last_errno; /* said already */
} NamedChannel;

static void try_again (gpointer data);

static void
on_voice_lost (GwVoice *voice, const GError *error, gpointer data)
{
  NamedChannel *self = data;

  g_message ("port %s: %s", self->wanted, error != NULL ? error->message : "closed");
  g_clear_pointer (&self->voice, gw_voice_free);
  /* Unplugged, most likely, and the kernel will say so. If not, try again. */
  gw_retry_later (&self->retry, try_again, self);
}

/* The node is there no more, or nothing is behind it. */
static gboolean
is_missing (int code)
{
  return code == ENODEV || code == ENOENT || code == ENXIO;
}

static void
say_problem (NamedChannel *self, int code)
{
  if (self->last_errno == code)
    return;
  self->last_errno = code;
  if (code == EBUSY)
    g_warning ("port %s: another program has %s open; waiting until it is free", self->wanted, self->devnode);
  else if (is_missing (code))
    g_message ("port %s: nothing is at %s; looking again", self->wanted, self->devnode);
  else
    g_warning ("port %s: cannot open %s: %s; trying again", self->wanted, self->devnode, g_strerror (code));
}

/* Returns -1 with errno set. */
static int
open_ready (NamedChannel *self)
{
  int fd = open (self->devnode, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  int number = fd >= 0 && self->named->prepare != NULL ? self->named->prepare (fd) : 0;

  if (number == 0)
    return fd;
  close (fd);
  errno = number;
  return -1;
}

static void
open_now (NamedChannel *self)
{
  g_autoptr (GError) error = NULL;
  int fd;

  if (self->devnode == NULL)
    return;
  fd = open_ready (self);
  if (fd < 0)
    {
      say_problem (self, errno);
      gw_retry_later (&self->retry, try_again, self);
      return;
    }
  self->voice = gw_voice_new (fd, self->slots, on_voice_lost, self, &error);
  if (self->voice == NULL)
    {
      g_warning ("port %s: %s", self->wanted, error->message);
      gw_retry_later (&self->retry, try_again, self);
      return;
    }
  g_message ("port %s: serving %s", self->wanted, self->devnode);
  self->last_errno = 0;
  gw_retry_succeeded (&self->retry);
}

static void
on_put_away (gpointer data)
{
  NamedChannel *self = data;

  self->hangup = NULL;
  open_now (self);
}

static void
open_port (NamedChannel *self)
{
  if (self->devnode == NULL || self->voice != NULL || self->hangup != NULL)
    return;
  if (self->named->lingers)
    self->hangup = gw_hangup_wait (on_put_away, self);
  else
    open_now (self);
}

static void
try_again (gpointer data)
{
  NamedChannel *self = data;
  g_autofree char *devnode = g_strdup (self->devnode);

  /* It may be another one by now. */
  if (devnode != NULL && is_missing (self->last_errno))
    gw_ports_doubt (self->ports, devnode);
  open_port (self);
}

static void
take_port (const char *name, const char *devnode, gpointer data)
{
  NamedChannel *self = data;

  if (self->devnode != NULL || !g_str_equal (self->wanted, *self->wanted == '/' ? devnode : name))
    return;
  self->devnode = g_strdup (devnode);
  gw_retry_reset (&self->retry);
  open_port (self);
}

static void
on_vanished (GwPorts *ports, const char *name, const char *devnode, NamedChannel *self)
{
  if (g_strcmp0 (self->devnode, devnode) != 0)
    return;
  g_message ("port %s: %s is gone", self->wanted, devnode);
  gw_retry_reset (&self->retry);
  g_clear_pointer (&self->hangup, gw_hangup_cancel);
  g_clear_pointer (&self->voice, gw_voice_free);
  g_clear_pointer (&self->devnode, g_free);
  /* There may be a second one of that name. */
  gw_ports_foreach (ports, take_port, self);
}

static void
on_appeared (GwPorts *ports, const char *name, const char *devnode, NamedChannel *self)
{
  take_port (name, devnode, self);
}

/**
 * gw_named_open:
 * @place: a name, a device node, or a link to one
 *
 * Returns: (transfer full): a channel that serves the port as soon as @ports
 *   announces it
 */
GwChannel *
gw_named_open (const GwNamedKind *named, const char *place, GwPorts *ports)
{
  NamedChannel *self = g_new0 (NamedChannel, 1);

  self->channel.kind = named->kind;
  self->named = named;
  self->wanted = g_strdup (gw_link_target (place));
  self->slots = gw_slots_new (named->port_kind, *self->wanted != '/' ? self->wanted : NULL, 1);
  self->ports = g_object_ref (ports);
  g_signal_connect (ports, "appeared", G_CALLBACK (on_appeared), self);
  g_signal_connect (ports, "vanished", G_CALLBACK (on_vanished), self);
  return &self->channel;
}

void
gw_named_free (GwChannel *channel)
{
  NamedChannel *self = (NamedChannel *) channel;

  g_signal_handlers_disconnect_by_data (self->ports, self);
  g_object_unref (self->ports);
  gw_retry_reset (&self->retry);
  g_clear_pointer (&self->hangup, gw_hangup_cancel);
  gw_slots_free (self->slots);
  g_clear_pointer (&self->voice, gw_voice_free);
  g_free (self->devnode);
  g_free (self->wanted);
  g_free (self);
}
