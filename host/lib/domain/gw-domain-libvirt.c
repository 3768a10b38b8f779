/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domains that libvirt tells of, with their channels. */

#include "gw-domain-private.h"

#include <string.h>

#include "gw-domain-xml.h"
#include "gw-libvirt.h"

static const char *
string_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static GwDomainState
state_of (const char *word)
{
  if (g_strcmp0 (word, "running") == 0)
    return GW_DOMAIN_RUNNING;
  if (g_strcmp0 (word, "paused") == 0)
    return GW_DOMAIN_PAUSED;
  return g_strcmp0 (word, "off") == 0 ? GW_DOMAIN_OFF : GW_DOMAIN_UNKNOWN;
}

/* Of one that does not run, the path leads nowhere. */
static GwAddress *
address_of (const GwDomainXmlChannel *channel, GwDomainState state)
{
  g_autofree char *text = NULL;

  if (channel->path == NULL || state == GW_DOMAIN_OFF)
    return NULL;
  if (g_strcmp0 (channel->type, "unix") == 0)
    text = g_strconcat (g_strcmp0 (channel->mode, "connect") == 0 ? "unix-listen:" : "unix:", channel->path, NULL);
  else if (g_strcmp0 (channel->type, "pty") == 0)
    text = g_strconcat ("pty:", channel->path, NULL);
  return text != NULL ? gw_address_new (text, NULL) : NULL;
}

static const char *
kind_of (const GwDomainXmlChannel *channel)
{
  if (g_strcmp0 (channel->target, "virtio") == 0)
    return "virtio";
  return g_strcmp0 (channel->target, "xen") == 0 ? "xen" : "other";
}

/* A channel without a name is not for programs: spicevmc, guestfwd. */
static void
add_channel (GwDomain *domain, const GwDomainXmlChannel *xml)
{
  GwDomainChannel *channel;

  if (xml->name == NULL || g_strcmp0 (xml->type, "spicevmc") == 0 || g_strcmp0 (xml->type, "spiceport") == 0
      || g_strcmp0 (xml->type, "qemu-vdagent") == 0)
    return;
  channel = gw_domain_add_channel (domain, kind_of (xml), xml->name, address_of (xml, domain->state));
  channel->guest_open = domain->state == GW_DOMAIN_OFF ? -1 : xml->guest_open;
}

static void
add_domain (GPtrArray *domains, JsonObject *untrusted_entry)
{
  const char *text = string_of (untrusted_entry, "xml");
  g_autoptr (GwDomainXml) xml = text != NULL ? gw_domain_xml_parse (text, strlen (text), NULL) : NULL;
  g_autofree char *id = NULL;
  GwDomain *domain;

  if (xml == NULL)
    return;
  if (xml->id >= 0)
    id = g_strdup_printf ("%" G_GINT64_FORMAT, xml->id);
  domain = gw_domain_new (GW_DOMAIN_LIBVIRT, xml->name, xml->uuid, id);
  domain->state = state_of (string_of (untrusted_entry, "state"));
  g_ptr_array_add (domains, domain);
  for (guint i = 0; i < xml->channels->len; i++)
    add_channel (domain, g_ptr_array_index (xml->channels, i));
}

/**
 * gw_domain_list_of_libvirt:
 * @uri: (nullable): libvirt's connection URI; %NULL for its default
 *
 * Blocks as gw_libvirt_list() does.
 *
 * Returns: (transfer full) (element-type GwDomain): its domains, whose channels
 *   have no state; or %NULL with an error as from gw_libvirt_list()
 */
GPtrArray *
gw_domain_list_of_libvirt (const char *uri, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonNode) root = gw_libvirt_list (uri, cancellable, error);
  JsonArray *array;
  GPtrArray *domains;

  if (root == NULL)
    return NULL;
  array = json_node_get_array (root);
  domains = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      add_domain (domains, json_array_get_object_element (array, i));
  return domains;
}
