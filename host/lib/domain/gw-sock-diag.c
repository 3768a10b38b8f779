/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the kernel about unix sockets (sock_diag(7)): who listens on a path and
 * who is connected there, as inodes. Any user may ask. Knows no process. */

#include "gw-sock-diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The kernel sends less at once. */
#define BATCH_SIZE (64u * 1024u)

typedef struct
{
  guint32 inode;
  guint32 peer;
  gboolean listening;
  guint32 file_inode; /* the lower half of it */
  guint32 file_device;
  char *path;
} Sock;

struct _GwSockDiag
{
  GArray *socks;
};

static void
sock_clear (gpointer data)
{
  g_free (((Sock *) data)->path);
}

void
gw_sock_diag_free (GwSockDiag *diag)
{
  g_array_unref (diag->socks);
  g_free (diag);
}

static int
fail (int fd, GError **error)
{
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "the kernel does not tell of unix sockets: %s", g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static int
ask (GError **error)
{
  struct
  {
    struct nlmsghdr header;
    struct unix_diag_req request;
  } message = {
    .header = { .nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .request = { .sdiag_family = AF_UNIX,
                 .udiag_states = (1 << TCP_LISTEN) | (1 << TCP_ESTABLISHED),
                 .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER },
  };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

  if (fd < 0 || send (fd, &message, sizeof message, 0) != sizeof message)
    return fail (fd, error);
  return fd;
}

/* An abstract name begins with a NUL. */
static void
read_attribute (Sock *sock, int type, const char *data, gsize length)
{
  struct unix_diag_vfs file;

  if (type == UNIX_DIAG_NAME && length > 0 && data[0] == '/')
    sock->path = g_strndup (data, length);
  else if (type == UNIX_DIAG_PEER && length >= sizeof sock->peer)
    memcpy (&sock->peer, data, sizeof sock->peer);
  else if (type == UNIX_DIAG_VFS && length >= sizeof file)
    {
      memcpy (&file, data, sizeof file);
      sock->file_inode = file.udiag_vfs_ino;
      sock->file_device = file.udiag_vfs_dev;
    }
}

/* @data: a message behind its netlink header */
static void
read_sock (GwSockDiag *diag, const char *data, gsize length)
{
  struct unix_diag_msg message;
  Sock sock = { 0 };

  if (length < sizeof message)
    return;
  memcpy (&message, data, sizeof message);
  sock.inode = message.udiag_ino;
  sock.listening = message.udiag_state == TCP_LISTEN;
  for (gsize at = NLMSG_ALIGN (sizeof message); at + sizeof (struct rtattr) <= length;)
    {
      struct rtattr attribute;

      memcpy (&attribute, data + at, sizeof attribute);
      if (attribute.rta_len < sizeof attribute || attribute.rta_len > length - at)
        break;
      read_attribute (&sock, attribute.rta_type, data + at + RTA_LENGTH (0), attribute.rta_len - RTA_LENGTH (0));
      at += RTA_ALIGN (attribute.rta_len);
    }
  /* One that nobody has accepted yet has no inode. */
  if (sock.path != NULL && sock.inode != 0)
    g_array_append_val (diag->socks, sock);
  else
    sock_clear (&sock);
}

/* FALSE at the end; then @error may be set. */
static gboolean
read_message (GwSockDiag *diag, const struct nlmsghdr *header, const char *data, GError **error)
{
  gsize length = header->nlmsg_len - NLMSG_HDRLEN;
  int number = EPROTO;

  if (header->nlmsg_type == NLMSG_DONE)
    return FALSE;
  if (header->nlmsg_type == NLMSG_ERROR)
    {
      if (length >= sizeof number)
        memcpy (&number, data, sizeof number);
      errno = ABS (number);
      fail (-1, error);
      return FALSE;
    }
  if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY)
    read_sock (diag, data, length);
  return TRUE;
}

static gboolean
read_batch (GwSockDiag *diag, int fd, GError **error)
{
  char buffer[BATCH_SIZE];
  gssize got = recv (fd, buffer, sizeof buffer, 0);
  struct nlmsghdr header;

  if (got < 0 && errno == EINTR)
    return TRUE;
  if (got < 0)
    fail (-1, error);
  for (gssize at = 0; at + (gssize) sizeof header <= got; at += NLMSG_ALIGN (header.nlmsg_len))
    {
      memcpy (&header, buffer + at, sizeof header);
      if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > (gsize) (got - at))
        break;
      if (!read_message (diag, &header, buffer + at + NLMSG_HDRLEN, error))
        return FALSE;
    }
  return got > 0;
}

