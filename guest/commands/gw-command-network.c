/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-network-get-interfaces. */

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>

#include "gw-command.h"
#include "gw-limits.h"

#define COUNTERS "/proc/net/dev"
#define MAC_LENGTH 6

typedef struct
{
  GHashTable *table; /* name -> JsonObject, which the list has */
  JsonArray *list;
  guint n_addresses;
} Interfaces;

/* An address may have a label: NAME:LABEL. It is listed by that, as in
 * qemu-ga. */
static JsonObject *
find_interface (Interfaces *interfaces, const char *name)
{
  JsonObject *interface = g_hash_table_lookup (interfaces->table, name);
  g_autofree char *valid = NULL;

  if (interface != NULL || g_hash_table_size (interfaces->table) == GW_INTERFACES_MAX)
    return interface;
  interface = json_object_new ();
  valid = g_utf8_make_valid (name, -1);
  json_object_set_string_member (interface, "name", valid);
  json_array_add_object_element (interfaces->list, interface);
  g_hash_table_insert (interfaces->table, g_strdup (name), interface);
  return interface;
}

/* --- Addresses --------------------------------------------------------------- */

static guint
count_bits (const guint8 *bytes, gsize length)
{
  guint bits = 0;

  for (gsize i = 0; i < length; i++)
    for (guint byte = bytes[i]; byte != 0; byte &= byte - 1)
      bits++;
  return bits;
}

/* The bytes of an address, or of a mask. */
static const guint8 *
address_bytes (const struct sockaddr *address, gsize *length)
{
  if (address->sa_family == AF_INET)
    {
      *length = sizeof (struct in_addr);
      return (const guint8 *) &((const struct sockaddr_in *) (const void *) address)->sin_addr;
    }
  *length = sizeof (struct in6_addr);
  return (const guint8 *) &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr;
}

static void
add_address (JsonObject *interface, const struct ifaddrs *entry)
{
  int family = entry->ifa_addr->sa_family;
  gsize length;
  const guint8 *bytes = address_bytes (entry->ifa_addr, &length);
  guint prefix = entry->ifa_netmask != NULL ? count_bits (address_bytes (entry->ifa_netmask, &length), length) : length * 8;
  char text[INET6_ADDRSTRLEN];
  JsonObject *address;

  if (inet_ntop (family, bytes, text, sizeof text) == NULL)
    return;
  if (!json_object_has_member (interface, "ip-addresses"))
    json_object_set_array_member (interface, "ip-addresses", json_array_new ());
  address = json_object_new ();
  json_object_set_string_member (address, "ip-address-type", family == AF_INET ? "ipv4" : "ipv6");
  json_object_set_string_member (address, "ip-address", text);
  json_object_set_int_member (address, "prefix", prefix);
  json_array_add_object_element (json_object_get_array_member (interface, "ip-addresses"), address);
}

static void
add_hardware_address (JsonObject *interface, const struct sockaddr *address)
{
  const struct sockaddr_ll *link = (const void *) address;
  const guint8 *mac = link->sll_addr;
  g_autofree char *text = NULL;

  if (link->sll_halen != MAC_LENGTH)
    return;
  text = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  json_object_set_string_member (interface, "hardware-address", text);
}

static void
add_entry (Interfaces *interfaces, const struct ifaddrs *entry)
{
  JsonObject *interface = find_interface (interfaces, entry->ifa_name);
  int family = entry->ifa_addr != NULL ? entry->ifa_addr->sa_family : AF_UNSPEC;

  if (interface == NULL)
    return;
  if (family == AF_PACKET)
    add_hardware_address (interface, entry->ifa_addr);
  else if ((family == AF_INET || family == AF_INET6) && interfaces->n_addresses++ < GW_INTERFACE_ADDRESSES_MAX)
    add_address (interface, entry);
}

/* --- Counters ------------------------------------------------------------------ */

/* Where the kernel has them in a line, and what they are called here. */
static const struct
{
  guint column;
  const char *name;
} counters[] = {
  { 0, "rx-bytes" }, { 1, "rx-packets" }, { 2, "rx-errs" },  { 3, "rx-dropped" },
  { 8, "tx-bytes" }, { 9, "tx-packets" }, { 10, "tx-errs" }, { 11, "tx-dropped" },
};

#define COLUMNS 16

/* "  NAME: NUMBER NUMBER …" */
static void
add_counters (Interfaces *interfaces, char *line)
{
  char *colon = strrchr (line, ':');
  guint64 numbers[COLUMNS] = { 0 };
  JsonObject *interface, *statistics;
  char *at;

  if (colon == NULL)
    return;
  *colon = '\0';
  interface = g_hash_table_lookup (interfaces->table, g_strstrip (line));
  if (interface == NULL)
    return;
  at = colon + 1;
  for (guint i = 0; i < COLUMNS; i++)
    numbers[i] = g_ascii_strtoull (at, &at, 10);
  statistics = json_object_new ();
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    json_object_set_int_member (statistics, counters[i].name, MIN (numbers[counters[i].column], G_MAXINT64));
  json_object_set_object_member (interface, "statistics", statistics);
}

static void
add_all_counters (Interfaces *interfaces)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (COUNTERS, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    add_counters (interfaces, *line);
}

static void
run_get_interfaces (GwCall *call, JsonObject *arguments)
{
  Interfaces interfaces = { .list = json_array_new () };
  struct ifaddrs *entries;
  JsonNode *node;

  if (getifaddrs (&entries) < 0)
    {
      gw_call_fail (call, g_error_new (GW_ERROR, GW_ERROR_FAILED, "getifaddrs failed: %s", g_strerror (errno)));
      json_array_unref (interfaces.list);
      return;
    }
  interfaces.table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (const struct ifaddrs *entry = entries; entry != NULL; entry = entry->ifa_next)
    add_entry (&interfaces, entry);
  freeifaddrs (entries);
  add_all_counters (&interfaces);
  g_hash_table_unref (interfaces.table);
  node = json_node_init_array (json_node_alloc (), interfaces.list);
  json_array_unref (interfaces.list);
  gw_call_return (call, node);
}

const GwCommand gw_commands_network[] = {
  { "guest-network-get-interfaces", "Return the network interfaces, their addresses and counters", "1.1", GW_COMMAND_PLAIN,
    run_get_interfaces, { { NULL } } },
  { NULL },
};
