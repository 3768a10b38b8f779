/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel says that some address has changed (rtnetlink's groups); after a
 * moment all of them are read, and what is new or gone is told. So it does not
 * matter how many of those messages there were, nor whether some were lost. */

#include "gw-addresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-rtnetlink.h"

/* How often they are read again when they change meanwhile. */
#define TRIES 3

struct _GwAddresses
{
  GwEvents *events;
  int fd;
  GwPollItem *item;
  guint settling;    /* will look */
  GHashTable *known; /* of "INTERFACE ADDRESS/PREFIX" */
};

/* --- All of them -------------------------------------------------------- */

static void
add (const GwInterfaceAddress *address, gpointer set)
{
  char name[IF_NAMESIZE], text[INET6_ADDRSTRLEN];
  g_autofree char *valid = NULL;

  if (g_hash_table_size (set) >= GW_ADDRESSES_MAX || if_indextoname (address->interface, name) == NULL
      || inet_ntop (address->family, address->bytes, text, sizeof text) == NULL)
    return;
  valid = g_utf8_make_valid (name, -1);
  g_hash_table_add (set, g_strdup_printf ("%s %s/%u", valid, text, address->prefix));
}

static gboolean
ask (int fd)
{
  struct
  {
    struct nlmsghdr head;
    struct ifaddrmsg body;
  } request = {
    .head = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .body = { .ifa_family = AF_UNSPEC },
  };

  return send (fd, &request, sizeof request, 0) == sizeof request;
}

/* The kernel has the next part of its answer ready whenever it is read. */
static GwRtnetlinkState
read_answer (int fd, GHashTable *set)
{
  guint8 buffer[16384];
  GwRtnetlinkState state = ask (fd) ? GW_RTNETLINK_MORE : GW_RTNETLINK_BROKEN;

  while (state == GW_RTNETLINK_MORE)
    {
      gssize length = recv (fd, buffer, sizeof buffer, 0);

      if (length < 0 && errno == EINTR)
        continue;
      state = length <= 0 ? GW_RTNETLINK_BROKEN : gw_rtnetlink_parse (buffer, length, add, set);
    }
  return state;
}

/* Returns: (transfer full) (nullable): the addresses that are in use */
static GHashTable *
read_all (void)
{
  g_autoptr (GHashTable) set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GwRtnetlinkState state = GW_RTNETLINK_INTERRUPTED;

  for (guint i = 0; i < TRIES && state == GW_RTNETLINK_INTERRUPTED; i++)
    {
      int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

      if (fd < 0)
        return NULL;
      g_hash_table_remove_all (set);
      state = read_answer (fd, set);
      close (fd);
    }
  return state == GW_RTNETLINK_DONE ? g_steal_pointer (&set) : NULL;
}

/* --- What has changed --------------------------------------------------- */

typedef struct
{
  GwEvents *events;
  char *interface; /* NULL: none yet */
  JsonArray *changes[2]; /* added, removed */
} Change;

static void
tell (Change *change)
{
  JsonObject *data;

  if (change->interface == NULL)
    return;
  data = json_object_new ();
  json_object_set_string_member (data, "interface", change->interface);
  json_object_set_array_member (data, "added", change->changes[0]);
  json_object_set_array_member (data, "removed", change->changes[1]);
  gw_events_tell_object (change->events, "addresses-changed", data);
  g_clear_pointer (&change->interface, g_free);
}

/* @text: as in the set, in the order of interfaces */
static void
take_change (Change *change, const char *text, gboolean removed)
{
  const char *space = strchr (text, ' ');
  g_autofree char *interface = g_strndup (text, space - text);
  guint many = change->interface == NULL
                   ? 0
                   : json_array_get_length (change->changes[0]) + json_array_get_length (change->changes[1]);

  if (many >= GW_ADDRESSES_TOLD_MAX || g_strcmp0 (change->interface, interface) != 0)
    {
      tell (change);
      change->interface = g_steal_pointer (&interface);
      change->changes[0] = json_array_new ();
      change->changes[1] = json_array_new ();
    }
  json_array_add_string_element (change->changes[removed], space + 1);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
add_missing (GPtrArray *to, GHashTable *from, GHashTable *other)
{
  GHashTableIter iter;
  gpointer text;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &text, NULL))
    if (!g_hash_table_contains (other, text))
      g_ptr_array_add (to, text);
}

/**
 * gw_addresses_compare:
 * @before: (element-type utf8): a set of "INTERFACE ADDRESS/PREFIX"
 * @now: (element-type utf8): the same, later
 *
 * Tells what is different, an event for each interface.
 */
gboolean
gw_addresses_compare (GwEvents *events, GHashTable *before, GHashTable *now)
{
  g_autoptr (GPtrArray) changed = g_ptr_array_new ();
  Change change = { .events = events };

  add_missing (changed, now, before);
  add_missing (changed, before, now);
  g_ptr_array_sort (changed, compare_texts);
  for (guint i = 0; i < changed->len; i++)
    take_change (&change, changed->pdata[i], g_hash_table_contains (before, changed->pdata[i]));
  tell (&change);
  return changed->len > 0;
}

static gboolean
on_settled (gpointer data)
{
  GwAddresses *addresses = data;
  GHashTable *now = read_all ();

  addresses->settling = 0;
  if (now == NULL)
    {
      g_debug ("the addresses cannot be read just now: the next change tells of them");
      return G_SOURCE_REMOVE;
    }
  gw_addresses_compare (addresses->events, addresses->known, now);
  g_hash_table_unref (addresses->known);
  addresses->known = now;
  return G_SOURCE_REMOVE;
}

static void
on_message (guint32 events, gpointer data)
{
  GwAddresses *addresses = data;
  guint8 buffer[4096];
  gssize length;

  /* What they say is read anew; that some were lost (ENOBUFS) is no matter. */
  do
    length = recv (addresses->fd, buffer, sizeof buffer, 0);
  while (length > 0 || (length < 0 && (errno == EINTR || errno == ENOBUFS)));
  if (addresses->settling == 0)
    addresses->settling = g_timeout_add (GW_EVENTS_SETTLE_MS, on_settled, addresses);
}

/* --- Its life ----------------------------------------------------------- */

static gboolean
listen_to_kernel (GwAddresses *addresses, GError **error)
{
  struct sockaddr_nl groups = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };

  addresses->fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (addresses->fd < 0 || bind (addresses->fd, (struct sockaddr *) &groups, sizeof groups) < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "netlink: %s", g_strerror (errno));
      return FALSE;
    }
  addresses->item = gw_poll_add (NULL, addresses->fd, EPOLLIN, on_message, addresses, error);
  if (addresses->item == NULL)
    return FALSE;
  /* Those that are there now are no event. */
  addresses->known = read_all ();
  if (addresses->known == NULL)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "netlink does not tell the addresses");
  return addresses->known != NULL;
}

/**
 * gw_addresses_new:
 * @events: where to tell them; outlives this
 */
GwAddresses *
gw_addresses_new (GwEvents *events, GError **error)
{
  g_autoptr (GwAddresses) addresses = g_new0 (GwAddresses, 1);

  addresses->events = events;
  addresses->fd = -1;
  if (!listen_to_kernel (addresses, error))
    return NULL;
  return g_steal_pointer (&addresses);
}

void
gw_addresses_free (GwAddresses *addresses)
{
  g_clear_handle_id (&addresses->settling, g_source_remove);
  g_clear_pointer (&addresses->item, gw_poll_remove);
  if (addresses->fd >= 0)
    close (addresses->fd);
  g_clear_pointer (&addresses->known, g_hash_table_unref);
  g_free (addresses);
}
