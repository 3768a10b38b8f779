/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listens on a unix socket and serves each client that connects. */

#include "gw-channel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-text-voice.h"

typedef struct
{
  GwChannel channel;
  char *path;
  int fd;
  gboolean bound;
  GwPollItem *item; /* NULL while there is no room for another client */
  GHashTable *voices;
} ListenChannel;

static gboolean watch (ListenChannel *self, GError **error);

static void
on_voice_lost (GwTextVoice *voice, const GError *error, gpointer data)
{
  ListenChannel *self = data;
  g_autoptr (GError) problem = NULL;

  g_hash_table_remove (self->voices, voice);
  if (self->item == NULL && !watch (self, &problem))
    g_warning ("socket %s: %s", self->path, problem->message);
}

static void
on_client (guint32 events, gpointer data)
{
  ListenChannel *self = data;
  g_autoptr (GError) error = NULL;
  int fd = accept4 (self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  GwTextVoice *voice;

  if (fd < 0)
    {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        {
          /* The client waits in the backlog until another one leaves. */
          g_warning ("socket %s: cannot take another client: %s", self->path, g_strerror (errno));
          if (g_hash_table_size (self->voices) > 0)
            g_clear_pointer (&self->item, gw_poll_remove);
        }
      return;
    }
  voice = gw_text_voice_new (fd, GW_PORT_SOCKET, on_voice_lost, self, &error);
  if (voice == NULL)
    {
      g_warning ("socket %s: %s", self->path, error->message);
      return;
    }
  g_hash_table_add (self->voices, voice);
  if (g_hash_table_size (self->voices) >= GW_LISTEN_CLIENTS_MAX)
    g_clear_pointer (&self->item, gw_poll_remove);
}

static gboolean
watch (ListenChannel *self, GError **error)
{
  self->item = gw_poll_add (NULL, self->fd, EPOLLIN, on_client, self, error);
  return self->item != NULL;
}

/* A socket file that nobody listens on is left over from a crash; any other
 * file, or a live socket, is somebody else's. */
static gboolean
remove_stale (const struct sockaddr_un *address, GError **error)
{
  struct stat file;
  gboolean live;
  int fd;

  if (lstat (address->sun_path, &file) != 0)
    return TRUE;
  if (!S_ISSOCK (file.st_mode))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%s is there and is no socket", address->sun_path);
      return FALSE;
    }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  live = fd < 0 || connect (fd, (const struct sockaddr *) address, sizeof *address) == 0 || errno != ECONNREFUSED;
  if (fd >= 0)
    close (fd);
  if (live)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "another program listens on %s", address->sun_path);
      return FALSE;
    }
  unlink (address->sun_path);
  return TRUE;
}

static gboolean
bind_socket (ListenChannel *self, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  mode_t mask;

  if (strlen (self->path) >= sizeof address.sun_path)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "a socket's path has at most %" G_GSIZE_FORMAT " bytes",
                   sizeof address.sun_path - 1);
      return FALSE;
    }
  strcpy (address.sun_path, self->path);
  if (!remove_stale (&address, error))
    return FALSE;
  /* Whoever connects is root here. */
  mask = umask (0177);
  self->bound = self->fd >= 0 && bind (self->fd, (const struct sockaddr *) &address, sizeof address) == 0;
  if (!self->bound || listen (self->fd, SOMAXCONN) != 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot listen on %s: %s", self->path, g_strerror (errno));
      umask (mask);
      return FALSE;
    }
  umask (mask);
  return watch (self, error);
}

static void
listen_free (GwChannel *channel)
{
  ListenChannel *self = (ListenChannel *) channel;

  if (self->bound)
    unlink (self->path);
  g_clear_pointer (&self->item, gw_poll_remove);
  g_hash_table_unref (self->voices);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}

static GwChannel *
listen_open (const char *place, GwVirtioPorts *ports, GError **error)
{
  ListenChannel *self = g_new0 (ListenChannel, 1);

  self->channel.kind = &gw_channel_listen;
  self->path = g_strdup (place);
  self->voices = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) gw_text_voice_free, NULL);
  self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (!bind_socket (self, error))
    {
      listen_free (&self->channel);
      return NULL;
    }
  g_message ("socket %s: listening", self->path);
  return &self->channel;
}

const GwChannelKind gw_channel_listen = {
  .prefix = "unix-listen",
  .form = "unix-listen:PATH",
  .open = listen_open,
  .free = listen_free,
};
