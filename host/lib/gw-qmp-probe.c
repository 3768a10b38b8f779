/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds a QEMU's control socket in its command line, and asks there two
 * questions that change nothing (QEMU: docs/interop/qmp-spec.rst). Blocks, for
 * at most GW_QMP_PROBE_MS. */

#include "gw-qmp-probe.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-json.h"
#include "gw-limits.h"
#include "gw-line.h"

void
gw_qmp_probe_clear (GwQmpProbe *probe)
{
  g_clear_pointer (&probe->status, g_free);
}

/* --- The command line --------------------------------------------------- */

/* QEMU's "a=b,c=d": two commas stand for one. The first value may come without
 * its name. */
static GHashTable *
split_options (const char *text, const char *first_name)
{
  GHashTable *options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean is_first = TRUE;

  while (*text != '\0')
    {
      g_autoptr (GString) word = g_string_new (NULL);
      char *equals;

      for (; *text != '\0' && (*text != ',' || text[1] == ','); text++)
        {
          g_string_append_c (word, *text);
          if (*text == ',')
            text++;
        }
      if (*text == ',')
        text++;
      equals = strchr (word->str, '=');
      if (equals != NULL)
        g_hash_table_insert (options, g_strndup (word->str, equals - word->str), g_strdup (equals + 1));
      else
        g_hash_table_insert (options, g_strdup (is_first ? first_name : word->str), g_strdup (is_first ? word->str : "on"));
      is_first = FALSE;
    }
  return options;
}

static gboolean
is_on (GHashTable *options, const char *name)
{
  const char *value = g_hash_table_lookup (options, name);

  return value != NULL && (g_str_equal (value, "on") || g_str_equal (value, "yes") || g_str_equal (value, "true"));
}

/* -chardev socket,id=ID,path=PATH,server=on */
static char *
path_of_chardev (char **words, const char *id)
{
  for (char **word = words; word[0] != NULL && word[1] != NULL; word++)
    {
      g_autoptr (GHashTable) options = NULL;

      if (!g_str_equal (word[0], "-chardev") && !g_str_equal (word[0], "--chardev"))
        continue;
      options = split_options (word[1], "backend");
      if (g_strcmp0 (g_hash_table_lookup (options, "id"), id) == 0)
        return g_strcmp0 (g_hash_table_lookup (options, "backend"), "socket") == 0 && is_on (options, "server")
                   ? g_strdup (g_hash_table_lookup (options, "path"))
                   : NULL;
    }
  return NULL;
}

/* -mon chardev=ID,mode=control */
static char *
path_of_monitor (char **words, const char *text)
{
  g_autoptr (GHashTable) options = split_options (text, "chardev");
  const char *id = g_hash_table_lookup (options, "chardev");

  if (id == NULL || g_strcmp0 (g_hash_table_lookup (options, "mode"), "control") != 0)
    return NULL;
  return path_of_chardev (words, id);
}

/* -qmp unix:PATH,server=on */
static char *
path_of_qmp (const char *text)
{
  g_autoptr (GHashTable) options = split_options (text, "address");
  const char *address = g_hash_table_lookup (options, "address");

  if (address == NULL || !g_str_has_prefix (address, "unix:") || !is_on (options, "server"))
    return NULL;
  return g_strdup (address + strlen ("unix:"));
}

/**
 * gw_qmp_probe_find_socket:
 * @command_line: a QEMU's, as /proc/PID/cmdline has it: a NUL behind each word
 *
 * Returns: (transfer full) (nullable): the absolute path of the socket where
 *   it takes QMP, if it does
 */
char *
gw_qmp_probe_find_socket (const char *command_line, gsize length)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (gsize at = 0; at < length; at += strnlen (command_line + at, length - at) + 1)
    g_ptr_array_add (words, g_strndup (command_line + at, length - at));
  g_ptr_array_add (words, NULL);
  for (char **word = (char **) words->pdata; word[0] != NULL && word[1] != NULL; word++)
    {
      const char *option = g_str_has_prefix (word[0], "--") ? word[0] + 1 : word[0];
      g_autofree char *path = NULL;

      if (g_str_equal (option, "-qmp") || g_str_equal (option, "-qmp-pretty"))
        path = path_of_qmp (word[1]);
      else if (g_str_equal (option, "-mon"))
        path = path_of_monitor ((char **) words->pdata, word[1]);
      if (path != NULL && path[0] == '/')
        return g_steal_pointer (&path);
    }
  return NULL;
}

/* --- The conversation --------------------------------------------------- */

typedef struct
{
  int fd;
  GwLine *line;
  gint64 deadline_us;
} Talk;

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "QMP: %s", what);
  return FALSE;
}

static gboolean
wait_for (Talk *talk, short events, GError **error)
{
  struct pollfd waiting = { .fd = talk->fd, .events = events };
  gint64 left_us = talk->deadline_us - g_get_monotonic_time ();
  /* Also where there always is something to read. */
  int count = left_us <= 0 ? 0 : poll (&waiting, 1, (int) CLAMP ((left_us + 999) / 1000, 0, GW_QMP_PROBE_MS));

  if (count > 0 || (count < 0 && errno == EINTR))
    return TRUE;
  return fail (error, count == 0 ? "no answer; another program may be connected" : g_strerror (errno));
}

