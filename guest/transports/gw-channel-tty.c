/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a terminal device: a serial line or a pseudo-terminal. Opens it
 * again whenever it hangs up, and waits where another agent serves it. */

#include "gw-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "gw-retry.h"
#include "gw-voice.h"

typedef struct
{
  GwChannel channel;
  char *path;
  GwVoice *voice;
  GwSlots *slots;
  GwRetry retry;
  gboolean complained;
} TtyChannel;

static void open_tty (gpointer data);

static void
on_voice_lost (GwVoice *voice, const GError *error, gpointer data)
{
  TtyChannel *self = data;

  g_message ("terminal %s: %s; opening it again", self->path, error != NULL ? error->message : "closed");
  g_clear_pointer (&self->voice, gw_voice_free);
  gw_retry_later (&self->retry, open_tty, self);
}

static GwVoice *
serve (TtyChannel *self, GError **error)
{
  int fd = open (self->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot open it: %s", g_strerror (errno));
      return NULL;
    }
  if (!gw_port_lock_tty (fd, error) || !gw_port_prepare_tty (fd, error))
    {
      close (fd);
      return NULL;
    }
  return gw_voice_new (fd, self->slots, on_voice_lost, self, error);
}

static void
open_tty (gpointer data)
{
  TtyChannel *self = data;
  g_autoptr (GError) error = NULL;

  self->voice = serve (self, &error);
  if (self->voice == NULL)
    {
      if (!self->complained)
        g_warning ("terminal %s: %s; trying again", self->path, error->message);
      self->complained = TRUE;
      gw_retry_later (&self->retry, open_tty, self);
      return;
    }
  g_message ("terminal %s: serving it", self->path);
  self->complained = FALSE;
  gw_retry_succeeded (&self->retry);
}

static GwChannel *
tty_open (const char *place, const GwFound *found, GError **error)
{
  TtyChannel *self = g_new0 (TtyChannel, 1);

  self->channel.kind = &gw_channel_tty;
  self->path = g_strdup (place);
  self->slots = gw_slots_new (GW_PORT_TTY, NULL, 1);
  open_tty (self);
  return &self->channel;
}

static void
tty_free (GwChannel *channel)
{
  TtyChannel *self = (TtyChannel *) channel;

  gw_retry_reset (&self->retry);
  gw_slots_free (self->slots);
  g_clear_pointer (&self->voice, gw_voice_free);
  g_free (self->path);
  g_free (self);
}

const GwChannelKind gw_channel_tty = {
  .prefix = "tty",
  .form = "tty:PATH",
  .open = tty_open,
  .free = tty_free,
};
