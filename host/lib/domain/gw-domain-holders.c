/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who holds the host's end of each channel: one look at all sockets, and one
 * at all processes, for any number of domains. Opens no channel. */

#include "gw-domain-private.h"

#include "gw-fd-owners.h"
#include "gw-sock-diag.h"

typedef struct
{
  GwDomainChannel *channel;
  guint32 socket; /* the holder's; 0 for a terminal */
} Question;

typedef struct
{
  GwSockDiag *diag;  /* NULL where the kernel does not tell */
  GwFdOwners *owners;
  GArray *questions; /* of Question */
} Search;

static void
ask_who_has_socket (Search *search, GwDomainChannel *channel, guint32 inode)
{
  Question question = { channel, inode };

  channel->state = GW_DOMAIN_CHANNEL_HELD;
  gw_fd_owners_want_socket (search->owners, inode);
  g_array_append_val (search->questions, question);
}

/* QEMU takes one client at a time; what guestwire serves, any number. */
static void
look_at_socket (Search *search, GwDomainChannel *channel, const char *path)
{
  g_autoptr (GArray) clients = NULL;

  if (search->diag == NULL)
    return;
  clients = gw_sock_diag_find_clients (search->diag, path);
  if (gw_sock_diag_find_listener (search->diag, path) == 0 && clients->len == 0)
    channel->state = GW_DOMAIN_CHANNEL_STALE;
  else if (clients->len == 0 || g_str_equal (channel->kind, GW_DOMAIN_SERVED))
    channel->state = GW_DOMAIN_CHANNEL_FREE;
  else
    ask_who_has_socket (search, channel, g_array_index (clients, guint32, 0));
}

/* The hypervisor connects: whoever listens has the channel. */
static void
look_at_listener (Search *search, GwDomainChannel *channel, const char *path)
{
  guint32 inode = search->diag != NULL ? gw_sock_diag_find_listener (search->diag, path) : 0;

  if (inode != 0)
    ask_who_has_socket (search, channel, inode);
  else if (search->diag != NULL)
    channel->state = GW_DOMAIN_CHANNEL_FREE;
}

static void
look_at_terminal (Search *search, GwDomainChannel *channel, const char *path)
{
  Question question = { channel, 0 };

  gw_fd_owners_want_file (search->owners, path);
  g_array_append_val (search->questions, question);
}

static void
look_at (Search *search, GwDomainChannel *channel)
{
  GwAddress *address = gw_domain_channel_get_reached (channel);
  const char *path = address != NULL ? gw_address_get_path (address) : NULL;

  if (path == NULL)
    return;
  switch (gw_address_get_kind (address))
    {
    case GW_ADDRESS_UNIX:
      look_at_socket (search, channel, path);
      break;
    case GW_ADDRESS_UNIX_LISTEN:
      look_at_listener (search, channel, path);
      break;
    case GW_ADDRESS_PTY:
    case GW_ADDRESS_SERIAL:
      look_at_terminal (search, channel, path);
      break;
    case GW_ADDRESS_TCP:
    case GW_ADDRESS_TCP_LISTEN:
    case GW_ADDRESS_TELNET:
    case GW_ADDRESS_TELNET_LISTEN:
    case GW_ADDRESS_UDP:
    case GW_ADDRESS_PIPE:
    case GW_ADDRESS_STDIO:
    case GW_ADDRESS_VSOCK:
    case GW_ADDRESS_LIBVIRT:
    case GW_ADDRESS_XEN:
    default:
      break;
    }
}

static void
answer (const Search *search, const Question *question)
{
  GwDomainChannel *channel = question->channel;
  const GwFdOwner *owner;

  if (question->socket != 0)
    owner = gw_fd_owners_find_socket (search->owners, question->socket, 0);
  else
    owner = gw_fd_owners_find_file (search->owners, gw_address_get_path (gw_domain_channel_get_reached (channel)), 0);
  if (owner != NULL)
    {
      channel->state = GW_DOMAIN_CHANNEL_HELD;
      channel->holder_pid = owner->pid;
      channel->holder_name = g_strdup (owner->name);
    }
  else if (question->socket == 0 && gw_fd_owners_saw_all (search->owners))
    channel->state = GW_DOMAIN_CHANNEL_FREE;
}

/**
 * gw_domain_find_holders:
 * @domains: (element-type GwDomain): domains whose channels have no state yet
 */
void
gw_domain_find_holders (GPtrArray *domains)
{
  g_autoptr (GwSockDiag) diag = gw_sock_diag_read (NULL);
  g_autoptr (GwFdOwners) owners = gw_fd_owners_new ();
  g_autoptr (GArray) questions = g_array_new (FALSE, FALSE, sizeof (Question));
  Search search = { diag, owners, questions };

  for (guint i = 0; i < domains->len; i++)
    {
      GwDomain *domain = g_ptr_array_index (domains, i);

      for (guint j = 0; j < domain->channels->len; j++)
        look_at (&search, g_ptr_array_index (domain->channels, j));
    }
  gw_fd_owners_look (owners);
  for (guint i = 0; i < questions->len; i++)
    answer (&search, &g_array_index (questions, Question, i));
}
