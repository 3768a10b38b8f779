/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds a QEMU's control socket in its command line, and asks there two
 * questions that change nothing. Blocks, for at most GW_QMP_PROBE_MS. */

#include "gw-qmp-probe.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-qemu-options.h"
#include "gw-qmp.h"

void
gw_qmp_probe_clear (GwQmpProbe *probe)
{
  g_clear_pointer (&probe->status, g_free);
}

/* --- The command line --------------------------------------------------- */

/* -chardev socket,id=ID,path=PATH,server=on */
static char *
path_of_chardev (char **words, const char *id)
{
  g_autoptr (GHashTable) options = gw_qemu_find_chardev (words, id);

  if (options == NULL || g_strcmp0 (g_hash_table_lookup (options, "backend"), "socket") != 0
      || !gw_qemu_options_is_on (options, "server"))
    return NULL;
  return g_strdup (g_hash_table_lookup (options, "path"));
}

/* -mon chardev=ID,mode=control */
static char *
path_of_monitor (char **words, const char *text)
{
  g_autoptr (GHashTable) options = gw_qemu_options_split (text, "chardev");
  const char *id = g_hash_table_lookup (options, "chardev");

  if (id == NULL || g_strcmp0 (g_hash_table_lookup (options, "mode"), "control") != 0)
    return NULL;
  return path_of_chardev (words, id);
}

/* -qmp unix:PATH,server=on */
static char *
path_of_qmp (const char *text)
{
  g_autoptr (GHashTable) options = gw_qemu_options_split (text, "address");
  const char *address = g_hash_table_lookup (options, "address");

  if (address == NULL || !g_str_has_prefix (address, "unix:") || !gw_qemu_options_is_on (options, "server"))
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
  g_auto (GStrv) words = gw_qemu_words (command_line, length);

  for (char **word = words; word[0] != NULL && word[1] != NULL; word++)
    {
      const char *option = g_str_has_prefix (word[0], "--") ? word[0] + 1 : word[0];
      g_autofree char *path = NULL;

      if (g_str_equal (option, "-qmp") || g_str_equal (option, "-qmp-pretty"))
        path = path_of_qmp (word[1]);
      else if (g_str_equal (option, "-mon"))
        path = path_of_monitor (words, word[1]);
      if (path != NULL && path[0] == '/')
        return g_steal_pointer (&path);
    }
  return NULL;
}

/* --- The conversation --------------------------------------------------- */

static gboolean
read_status (JsonNode *untrusted_status, GwQmpProbe *probe)
{
  if (!JSON_NODE_HOLDS_OBJECT (untrusted_status))
    return FALSE;
  probe->status = g_strdup (gw_qmp_string_of (json_node_get_object (untrusted_status), "status"));
  probe->running = gw_qmp_is_true (json_node_get_object (untrusted_status), "running");
  return TRUE;
}

/* A filename is "[disconnected:]unix:PATH[,server=on…]". */
static gboolean
is_backend_of (JsonObject *backend, const char *channel_path)
{
  const char *filename = gw_qmp_string_of (backend, "filename");
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
        probe->guest_open = gw_qmp_is_true (json_node_get_object (node), "frontend-open");
    }
}

static gboolean
converse (GwQmp *qmp, const char *channel_path, GwQmpProbe *probe, GError **error)
{
  g_autoptr (JsonNode) status = gw_qmp_ask (qmp, "query-status", NULL, error);
  g_autoptr (JsonNode) backends = status != NULL ? gw_qmp_ask (qmp, "query-chardev", NULL, error) : NULL;

  if (backends == NULL)
    return FALSE;
  read_backends (backends, channel_path, probe);
  if (read_status (status, probe))
    return TRUE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "QMP: no status");
  return FALSE;
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
  g_autoptr (GwQmp) qmp = gw_qmp_open (qmp_path, GW_QMP_PROBE_MS, error);

  probe->guest_open = -1;
  return qmp != NULL && converse (qmp, channel_path, probe, error);
}