/**
 * gw_sock_diag_read:
 *
 * Returns: (transfer full): the sockets there are now, or %NULL with an error
 *   set, as where the kernel is built without unix_diag
 */
GwSockDiag *
gw_sock_diag_read (GError **error)
{
  g_autoptr (GwSockDiag) diag = NULL;
  GError *problem = NULL;
  int fd = ask (error);

  if (fd < 0)
    return NULL;
  diag = g_new0 (GwSockDiag, 1);
  diag->socks = g_array_new (FALSE, FALSE, sizeof (Sock));
  g_array_set_clear_func (diag->socks, sock_clear);
  while (read_batch (diag, fd, &problem))
    continue;
  close (fd);
  if (problem == NULL)
    return g_steal_pointer (&diag);
  g_propagate_error (error, problem);
  return NULL;
}

/* --- Questions ---------------------------------------------------------- */

/* By the file, as a path may be spelled in many ways. */
static gboolean
is_file (const Sock *sock, const struct stat *status)
{
  return sock->file_inode == (guint32) status->st_ino
         && sock->file_device == ((guint32) major (status->st_dev) << 20 | minor (status->st_dev));
}

typedef gboolean (*Matches) (const Sock *sock, const char *path, const struct stat *status);

static gboolean
matches_file (const Sock *sock, const char *path, const struct stat *status)
{
  return is_file (sock, status);
}

/* Some file systems tell another inode or device to programs. */
static gboolean
matches_path (const Sock *sock, const char *path, const struct stat *status)
{
  return g_str_equal (sock->path, path);
}

static Matches
how_to_match (const GwSockDiag *diag, const struct stat *status)
{
  for (guint i = 0; i < diag->socks->len; i++)
    if (is_file (&g_array_index (diag->socks, Sock, i), status))
      return matches_file;
  return matches_path;
}

/**
 * gw_sock_diag_find_listener:
 *
 * Returns: the inode of a socket that listens on @path; 0 for none
 */
guint32
gw_sock_diag_find_listener (const GwSockDiag *diag, const char *path)
{
  struct stat status;
  Matches matches;

  if (stat (path, &status) != 0)
    return 0;
  matches = how_to_match (diag, &status);
  for (guint i = 0; i < diag->socks->len; i++)
    {
      const Sock *sock = &g_array_index (diag->socks, Sock, i);

      if (sock->listening && matches (sock, path, &status))
        return sock->inode;
    }
  return 0;
}

/**
 * gw_sock_diag_find_clients:
 *
 * Returns: (transfer full) (element-type guint32): the inodes of the sockets
 *   whose connection to @path has been accepted
 */
GArray *
gw_sock_diag_find_clients (const GwSockDiag *diag, const char *path)
{
  GArray *inodes = g_array_new (FALSE, FALSE, sizeof (guint32));
  struct stat status;
  Matches matches;

  if (stat (path, &status) != 0)
    return inodes;
  matches = how_to_match (diag, &status);
  for (guint i = 0; i < diag->socks->len; i++)
    {
      const Sock *sock = &g_array_index (diag->socks, Sock, i);

      if (!sock->listening && sock->peer != 0 && matches (sock, path, &status))
        g_array_append_val (inodes, sock->peer);
    }
  return inodes;
}
