/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks from all sides at a channel on which nobody answers: who is connected
 * there, what QEMU says, what libvirt says. Blocks for some seconds at most,
 * and opens nothing that may disturb the guest. */

#include "gw-explain-look.h"

#include <limits.h>
#include <stdlib.h>

#include "gw-domain-private.h"
#include "gw-fd-owners.h"
#include "gw-qmp-probe.h"
#include "gw-sock-diag.h"
#include "gw-xen.h"

void
gw_explain_look_clear (GwExplainLook *look)
{
  g_clear_pointer (&look->holder_name, g_free);
  g_clear_pointer (&look->domain, g_free);
  g_clear_pointer (&look->qemu_status, g_free);
}

/* --- Who holds it ------------------------------------------------------- */

static void
take_holder (GwExplainLook *look, const GwFdOwner *owner)
{
  look->held = TRUE;
  if (owner == NULL)
    return;
  look->holder_pid = owner->pid;
  look->holder_name = g_strdup (owner->name);
}

static void
look_at_clients (GwExplainLook *look, const GwSockDiag *diag, const char *path)
{
  g_autoptr (GArray) clients = gw_sock_diag_find_clients (diag, path);
  g_autoptr (GwFdOwners) owners = gw_fd_owners_new ();

  if (clients->len == 0)
    return;
  gw_fd_owners_want_socket (owners, g_array_index (clients, guint32, 0));
  gw_fd_owners_look (owners);
  take_holder (look, gw_fd_owners_find_socket (owners, g_array_index (clients, guint32, 0), 0));
}

/* The client's own descriptor is closed by now. */
static void
look_at_terminal (GwExplainLook *look, const char *path)
{
  g_autoptr (GwFdOwners) owners = gw_fd_owners_new ();
  g_autofree char *real = realpath (path, NULL);
  const GwFdOwner *owner;

  if (real == NULL)
    return;
  gw_fd_owners_want_file (owners, real);
  gw_fd_owners_look (owners);
  owner = gw_fd_owners_find_file (owners, real, 0);
  if (owner != NULL)
    take_holder (look, owner);
  look->half_blind = !gw_fd_owners_saw_all (owners);
}

/* --- What QEMU says ----------------------------------------------------- */

/* A command line says what it likes. So the socket must be one on which the
 * same process listens that has the channel. */
static char *
find_qmp_of (const GwSockDiag *diag, const GwFdOwner *qemu)
{
  g_autofree char *cmdline = g_strdup_printf ("/proc/%d/cmdline", qemu->pid);
  g_autoptr (GwFdOwners) owners = gw_fd_owners_new ();
  g_autofree char *words = NULL;
  g_autofree char *path = NULL;
  const GwFdOwner *owner;
  guint32 inode;
  gsize length;

  if (!g_file_get_contents (cmdline, &words, &length, NULL))
    return NULL;
  path = gw_qmp_probe_find_socket (words, length);
  inode = path != NULL ? gw_sock_diag_find_listener (diag, path) : 0;
  if (inode == 0)
    return NULL;
  gw_fd_owners_want_socket (owners, inode);
  gw_fd_owners_look (owners);
  owner = gw_fd_owners_find_socket (owners, inode, 0);
  return owner != NULL && owner->pid == qemu->pid ? g_steal_pointer (&path) : NULL;
}

/* Returns whether it told. */
static gboolean
look_at_qemu (GwExplainLook *look, const GwSockDiag *diag, const char *path)
{
  guint32 inode = gw_sock_diag_find_listener (diag, path);
  g_autoptr (GwFdOwners) owners = gw_fd_owners_new ();
  g_auto (GwQmpProbe) probe = { 0 };
  g_autofree char *qmp = NULL;
  const GwFdOwner *qemu;

  if (inode == 0)
    return FALSE;
  gw_fd_owners_want_socket (owners, inode);
  gw_fd_owners_look (owners);
  qemu = gw_fd_owners_find_socket (owners, inode, 0);
  look->half_blind = qemu == NULL && !gw_fd_owners_saw_all (owners);
  qmp = qemu != NULL ? find_qmp_of (diag, qemu) : NULL;
  if (qmp == NULL || !gw_qmp_probe_ask (qmp, path, &probe, NULL))
    return FALSE;
  look->state = probe.running ? GW_DOMAIN_RUNNING : GW_DOMAIN_PAUSED;
  look->qemu_status = probe.running ? NULL : g_steal_pointer (&probe.status);
  look->guest_open = probe.guest_open;
  return TRUE;
}

