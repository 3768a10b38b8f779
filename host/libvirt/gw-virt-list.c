/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All domains of a libvirtd, as JSON. What their XML says is for the reader to
 * find out. */

#include "gw-virt.h"

#include <libvirt/virterror.h>

static const char *
word_for_state (int state)
{
  switch (state)
    {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
    case VIR_DOMAIN_SHUTDOWN: /* being shut down: the guest still runs */
      return "running";
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED:
      return "paused";
    case VIR_DOMAIN_SHUTOFF:
    case VIR_DOMAIN_CRASHED:
      return "off";
    default:
      return "unknown";
    }
}

/* FALSE when it went meanwhile. */
static gboolean
add_domain (JsonArray *array, virDomainPtr domain)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  unsigned int id = virDomainGetID (domain);
  JsonObject *object;
  char *xml;
  int state;

  if (virDomainGetState (domain, &state, NULL, 0) < 0 || virDomainGetUUIDString (domain, uuid) < 0)
    return FALSE;
  xml = virDomainGetXMLDesc (domain, 0);
  if (xml == NULL)
    return FALSE;
  object = json_object_new ();
  json_object_set_string_member (object, "name", virDomainGetName (domain));
  json_object_set_string_member (object, "uuid", uuid);
  if (id != (unsigned int) -1)
    json_object_set_int_member (object, "id", id);
  else
    json_object_set_null_member (object, "id");
  json_object_set_string_member (object, "state", word_for_state (state));
  json_object_set_string_member (object, "xml", xml);
  json_array_add_object_element (array, object);
  free (xml);
  return TRUE;
}

/**
 * gw_virt_list:
 *
 * Returns: (transfer full) (nullable): a JSON array
 */
char *
gw_virt_list (virConnectPtr connection, GwVirtFault *fault)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  virDomainPtr *domains = NULL;
  int count = virConnectListAllDomains (connection, &domains, 0);

  json_node_take_array (root, array);
  if (count < 0)
    {
      gw_virt_take_fault (fault, GW_VIRT_CONNECTING);
      return NULL;
    }
  for (int i = 0; i < count; i++)
    {
      if (!add_domain (array, domains[i]))
        virResetLastError ();
      virDomainFree (domains[i]);
    }
  free (domains);
  return gw_json_to_string (root, FALSE);
}
