/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks a QEMU at its control socket (QEMU: docs/interop/qmp-spec.rst). Blocks. */

#include "gw-qmp.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-line.h"

struct _GwQmp
{
  int fd;
  GwLine *line;
  gint64 deadline_us;
};

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "QMP: %s", what);
  return FALSE;
}

static gboolean
wait_for (GwQmp *qmp, short events, GError **error)
{
  struct pollfd waiting = { .fd = qmp->fd, .events = events };
  gint64 left_us = qmp->deadline_us - g_get_monotonic_time ();
  /* Also where there always is something to read. */
  int count = left_us <= 0 ? 0 : poll (&waiting, 1, (int) MIN ((left_us + 999) / 1000, G_MAXINT));

  if (count > 0 || (count < 0 && errno == EINTR))
    return TRUE;
  return fail (error, count == 0 ? "no answer; another program may be connected" : g_strerror (errno));
}

static gboolean
receive (GwQmp *qmp, GError **error)
{
  guint8 buffer[4096];
  gssize length;

  if (!wait_for (qmp, POLLIN, error))
    return FALSE;
  length = recv (qmp->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (length == 0)
    return fail (error, "closed");
  if (length < 0)
    return errno == EAGAIN || errno == EINTR ? TRUE : fail (error, g_strerror (errno));
  gw_line_receive (qmp->line, buffer, length, g_get_monotonic_time ());
  return TRUE;
}

/* The next object that has a member @name; events and the like are dropped. */
static JsonNode *
wait_for_member (GwQmp *qmp, const char *name, GError **error)
{
  for (;;)
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;
      g_autoptr (JsonNode) root = NULL;
      GwLineEvent event = gw_line_next (qmp->line, &object, &junk);

      if (event == GW_LINE_NONE)
        {
          if (!receive (qmp, error))
            return NULL;
          continue;
        }
      if (event != GW_LINE_OBJECT)
        {
          fail (error, "this is no QEMU");
          return NULL;
        }
      root = gw_json_parse (g_bytes_get_data (object, NULL), g_bytes_get_size (object), error);
      if (root == NULL)
        return NULL;
      if (json_object_has_member (json_node_get_object (root), "error"))
        {
          g_set_error_literal (error, GW_ERROR, GW_ERROR_DENIED, "QMP: it refused");
          return NULL;
        }
      if (json_object_has_member (json_node_get_object (root), name))
        return json_node_ref (json_object_get_member (json_node_get_object (root), name));
    }
}

/**
 * gw_qmp_ask:
 * @arguments: (transfer full) (nullable): an object
 *
 * Returns: (transfer full): what it returns; or %NULL with %GW_ERROR_DENIED (it
 *   has refused, and may be asked on) or another error set
 */
JsonNode *
gw_qmp_ask (GwQmp *qmp, const char *command, JsonNode *arguments, GError **error)
{
  g_autoptr (JsonNode) taken = arguments;
  g_autofree char *said = taken != NULL ? gw_json_to_string (taken, FALSE) : g_strdup ("{}");
  g_autofree char *text = g_strdup_printf ("{\"execute\":\"%s\",\"arguments\":%s}\n", command, said);
  gssize length = strlen (text);

  if (!wait_for (qmp, POLLOUT, error))
    return NULL;
  if (send (qmp->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
    {
      fail (error, "cannot be written to");
      return NULL;
    }
  return wait_for_member (qmp, "return", error);
}

static gboolean
greet (GwQmp *qmp, GError **error)
{
  g_autoptr (JsonNode) greeting = wait_for_member (qmp, "QMP", error);
  g_autoptr (JsonNode) capabilities = greeting != NULL ? gw_qmp_ask (qmp, "qmp_capabilities", NULL, error) : NULL;

  return capabilities != NULL;
}

static gboolean
connect_to (GwQmp *qmp, const char *path, GError **error)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  if (g_strlcpy (name.sun_path, path, sizeof name.sun_path) >= sizeof name.sun_path)
    return fail (error, "its path is too long");
  qmp->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (qmp->fd >= 0 && connect (qmp->fd, (struct sockaddr *) &name, sizeof name) == 0)
    return TRUE;
  return fail (error, g_strerror (errno));
}

/**
 * gw_qmp_open:
 * @path: where a QEMU listens for QMP; nothing is said before it greets
 * @timeout_ms: for all that is asked
 *
 * Returns: (transfer full): a connection that takes commands, or %NULL with
 *   @error set
 */
GwQmp *
gw_qmp_open (const char *path, guint timeout_ms, GError **error)
{
  g_autoptr (GwQmp) qmp = g_new0 (GwQmp, 1);

  qmp->fd = -1;
  qmp->deadline_us = g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000);
  qmp->line = gw_line_new (GW_MIB);
  return connect_to (qmp, path, error) && greet (qmp, error) ? g_steal_pointer (&qmp) : NULL;
}

void
gw_qmp_close (GwQmp *qmp)
{
  if (qmp->fd >= 0)
    close (qmp->fd);
  gw_line_free (qmp->line);
  g_free (qmp);
}

/* Of the process that listens there; 0 if it cannot be said. */
pid_t
gw_qmp_get_pid (GwQmp *qmp)
{
  struct ucred peer = { 0 };

  return getsockopt (qmp->fd, SOL_SOCKET, SO_PEERCRED, &peer, &(socklen_t){ sizeof peer }) == 0 ? peer.pid : 0;
}

/* "" where it has none. */
const char *
gw_qmp_string_of (JsonObject *untrusted_object, const char *name)
{
  JsonNode *node = json_object_get_member (untrusted_object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "";
}

gboolean
gw_qmp_is_true (JsonObject *untrusted_object, const char *name)
{
  JsonNode *node = json_object_get_member (untrusted_object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}
