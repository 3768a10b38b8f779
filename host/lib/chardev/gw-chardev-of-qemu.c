/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a QEMU that runs says of its serial ports, parallel ports, consoles and
 * channels: which there are (QOM), what each is tied to (query-chardev), and,
 * where it does not say where that is, what it was started with. Blocks; changes
 * nothing. */

#include "gw-chardev-of-qemu.h"

#include <string.h>

#include "gw-chardev-private.h"
#include "gw-limits.h"
#include "gw-qemu-options.h"
#include "gw-qmp.h"

/* QEMU's devices, and what libvirt calls them. */
static const struct
{
  const char *type;
  GwChardevDevice device;
  const char *target;
} types[] = {
  { "isa-serial", GW_CHARDEV_DEVICE_SERIAL, "isa-serial" },
  { "pci-serial", GW_CHARDEV_DEVICE_SERIAL, "pci-serial" },
  { "usb-serial", GW_CHARDEV_DEVICE_SERIAL, "usb-serial" },
  { "spapr-vty", GW_CHARDEV_DEVICE_SERIAL, "spapr-vio-serial" },
  { "isa-debugcon", GW_CHARDEV_DEVICE_SERIAL, "isa-debug" },
  { "isa-parallel", GW_CHARDEV_DEVICE_PARALLEL, "parallel" },
  { "virtserialport", GW_CHARDEV_DEVICE_CHANNEL, "virtio" },
  { "virtconsole", GW_CHARDEV_DEVICE_CONSOLE, "virtio" },
  { "xen-console", GW_CHARDEV_DEVICE_CONSOLE, "xen" },
  { "sclpconsole", GW_CHARDEV_DEVICE_CONSOLE, "sclp" },
  { "sclplmconsole", GW_CHARDEV_DEVICE_CONSOLE, "sclplm" },
};

/* --- One host's end ------------------------------------------------------ */

/* HOST:PORT, with an IPv6 address in brackets. */
static void
set_host (GwChardev *chardev, const char *text, gsize length)
{
  g_autofree char *place = g_strndup (text, length);
  char *colon = strrchr (place, ':');
  gsize host_length;

  if (colon == NULL)
    return;
  host_length = colon - place;
  chardev->service = g_strdup (colon + 1);
  if (host_length >= 2 && place[0] == '[' && place[host_length - 1] == ']')
    chardev->host = g_strndup (place + 1, host_length - 2);
  else
    chardev->host = g_strndup (place, host_length);
}

/* HERE[,server=on][ <-> THERE]: the one of both is meant that listens. */
static void
read_tcp (GwChardev *chardev, const char *rest)
{
  const char *arrow = strstr (rest, " <-> ");
  gsize length = strcspn (rest, ", ");

  chardev->mode = strstr (rest, ",server") != NULL ? GW_CHARDEV_MODE_BIND : GW_CHARDEV_MODE_CONNECT;
  if (chardev->mode == GW_CHARDEV_MODE_CONNECT && arrow != NULL)
    set_host (chardev, arrow + strlen (" <-> "), strlen (arrow) - strlen (" <-> "));
  else
    set_host (chardev, rest, length);
}

static void
read_unix (GwChardev *chardev, const char *rest)
{
  const char *server = g_strrstr (rest, ",server");

  chardev->mode = server != NULL ? GW_CHARDEV_MODE_BIND : GW_CHARDEV_MODE_CONNECT;
  chardev->path = server != NULL ? g_strndup (rest, server - rest) : g_strdup (rest);
}

/* What -chardev says of those where query-chardev says a word only. */
static void
read_options (GwChardev *chardev, GHashTable *options)
{
  const char *host = g_hash_table_lookup (options, "host");

  chardev->path = g_strdup (g_hash_table_lookup (options, "path"));
  if (chardev->kind == GW_CHARDEV_KIND_UNIX)
    chardev->mode = GW_CHARDEV_MODE_CONNECT;
  if (chardev->kind != GW_CHARDEV_KIND_UDP)
    return;
  chardev->host = g_strdup (host != NULL && *host != '\0' ? host : "127.0.0.1");
  chardev->service = g_strdup (g_hash_table_lookup (options, "port"));
  chardev->bind_host = g_strdup (g_hash_table_lookup (options, "localaddr"));
  chardev->bind_service = g_strdup (g_hash_table_lookup (options, "localport"));
}

