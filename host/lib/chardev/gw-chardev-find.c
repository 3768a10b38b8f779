/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices of a machine that runs, as whoever manages it tells: libvirt by its
 * XML, Xen by its store, QEMU itself at its control socket. Opens none of them. */

#include <string.h>

#include "gw-address-private.h"
#include "gw-chardev-of-qemu.h"
#include "gw-chardev-private.h"
#include "gw-domain-private.h"
#include "gw-domain-xml.h"
#include "gw-libvirt.h"
#include "gw-xen.h"

/* --- libvirt ------------------------------------------------------------- */

static const char *
xml_of (JsonNode *untrusted_entry)
{
  JsonNode *xml = JSON_NODE_HOLDS_OBJECT (untrusted_entry)
                      ? json_object_get_member (json_node_get_object (untrusted_entry), "xml")
                      : NULL;

  return xml != NULL && json_node_get_value_type (xml) == G_TYPE_STRING ? json_node_get_string (xml) : NULL;
}

static GPtrArray *
list_of_libvirt (const char *uri, GwDomain *domain, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) root = gw_libvirt_list (uri, cancellable, error);
  JsonArray *array = root != NULL ? json_node_get_array (root) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *text = xml_of (json_array_get_element (array, i));
      g_autoptr (GwDomainXml) xml = text != NULL ? gw_domain_xml_parse (text, strlen (text), NULL) : NULL;

      if (xml != NULL && g_strcmp0 (xml->uuid, gw_domain_get_uuid (domain)) == 0)
        return gw_chardev_read_xml (text, -1, GW_CHARDEV_FORM_LIBVIRT, error);
    }
  if (root != NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "%s has just gone", gw_domain_get_name (domain));
  return NULL;
}

/* --- Xen ----------------------------------------------------------------- */

static void
add_xen (GPtrArray *list, const GwXenChannel *channel)
{
  GwChardevDevice device = channel->name != NULL ? GW_CHARDEV_DEVICE_CHANNEL
                           : channel->serial     ? GW_CHARDEV_DEVICE_SERIAL
                                                 : GW_CHARDEV_DEVICE_CONSOLE;
  gboolean is_socket = channel->reached != NULL && gw_address_get_kind (channel->reached) == GW_ADDRESS_UNIX;
  GwChardev *chardev
      = gw_chardev_new (device, is_socket ? GW_CHARDEV_KIND_UNIX : GW_CHARDEV_KIND_PTY, GW_CHARDEV_FORM_LIBVIRT, 0);

  chardev->mode = is_socket ? GW_CHARDEV_MODE_BIND : GW_CHARDEV_MODE_CONNECT;
  chardev->path = channel->reached != NULL ? g_strdup (gw_address_get_path (channel->reached)) : NULL;
  chardev->target_type = g_strdup (channel->serial ? "isa-serial" : "xen");
  chardev->target_name = g_strdup (channel->name);
  g_ptr_array_add (list, chardev);
}

/* Of @domain by its id, or else by its name. */
static GPtrArray *
list_of_xen (const char *id, const char *name, GError **error)
{
  g_autoptr (GPtrArray) channels = gw_xen_list (error);
  g_autoptr (GPtrArray) terminals = channels != NULL ? gw_xen_list_terminals (id != NULL ? id : name, error) : NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_object_unref);

  if (terminals == NULL)
    return NULL;
  for (guint i = 0; i < terminals->len; i++)
    add_xen (list, g_ptr_array_index (terminals, i));
  for (guint i = 0; i < channels->len; i++)
    {
      const GwXenChannel *channel = g_ptr_array_index (channels, i);

      if (id != NULL ? g_str_equal (channel->id, id)
                     : g_strcmp0 (channel->domain, name) == 0 || g_str_equal (channel->id, name))
        add_xen (list, channel);
    }
  return g_steal_pointer (&list);
}

/* --- Either -------------------------------------------------------------- */

static GPtrArray *
list_of_domain (const char *uri, GwDomain *domain, GCancellable *cancellable, GError **error)
{
  const char *manager = gw_domain_get_manager (domain);

  if (gw_domain_get_state (domain) == GW_DOMAIN_OFF)
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT,
                 "%s does not run, so that its devices have no end here: 'virsh start %s' starts it",
                 gw_domain_get_name (domain), gw_domain_get_name (domain));
  else if (g_strcmp0 (manager, GW_DOMAIN_LIBVIRT) == 0)
    return list_of_libvirt (uri, domain, cancellable, error);
  else if (g_strcmp0 (manager, GW_DOMAIN_XEN) == 0)
    return list_of_xen (gw_domain_get_id (domain), gw_domain_get_name (domain), error);
  else
    g_set_error (error, GW_ERROR, GW_ERROR_UNSUPPORTED,
                 "nobody here tells what devices %s has: say where its QEMU takes QMP (--qmp PATH)",
                 gw_domain_get_name (domain));
  return NULL;
}