/* --- What libvirt says -------------------------------------------------- */

static void
take_domain (GwExplainLook *look, GwDomain *domain, GwDomainChannel *channel)
{
  look->domain = g_strdup (domain->name);
  look->state = domain->state;
  look->guest_open = channel->guest_open;
}

static void
take_domain_with_path (GwExplainLook *look, GwDomain *domain, const char *path)
{
  for (guint i = 0; i < domain->channels->len && look->domain == NULL; i++)
    {
      GwDomainChannel *channel = g_ptr_array_index (domain->channels, i);

      if (channel->address != NULL && g_strcmp0 (gw_address_get_path (channel->address), path) == 0)
        take_domain (look, domain, channel);
    }
}

static void
take_domain_with_agent (GwExplainLook *look, GwDomain *domain)
{
  for (guint i = 0; i < domain->channels->len && look->domain == NULL; i++)
    {
      GwDomainChannel *channel = g_ptr_array_index (domain->channels, i);

      if (g_strcmp0 (channel->name, "org.qemu.guest_agent.0") == 0)
        take_domain (look, domain, channel);
    }
}

static void
look_at_libvirt (GwExplainLook *look, GwAddress *address, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) domains = gw_domain_list_of_libvirt (gw_address_get_uri (address), cancellable, NULL);
  const char *name = gw_address_get_domain (address);
  GwDomain *domain = domains != NULL && name != NULL ? gw_domain_find (domains, name, NULL, NULL) : NULL;

  if (domain != NULL)
    take_domain_with_agent (look, domain);
  for (guint i = 0; domains != NULL && name == NULL && i < domains->len; i++)
    take_domain_with_path (look, g_ptr_array_index (domains, i), gw_address_get_path (address));
}

/* --- What Xen says ------------------------------------------------------ */

/* Its device model knows no more than who is connected: whether the domain is
 * paused is told to those only who may control it. */
static void
look_at_xen (GwExplainLook *look, GwAddress *address)
{
  gboolean may_pass;
  g_autoptr (GwAddress) reached = gw_xen_resolve (gw_address_get_domain (address), gw_address_get_channel (address),
                                                  &may_pass, NULL);
  g_autoptr (GwSockDiag) diag = gw_sock_diag_read (NULL);

  look->xen = TRUE;
  if (reached == NULL)
    return;
  if (gw_address_get_kind (reached) == GW_ADDRESS_PTY)
    look_at_terminal (look, gw_address_get_path (reached));
  else if (diag != NULL)
    look_at_clients (look, diag, gw_address_get_path (reached));
}

/**
 * gw_explain_look:
 * @look: (out caller-allocates): what is seen
 * @address: where nobody answers
 *
 * Stops looking where it has seen enough.
 */
void
gw_explain_look (GwExplainLook *look, GwAddress *address, GCancellable *cancellable)
{
  const char *path = gw_address_get_path (address);
  GwAddressKind kind = gw_address_get_kind (address);
  g_autoptr (GwSockDiag) diag = kind == GW_ADDRESS_UNIX ? gw_sock_diag_read (NULL) : NULL;

  *look = (GwExplainLook){ .guest_open = -1 };
  if (kind == GW_ADDRESS_XEN)
    look_at_xen (look, address);
  else if (diag != NULL)
    look_at_clients (look, diag, path);
  else if (kind == GW_ADDRESS_PTY || kind == GW_ADDRESS_SERIAL)
    look_at_terminal (look, path);
  if (look->held || (diag != NULL && look_at_qemu (look, diag, path)))
    return;
  if (path != NULL || kind == GW_ADDRESS_LIBVIRT)
    look_at_libvirt (look, address, cancellable);
}
