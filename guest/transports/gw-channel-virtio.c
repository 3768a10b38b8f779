/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a virtio-serial port by its name, each time one of that name is
 * there. An address may also be a device node. */

#include "gw-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "gw-retry.h"
#include "gw-text-voice.h"

typedef struct
{
  GwChannel channel;
  char *wanted; /* a name, or a device node */
  GwVirtioPorts *ports;
  char *devnode; /* where it is now, or NULL */
  GwTextVoice *voice;
  GwRetry retry;
  int last_errno; /* said already */
} VirtioChannel;

static void open_port (gpointer data);

static void
on_voice_lost (GwTextVoice *voice, const GError *error, gpointer data)
{
  VirtioChannel *self = data;

  g_message ("port %s: %s", self->wanted, error != NULL ? error->message : "closed");
  g_clear_pointer (&self->voice, gw_text_voice_free);
  /* Unplugged, most likely, and the kernel will say so. If not, try again. */
  gw_retry_later (&self->retry, open_port, self);
}

static void
say_problem (VirtioChannel *self, int code)
{
  if (self->last_errno == code)
    return;
  self->last_errno = code;
  if (code == EBUSY)
    g_warning ("port %s: another program has %s open; waiting until it is free", self->wanted, self->devnode);
  else
    g_warning ("port %s: cannot open %s: %s; trying again", self->wanted, self->devnode, g_strerror (code));
}

static void
open_port (gpointer data)
{
  VirtioChannel *self = data;
  g_autoptr (GError) error = NULL;
  int fd;

  if (self->devnode == NULL || self->voice != NULL)
    return;
  fd = open (self->devnode, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    {
      say_problem (self, errno);
      gw_retry_later (&self->retry, open_port, self);
      return;
    }
  self->voice = gw_text_voice_new (fd, GW_PORT_VIRTIO, on_voice_lost, self, &error);
  if (self->voice == NULL)
    {
      g_warning ("port %s: %s", self->wanted, error->message);
      gw_retry_later (&self->retry, open_port, self);
      return;
    }
  g_message ("port %s: serving %s", self->wanted, self->devnode);
  self->last_errno = 0;
  gw_retry_succeeded (&self->retry);
}

static void
take_port (const char *name, const char *devnode, gpointer data)
{
  VirtioChannel *self = data;

  if (self->devnode != NULL || !g_str_equal (self->wanted, *self->wanted == '/' ? devnode : name))
    return;
  self->devnode = g_strdup (devnode);
  gw_retry_reset (&self->retry);
  open_port (self);
}

static void
on_vanished (GwVirtioPorts *ports, const char *name, const char *devnode, VirtioChannel *self)
{
  if (g_strcmp0 (self->devnode, devnode) != 0)
    return;
  g_message ("port %s: %s is gone", self->wanted, devnode);
  gw_retry_reset (&self->retry);
  g_clear_pointer (&self->voice, gw_text_voice_free);
  g_clear_pointer (&self->devnode, g_free);
  /* There may be a second one of that name. */
  gw_ports_foreach (GW_PORTS (ports), take_port, self);
}

static void
on_appeared (GwVirtioPorts *ports, const char *name, const char *devnode, VirtioChannel *self)
{
  take_port (name, devnode, self);
}

/* udev's links are made of the names: serving the name works without them. */
static const char *
name_of_link (const char *place)
{
  static const char *const folders[] = { "/dev/virtio-ports/", "/dev/vport/" };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (g_str_has_prefix (place, folders[i]))
      return place + strlen (folders[i]);
  return place;
}

static GwChannel *
virtio_open (const char *place, GwVirtioPorts *ports, GError **error)
{
  VirtioChannel *self = g_new0 (VirtioChannel, 1);

  self->channel.kind = &gw_channel_virtio;
  self->wanted = g_strdup (name_of_link (place));
  self->ports = g_object_ref (ports);
  g_signal_connect (ports, "appeared", G_CALLBACK (on_appeared), self);
  g_signal_connect (ports, "vanished", G_CALLBACK (on_vanished), self);
  return &self->channel;
}

static void
virtio_free (GwChannel *channel)
{
  VirtioChannel *self = (VirtioChannel *) channel;

  g_signal_handlers_disconnect_by_data (self->ports, self);
  g_object_unref (self->ports);
  gw_retry_reset (&self->retry);
  g_clear_pointer (&self->voice, gw_text_voice_free);
  g_free (self->devnode);
  g_free (self->wanted);
  g_free (self);
}

const GwChannelKind gw_channel_virtio = {
  .prefix = "virtio",
  .form = "virtio:NAME",
  .open = virtio_open,
  .free = virtio_free,
};