static gboolean
receive (Talk *talk, GError **error)
{
  guint8 buffer[4096];
  gssize length;

  if (!wait_for (talk, POLLIN, error))
    return FALSE;
  length = recv (talk->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (length == 0)
    return fail (error, "closed");
  if (length < 0)
    return errno == EAGAIN || errno == EINTR ? TRUE : fail (error, g_strerror (errno));
  gw_line_receive (talk->line, buffer, length, g_get_monotonic_time ());
  return TRUE;
}

/* The next object that has a member @name; events and the like are dropped. */
static JsonNode *
wait_for_member (Talk *talk, const char *name, GError **error)
{
  for (;;)
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;
      g_autoptr (JsonNode) root = NULL;
      GwLineEvent event = gw_line_next (talk->line, &object, &junk);

      if (event == GW_LINE_NONE)
        {
          if (!receive (talk, error))
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
          fail (error, "it refused");
          return NULL;
        }
      if (json_object_has_member (json_node_get_object (root), name))
        return json_node_ref (json_object_get_member (json_node_get_object (root), name));
    }
}

static JsonNode *
ask (Talk *talk, const char *command, GError **error)
{
  g_autofree char *text = g_strdup_printf ("{\"execute\":\"%s\"}\n", command);
  gssize length = strlen (text);

  if (!wait_for (talk, POLLOUT, error))
    return NULL;
  if (send (talk->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length)
    {
      fail (error, "cannot be written to");
      return NULL;
    }
  return wait_for_member (talk, "return", error);
}

static const char *
string_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : "";
}

static gboolean
is_true (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

static gboolean
read_status (JsonNode *untrusted_status, GwQmpProbe *probe)
{
  if (!JSON_NODE_HOLDS_OBJECT (untrusted_status))
    return FALSE;
  probe->status = g_strdup (string_of (json_node_get_object (untrusted_status), "status"));
  probe->running = is_true (json_node_get_object (untrusted_status), "running");
  return TRUE;
}

/* A filename is "[disconnected:]unix:PATH[,server=on…]". */
static gboolean
is_backend_of (JsonObject *backend, const char *channel_path)
{
  const char *filename = string_of (backend, "filename");
  const char *rest;

  if (g_str_has_prefix (filename, "disconnected:"))
    filename += strlen ("disconnected:");
  if (!g_str_has_prefix (filename, "unix:") || !g_str_has_prefix (filename + strlen ("unix:"), channel_path))
    return FALSE;
  rest = filename + strlen ("unix:") + strlen (channel_path);
  return *rest == '\0' || *rest == ',';
}

static void
read_backends (JsonNode *untrusted_backends, const char *channel_path, GwQmpProbe *probe)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (untrusted_backends) ? json_node_get_array (untrusted_backends) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_OBJECT (node) && is_backend_of (json_node_get_object (node), channel_path))
        probe->guest_open = is_true (json_node_get_object (node), "frontend-open");
    }
}

static gboolean
converse (Talk *talk, const char *channel_path, GwQmpProbe *probe, GError **error)
{
  g_autoptr (JsonNode) greeting = wait_for_member (talk, "QMP", error);
  g_autoptr (JsonNode) capabilities = greeting != NULL ? ask (talk, "qmp_capabilities", error) : NULL;
  g_autoptr (JsonNode) status = capabilities != NULL ? ask (talk, "query-status", error) : NULL;
  g_autoptr (JsonNode) backends = status != NULL ? ask (talk, "query-chardev", error) : NULL;

  if (backends == NULL)
    return FALSE;
  read_backends (backends, channel_path, probe);
  return read_status (status, probe) || fail (error, "no status");
}

/**
 * gw_qmp_probe_ask:
 * @qmp_path: where a QEMU listens for QMP; nothing is said before it greets
 * @channel_path: the channel's socket
 * @probe: (out caller-allocates): zeroed before
 */
gboolean
gw_qmp_probe_ask (const char *qmp_path, const char *channel_path, GwQmpProbe *probe, GError **error)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  Talk talk = { .deadline_us = g_get_monotonic_time () + GW_QMP_PROBE_MS * G_GINT64_CONSTANT (1000) };
  gboolean told;

  probe->guest_open = -1;
  if (g_strlcpy (name.sun_path, qmp_path, sizeof name.sun_path) >= sizeof name.sun_path)
    return fail (error, "its path is too long");
  talk.fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (talk.fd < 0 || connect (talk.fd, (struct sockaddr *) &name, sizeof name) != 0)
    {
      fail (error, g_strerror (errno));
      if (talk.fd >= 0)
        close (talk.fd);
      return FALSE;
    }
  talk.line = gw_line_new (GW_MIB);
  told = converse (&talk, channel_path, probe, error);
  gw_line_free (talk.line);
  close (talk.fd);
  return told;
}
