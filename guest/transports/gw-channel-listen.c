/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listens on a unix socket and serves each client that connects. */

#include "gw-channel.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-retry.h"
#include "gw-text-voice.h"
#include "gw-unix-socket.h"

typedef struct
{
  GwChannel channel;
  GwUnixSocket socket;
  GwPollItem *item; /* NULL while there is no room for another client */
  GHashTable *voices;
  GwRetry retry;
} ListenChannel;

static gboolean watch (ListenChannel *self, GError **error);

static void
watch_again (gpointer data)
{
  ListenChannel *self = data;
  g_autoptr (GError) error = NULL;

  if (self->item == NULL && !watch (self, &error))
    g_warning ("socket %s: %s", self->socket.path, error->message);
}

static void
on_voice_lost (GwTextVoice *voice, const GError *error, gpointer data)
{
  ListenChannel *self = data;

  g_hash_table_remove (self->voices, voice);
  watch_again (self);
}

static void
on_client (guint32 events, gpointer data)
{
  ListenChannel *self = data;
  g_autoptr (GError) error = NULL;
  int fd = accept4 (self->socket.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  GwTextVoice *voice;

  if (fd < 0)
    {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        {
          /* The client waits in the backlog, and would be reported for ever. */
          g_warning ("socket %s: cannot take another client: %s", self->socket.path, g_strerror (errno));
          g_clear_pointer (&self->item, gw_poll_remove);
          gw_retry_later (&self->retry, watch_again, self);
        }
      return;
    }
  gw_retry_reset (&self->retry);
  voice = gw_text_voice_new (fd, GW_PORT_SOCKET, on_voice_lost, self, &error);
  if (voice == NULL)
    {
      g_warning ("socket %s: %s", self->socket.path, error->message);
      return;
    }
  g_hash_table_add (self->voices, voice);
  if (g_hash_table_size (self->voices) >= GW_LISTEN_CLIENTS_MAX)
    g_clear_pointer (&self->item, gw_poll_remove);
}

static gboolean
watch (ListenChannel *self, GError **error)
{
  self->item = gw_poll_add (NULL, self->socket.fd, EPOLLIN, on_client, self, error);
  return self->item != NULL;
}

static void
listen_free (GwChannel *channel)
{
  ListenChannel *self = (ListenChannel *) channel;

  g_clear_pointer (&self->item, gw_poll_remove);
  gw_retry_reset (&self->retry);
  g_hash_table_unref (self->voices);
  gw_unix_socket_close (&self->socket);
  g_free (self);
}

static GwChannel *
listen_open (const char *place, GwVirtioPorts *ports, GError **error)
{
  ListenChannel *self = g_new0 (ListenChannel, 1);

  self->channel.kind = &gw_channel_listen;
  self->socket = (GwUnixSocket) GW_UNIX_SOCKET_NONE;
  self->voices = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) gw_text_voice_free, NULL);
  /* Whoever connects is root here. */
  if (!gw_unix_socket_listen (&self->socket, place, 0600, -1, -1, error) || !watch (self, error))
    {
      listen_free (&self->channel);
      return NULL;
    }
  g_message ("socket %s: listening", self->socket.path);
  return &self->channel;
}

const GwChannelKind gw_channel_listen = {
  .prefix = "unix-listen",
  .form = "unix-listen:PATH",
  .open = listen_open,
  .free = listen_free,
};
