/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listens on a socket and serves each client that connects: on a unix socket,
 * and on a vsock, which the host reaches from its side. */

#include "gw-channel.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-retry.h"
#include "gw-unix-socket.h"
#include "gw-voice.h"

typedef struct
{
  GwChannel channel;
  char *place;          /* as in the address */
  int fd;
  GwUnixSocket socket;  /* a unix socket's @fd and file */
  guint32 peer_cid;     /* of a vsock: the only one who is served */
  GwPollItem *item;     /* NULL while there is no room for another client */
  GHashTable *voices;
  GwSlots *slots;
  GwRetry retry;
} ListenChannel;

static gboolean watch (ListenChannel *self, GError **error);

static void
watch_again (gpointer data)
{
  ListenChannel *self = data;
  g_autoptr (GError) error = NULL;

  if (self->item == NULL && !watch (self, &error))
    g_warning ("%s:%s: %s", self->channel.kind->prefix, self->place, error->message);
}

static void
on_voice_lost (GwVoice *voice, const GError *error, gpointer data)
{
  ListenChannel *self = data;

  g_hash_table_remove (self->voices, voice);
  watch_again (self);
}

/* Whoever connects is root here. A vsock has no file with a mode: without this
 * any user of the guest, who may reach it by loopback, would be. */
static gboolean
may_connect (ListenChannel *self, int fd)
{
  struct sockaddr_vm peer;
  socklen_t length = sizeof peer;

  if (self->channel.kind != &gw_channel_vsock)
    return TRUE;
  if (getpeername (fd, (struct sockaddr *) &peer, &length) == 0 && peer.svm_cid == self->peer_cid)
    return TRUE;
  g_message ("%s:%s: refused a client that is not the host", self->channel.kind->prefix, self->place);
  return FALSE;
}

static void
on_client (guint32 events, gpointer data)
{
  ListenChannel *self = data;
  g_autoptr (GError) error = NULL;
  int fd = accept4 (self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  GwVoice *voice;

  if (fd < 0)
    {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        {
          /* The client waits in the backlog, and would be reported for ever. */
          g_warning ("%s:%s: cannot take another client: %s", self->channel.kind->prefix, self->place, g_strerror (errno));
          g_clear_pointer (&self->item, gw_poll_remove);
          gw_retry_later (&self->retry, watch_again, self);
        }
      return;
    }
  gw_retry_reset (&self->retry);
  if (!may_connect (self, fd))
    {
      close (fd);
      return;
    }
  voice = gw_voice_new (fd, self->slots, on_voice_lost, self, &error);
  if (voice == NULL)
    {
      g_warning ("%s:%s: %s", self->channel.kind->prefix, self->place, error->message);
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
bind_unix (ListenChannel *self, GError **error)
{
  /* Whoever connects is root here. */
  if (!gw_unix_socket_listen (&self->socket, self->place, 0600, -1, -1, error))
    return FALSE;
  self->fd = self->socket.fd;
  return TRUE;
}

static gboolean
parse_number (const char *text, gsize length, guint64 max, guint32 *number)
{
  g_autofree char *copy = g_strndup (text, length);
  guint64 value;

  if (!g_ascii_string_to_unsigned (copy, 10, 0, max, &value, NULL))
    return FALSE;
  *number = value;
  return TRUE;
}

/* "PORT", or qemu-ga's "CID:PORT". */
static gboolean
parse_vsock (const char *place, struct sockaddr_vm *address, GError **error)
{
  const char *colon = strchr (place, ':');
  const char *port = colon != NULL ? colon + 1 : place;
  guint32 cid = VMADDR_CID_ANY;
  guint32 number;

  if (!parse_number (port, strlen (port), G_MAXUINT32 - 1, &number)
      || (colon != NULL && !parse_number (place, colon - place, G_MAXUINT32, &cid)))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "'%s' is no vsock's PORT or CID:PORT", place);
      return FALSE;
    }
  *address = (struct sockaddr_vm){ .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = number };
  return TRUE;
}

static gboolean
bind_vsock (ListenChannel *self, GError **error)
{
  struct sockaddr_vm address;

  if (!parse_vsock (self->place, &address, error))
    return FALSE;
  /* Bound to loopback, it was meant for clients in the guest, as a test's. */
  self->peer_cid = address.svm_cid == VMADDR_CID_LOCAL ? VMADDR_CID_LOCAL : VMADDR_CID_HOST;
  self->fd = socket (AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd >= 0 && bind (self->fd, (const struct sockaddr *) &address, sizeof address) == 0
      && listen (self->fd, SOMAXCONN) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot listen on %s: %s", self->place, g_strerror (errno));
  return FALSE;
}

static void
listen_free (GwChannel *channel)
{
  ListenChannel *self = (ListenChannel *) channel;

  g_clear_pointer (&self->item, gw_poll_remove);
  gw_retry_reset (&self->retry);
  gw_slots_free (self->slots);
  g_hash_table_unref (self->voices);
  if (self->socket.fd >= 0)
    gw_unix_socket_close (&self->socket);
  else if (self->fd >= 0)
    close (self->fd);
  g_free (self->place);
  g_free (self);
}

static GwChannel *
listen_open (const GwChannelKind *kind, const char *place, gboolean (*bind_socket) (ListenChannel *, GError **), GError **error)
{
  ListenChannel *self = g_new0 (ListenChannel, 1);

  self->channel.kind = kind;
  self->fd = -1;
  self->socket = (GwUnixSocket) GW_UNIX_SOCKET_NONE;
  self->place = g_strdup (place);
  self->voices = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) gw_voice_free, NULL);
  self->slots = gw_slots_new (GW_PORT_SOCKET, NULL, GW_LISTEN_CLIENTS_MAX);
  if (!bind_socket (self, error) || !watch (self, error))
    {
      listen_free (&self->channel);
      return NULL;
    }
  g_message ("%s:%s: listening", kind->prefix, self->place);
  return &self->channel;
}

static GwChannel *
listen_open_unix (const char *place, const GwFound *found, GError **error)
{
  return listen_open (&gw_channel_listen, place, bind_unix, error);
}

static GwChannel *
listen_open_vsock (const char *place, const GwFound *found, GError **error)
{
  return listen_open (&gw_channel_vsock, place, bind_vsock, error);
}

const GwChannelKind gw_channel_listen = {
  .prefix = "unix-listen",
  .form = "unix-listen:PATH",
  .open = listen_open_unix,
  .free = listen_free,
};

const GwChannelKind gw_channel_vsock = {
  .prefix = "vsock",
  .form = "vsock:PORT",
  .open = listen_open_vsock,
  .free = listen_free,
};
