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
#include "gw-retry.h"
#include "gw-text-voice.h"

typedef struct
{
  GwChannel channel;
  char *path;
  int fd;
  gboolean bound;
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
    g_warning ("socket %s: %s", self->path, error->message);
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
  int fd = accept4 (self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  GwTextVoice *voice;

  if (fd < 0)
    {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        {
          /* The client waits in the backlog, and would be reported for ever. */
          g_warning ("socket %s: cannot take another client: %s", self->path, g_strerror (errno));
          g_clear_pointer (&self->item, gw_poll_remove);
          gw_retry_later (&self->retry, watch_again, self);
        }
      return;
    }
  gw_retry_reset (&self->retry);
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

static gboolean
refuses (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean refused;

  if (fd < 0)
    return FALSE;
  refused = connect (fd, (const struct sockaddr *) address, sizeof *address) < 0 && errno == ECONNREFUSED;
  close (fd);
  return refused;
}

/* Asked more than once: one who has just bound it may not yet listen. */
static gboolean
is_live (const struct sockaddr_un *address)
{
  for (guint i = 0; i < GW_STALE_TRIES; i++)
    {
      if (!refuses (address))
        return TRUE;
      g_usleep (GW_STALE_TRY_MS * 1000);
    }
  return FALSE;
}

/* A socket file that nobody listens on is left over from a crash; any other
 * file, or a live socket, is somebody else's. */
static gboolean
remove_stale (const struct sockaddr_un *address, GError **error)
{
  struct stat file;

  if (lstat (address->sun_path, &file) != 0)
    return TRUE;
  if (!S_ISSOCK (file.st_mode))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%s is there and is no socket", address->sun_path);
      return FALSE;
    }
  if (is_live (address))
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
  gw_retry_reset (&self->retry);
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