static GPtrArray *
find_in (GPtrArray *domains, const char *uri, const char *text, const char *warning, GCancellable *cancellable,
         GError **error)
{
  GwDomain *domain = domains != NULL ? gw_domain_find (domains, text, warning, error) : NULL;

  return domain != NULL ? list_of_domain (uri, domain, cancellable, error) : NULL;
}

static GPtrArray *
find_at (GwAddress *address, GCancellable *cancellable, GError **error)
{
  const char *uri = gw_address_get_uri (address);
  g_autoptr (GPtrArray) domains = NULL;

  if (gw_address_get_kind (address) == GW_ADDRESS_XEN)
    return list_of_xen (NULL, gw_address_get_domain (address), error);
  if (gw_address_get_kind (address) == GW_ADDRESS_LIBVIRT)
    {
      domains = gw_domain_list_of_libvirt (uri, cancellable, error);
      return find_in (domains, uri, gw_address_get_domain (address), NULL, cancellable, error);
    }
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
               "%s is one device: say the domain's name, UUID or id, or where its QEMU takes QMP (--qmp PATH)",
               gw_address_to_string (address));
  return NULL;
}

static GPtrArray *
find (const char *text, const char *qmp_path, GCancellable *cancellable, GError **error)
{
  g_autofree char *warning = NULL;
  g_autoptr (GPtrArray) domains = NULL;
  g_autoptr (GwAddress) address = NULL;

  if (qmp_path != NULL)
    return gw_chardev_list_of_qemu (qmp_path, error);
  if (!gw_address_looks_like_one (text))
    {
      domains = gw_domain_list_now (cancellable, &warning, error);
      return find_in (domains, NULL, text, warning, cancellable, error);
    }
  address = gw_address_new (text, error);
  return address != NULL ? find_at (address, cancellable, error) : NULL;
}

/* --- For programs -------------------------------------------------------- */

typedef struct
{
  char *domain;
  char *qmp_path;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->domain);
  g_free (question->qmp_path);
  g_free (question);
}

static void
run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Question *question = data;
  GError *error = NULL;
  GPtrArray *list = find (question->domain, question->qmp_path, cancellable, &error);

  if (list != NULL)
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

/**
 * gw_chardev_find_async:
 * @domain: (nullable): a domain's name, UUID or id, or its `libvirt:` or `xen:`
 *   address
 * @qmp_path: (nullable) (type filename): instead of that, the unix socket where a
 *   QEMU takes QMP, and nobody is connected
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it is known
 * @user_data: for @callback
 *
 * Finds the serial ports, parallel ports, consoles and channels of a machine that
 * runs, with what the hypervisor has chosen for them, such as a pseudo terminal.
 * gw_chardev_to_address() says how each is reached.
 *
 * Since: 0.1
 */
void
gw_chardev_find_async (const char *domain, const char *qmp_path, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Question *question;

  g_return_if_fail ((domain == NULL) != (qmp_path == NULL));

  question = g_new0 (Question, 1);
  question->domain = g_strdup (domain);
  question->qmp_path = g_strdup (qmp_path);
  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, gw_chardev_find_async);
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, run);
}

/**
 * gw_chardev_find_finish:
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: (transfer full) (element-type GwChardev): the devices; or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS (there is no such domain), %GW_ERROR_CONNECT (it
 *   does not run), %GW_ERROR_UNSUPPORTED (nobody tells) or another error set
 *
 * Since: 0.1
 */
GPtrArray *
gw_chardev_find_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * gw_chardev_find:
 * @domain: (nullable): as for gw_chardev_find_async()
 * @qmp_path: (nullable) (type filename): as for gw_chardev_find_async()
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Does what gw_chardev_find_async() does, and blocks until it is done.
 *
 * Returns: (transfer full) (element-type GwChardev): the devices, or %NULL with an
 *   error as from gw_chardev_find_finish()
 *
 * Since: 0.1
 */
GPtrArray *
gw_chardev_find (const char *domain, const char *qmp_path, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail ((domain == NULL) != (qmp_path == NULL), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return find (domain, qmp_path, cancellable, error);
}

/**
 * gw_chardev_get_state:
 * @chardev: a #GwChardev
 *
 * Returns: (transfer none) (nullable): whether somebody in the guest has it open,
 *   `connected` or `disconnected`, where the hypervisor tells; else %NULL
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_state (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->state;
}