static GwChardevKind
kind_of (const char *word)
{
  GwChardevKind kind;

  if (g_str_equal (word, "telnet"))
    return GW_CHARDEV_KIND_TCP;
  if (g_str_equal (word, "serial") || g_str_equal (word, "parallel"))
    return GW_CHARDEV_KIND_DEV;
  return gw_chardev_kind_from_string (word, &kind) ? kind : GW_CHARDEV_KIND_NULL;
}

/**
 * gw_chardev_from_qemu:
 * @untrusted_filename: as query-chardev has it
 * @options: (nullable): of the same one's -chardev
 *
 * Returns: (transfer full): a device with that host's end
 */
GwChardev *
gw_chardev_from_qemu (GwChardevDevice device, const char *untrusted_filename, GHashTable *options)
{
  static const char away[] = "disconnected:";
  const char *text = untrusted_filename + (g_str_has_prefix (untrusted_filename, away) ? strlen (away) : 0);
  gsize length = strcspn (text, ":");
  g_autofree char *word = g_strndup (text, length);
  const char *rest = text[length] == ':' ? text + length + 1 : NULL;
  GwChardev *chardev = gw_chardev_new (device, kind_of (word), GW_CHARDEV_FORM_LIBVIRT, 0);

  chardev->telnet = g_str_equal (word, "telnet");
  if (chardev->kind == GW_CHARDEV_KIND_PTY)
    chardev->path = g_strdup (rest);
  /* A client's own end has no path. */
  else if (chardev->kind == GW_CHARDEV_KIND_UNIX && rest != NULL && *rest != '\0')
    read_unix (chardev, rest);
  else if (chardev->kind == GW_CHARDEV_KIND_TCP && rest != NULL)
    read_tcp (chardev, rest);
  else if (options != NULL)
    read_options (chardev, options);
  return chardev;
}

/* --- All of a QEMU ------------------------------------------------------- */

typedef struct
{
  GwQmp *qmp;
  JsonArray *backends;
  char **words; /* of its command line; or NULL */
  GPtrArray *list;
  guint seen;
} Search;

/* NULL with no error set: it has none. */
static char *
get_property (Search *search, const char *path, const char *property, GError **error)
{
  g_autoptr (GError) problem = NULL;
  JsonObject *arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) value = NULL;

  json_object_set_string_member (arguments, "path", path);
  json_object_set_string_member (arguments, "property", property);
  json_node_take_object (node, arguments);
  value = gw_qmp_ask (search->qmp, "qom-get", node, &problem);
  if (value == NULL && !g_error_matches (problem, GW_ERROR, GW_ERROR_DENIED))
    g_propagate_error (error, g_steal_pointer (&problem));
  return value != NULL && json_node_get_value_type (value) == G_TYPE_STRING ? g_strdup (json_node_get_string (value)) : NULL;
}

static JsonObject *
find_backend (Search *search, const char *label)
{
  for (guint i = 0; i < json_array_get_length (search->backends); i++)
    {
      JsonNode *node = json_array_get_element (search->backends, i);

      if (JSON_NODE_HOLDS_OBJECT (node) && g_str_equal (gw_qmp_string_of (json_node_get_object (node), "label"), label))
        return json_node_get_object (node);
    }
  return NULL;
}

static void
add_device (Search *search, guint type, const char *label, const char *name)
{
  JsonObject *backend = find_backend (search, label);
  g_autoptr (GHashTable) options = backend != NULL && search->words != NULL ? gw_qemu_find_chardev (search->words, label) : NULL;
  GwChardev *chardev;

  if (backend == NULL)
    return;
  chardev = gw_chardev_from_qemu (types[type].device, gw_qmp_string_of (backend, "filename"), options);
  chardev->target_type = g_strdup (types[type].target);
  chardev->target_name = g_strdup (name);
  chardev->alias = g_strdup (label);
  if (types[type].device == GW_CHARDEV_DEVICE_CHANNEL)
    gw_chardev_set_open (chardev, gw_qmp_is_true (backend, "frontend-open"));
  g_ptr_array_add (search->list, chardev);
}

