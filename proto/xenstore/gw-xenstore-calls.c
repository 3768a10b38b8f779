/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks Xen's store one thing at a time, and waits for the answer: for short
 * programs and for threads. */

#include "gw-xenstore-calls.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-xenstore-place.h"
#include "gw-xenstore-wire.h"

struct _GwXenstoreCalls
{
  int fd; /* -1 once it is of no use any more */
  gboolean is_socket;
  guint timeout_ms;
  guint32 last_id;
  GwXenstoreWire wire;
};

/**
 * gw_xenstore_calls_new:
 * @timeout_ms: how long one answer may take
 *
 * Returns: (transfer full): a connection, or %NULL with %G_IO_ERROR set:
 *   %G_IO_ERROR_NOT_FOUND where there is no Xen
 */
GwXenstoreCalls *
gw_xenstore_calls_new (guint timeout_ms, GError **error)
{
  gboolean is_socket;
  int fd = gw_xenstore_place_open (&is_socket, error);
  GwXenstoreCalls *calls;

  if (fd < 0)
    return NULL;
  calls = g_new0 (GwXenstoreCalls, 1);
  calls->fd = fd;
  calls->is_socket = is_socket;
  calls->timeout_ms = timeout_ms;
  return calls;
}

static void
hang_up (GwXenstoreCalls *calls)
{
  if (calls->fd >= 0)
    close (calls->fd);
  calls->fd = -1;
}

void
gw_xenstore_calls_free (GwXenstoreCalls *calls)
{
  hang_up (calls);
  g_free (calls);
}

static gboolean
fail (GError **error, int number, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "Xen's store, %s: %s", path, g_strerror (number));
  return FALSE;
}

/* An answer that came too late would be taken for the next one's. */
static gboolean
fail_for_good (GwXenstoreCalls *calls, GError **error, int number, const char *path)
{
  hang_up (calls);
  return fail (error, number, path);
}

/* Returns 0 or an errno. */
static int
wait_until_readable (GwXenstoreCalls *calls, gint64 deadline_us)
{
  struct pollfd item = { .fd = calls->fd, .events = POLLIN };
  int ready;

  do
    {
      gint64 left_us = deadline_us - g_get_monotonic_time ();

      if (left_us <= 0)
        return ETIMEDOUT;
      ready = poll (&item, 1, (left_us + 999) / 1000);
    }
  while (ready == 0 || (ready < 0 && errno == EINTR));
  return ready < 0 ? errno : 0;
}

/* A device takes one message a write, and answers it. Requests are small and
 * go out one at a time, so that a socket has room for each. */
static int
write_request (GwXenstoreCalls *calls, GBytes *request)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (request, &length);
  gssize written;

  do
    written = calls->is_socket ? send (calls->fd, data, length, MSG_NOSIGNAL) : write (calls->fd, data, length);
  while (written < 0 && errno == EINTR);
  if (written < 0)
    return errno;
  return (gsize) written == length ? 0 : EIO;
}

static gboolean
take_reply (GwXenstoreCalls *calls, const guint8 *data, gsize length, guint32 type, GwXenstoreMessage *reply,
            gboolean *broken)
{
  while (gw_xenstore_wire_receive (&calls->wire, &data, &length, reply, broken))
    if (reply->type == type || reply->type == GW_XENSTORE_ERROR)
      {
        /* Nothing else was asked for. */
        *broken = length > 0;
        return !*broken;
      }
  return FALSE;
}

/* Returns 0 or an errno; of this one there is no way back. */
static int
read_reply (GwXenstoreCalls *calls, guint32 type, GwXenstoreMessage *reply)
{
  gint64 deadline_us = g_get_monotonic_time () + calls->timeout_ms * (gint64) 1000;

  for (;;)
    {
      guint8 buffer[1024];
      gboolean broken = FALSE;
      gssize length;
      int number = wait_until_readable (calls, deadline_us);

      if (number != 0)
        return number;
      length = read (calls->fd, buffer, sizeof buffer);
      if (length > 0 && take_reply (calls, buffer, length, type, reply, &broken))
        return 0;
      if (length == 0)
        return ECONNRESET;
      if (broken)
        return EPROTO;
      if (length < 0 && errno != EAGAIN && errno != EINTR)
        return errno;
    }
}

/* @reply is good until the next call. */
static gboolean
call (GwXenstoreCalls *calls, GwXenstoreType type, const char *path, GwXenstoreMessage *reply, GError **error)
{
  g_autoptr (GBytes) request = gw_xenstore_request (type, ++calls->last_id, path, NULL);
  int number;

  if (request == NULL)
    return fail (error, E2BIG, path);
  if (calls->fd < 0)
    return fail (error, ENOTCONN, path);
  number = write_request (calls, request);
  if (number == 0)
    number = read_reply (calls, type, reply);
  if (number != 0)
    return fail_for_good (calls, error, number, path);
  number = gw_xenstore_message_errno (reply);
  return number == 0 || fail (error, number, path);
}

/**
 * gw_xenstore_calls_read:
 *
 * Returns: (transfer full): the value, or %NULL with %G_IO_ERROR set:
 *   %G_IO_ERROR_NOT_FOUND if there is none
 */
char *
gw_xenstore_calls_read (GwXenstoreCalls *calls, const char *path, GError **error)
{
  GwXenstoreMessage reply;
  char *value;

  if (!call (calls, GW_XENSTORE_READ, path, &reply, error))
    return NULL;
  value = gw_xenstore_message_value (&reply);
  if (value == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Xen's store, %s: not a text", path);
  return value;
}

/**
 * gw_xenstore_calls_list:
 *
 * Returns: (transfer full): the names in a directory, or %NULL with
 *   %G_IO_ERROR set
 */
char **
gw_xenstore_calls_list (GwXenstoreCalls *calls, const char *path, GError **error)
{
  GwXenstoreMessage reply;

  return call (calls, GW_XENSTORE_DIRECTORY, path, &reply, error) ? gw_xenstore_message_strings (&reply) : NULL;
}

/**
 * gw_xenstore_calls_lets_write:
 * @lets: (out): whether @domain may have written what is at @path
 */
gboolean
gw_xenstore_calls_lets_write (GwXenstoreCalls *calls, const char *path, guint domain, gboolean *lets, GError **error)
{
  GwXenstoreMessage reply;

  if (!call (calls, GW_XENSTORE_GET_PERMS, path, &reply, error))
    return FALSE;
  *lets = gw_xenstore_message_lets_write (&reply, domain);
  return TRUE;
}