static gboolean
look_at (Search *search, const char *folder, JsonObject *entry, GError **error)
{
  g_autofree char *path = g_strconcat (folder, "/", gw_qmp_string_of (entry, "name"), NULL);
  g_autofree char *label = NULL;
  g_autofree char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *type = g_strconcat ("child<", types[i].type, ">", NULL);
      g_autoptr (GError) problem = NULL;

      if (!g_str_equal (gw_qmp_string_of (entry, "type"), type))
        continue;
      label = get_property (search, path, "chardev", &problem);
      if (label != NULL && types[i].device == GW_CHARDEV_DEVICE_CHANNEL)
        name = get_property (search, path, "name", &problem);
      if (problem != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      if (label != NULL && *label != '\0')
        add_device (search, i, label, name != NULL && *name != '\0' ? name : NULL);
    }
  return TRUE;
}

static gboolean
look_into (Search *search, const char *folder, GError **error)
{
  g_autoptr (GError) problem = NULL;
  JsonObject *arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) untrusted_entries = NULL;
  JsonArray *entries;

  json_object_set_string_member (arguments, "path", folder);
  json_node_take_object (node, arguments);
  untrusted_entries = gw_qmp_ask (search->qmp, "qom-list", node, &problem);
  if (untrusted_entries == NULL && !g_error_matches (problem, GW_ERROR, GW_ERROR_DENIED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (untrusted_entries == NULL || !JSON_NODE_HOLDS_ARRAY (untrusted_entries))
    return TRUE;
  entries = json_node_get_array (untrusted_entries);
  for (guint i = 0; i < json_array_get_length (entries) && search->seen < GW_QMP_DEVICES_MAX; i++, search->seen++)
    {
      JsonNode *entry = json_array_get_element (entries, i);

      if (JSON_NODE_HOLDS_OBJECT (entry) && !look_at (search, folder, json_node_get_object (entry), error))
        return FALSE;
    }
  return TRUE;
}

/* The order is that of their kinds, and of their labels. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const GwChardev *one = *(GwChardev *const *) a;
  const GwChardev *other = *(GwChardev *const *) b;

  return one->device != other->device ? (int) one->device - (int) other->device : g_strcmp0 (one->alias, other->alias);
}

static char **
read_command_line (GwQmp *qmp)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) gw_qmp_get_pid (qmp));
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (path, &text, &length, NULL) ? gw_qemu_words (text, length) : NULL;
}

/**
 * gw_chardev_list_of_qemu:
 * @qmp_path: where a QEMU listens for QMP, and nobody else is connected
 *
 * Returns: (transfer full) (element-type GwChardev): its devices; or %NULL with
 *   @error set
 */
GPtrArray *
gw_chardev_list_of_qemu (const char *qmp_path, GError **error)
{
  static const char *const folders[] = { "/machine/peripheral", "/machine/peripheral-anon", "/machine/unattached" };
  g_autoptr (GwQmp) qmp = gw_qmp_open (qmp_path, GW_QMP_SHOW_MS, error);
  g_autoptr (JsonNode) backends = qmp != NULL ? gw_qmp_ask (qmp, "query-chardev", NULL, error) : NULL;
  g_auto (GStrv) words = backends != NULL ? read_command_line (qmp) : NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);
  Search search = { .qmp = qmp, .words = words, .list = list };

  if (backends == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_ARRAY (backends))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "QMP: no list of character devices");
      return NULL;
    }
  search.backends = json_node_get_array (backends);
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    if (!look_into (&search, folders[i], error))
      return NULL;
  g_ptr_array_sort (list, compare);
  return g_steal_pointer (&list);
}
