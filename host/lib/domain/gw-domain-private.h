/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-domain.h"

G_BEGIN_DECLS

struct _GwDomainChannel
{
  GObject parent_instance;

  char *name;         /* NULL for one that is served */
  const char *kind;   /* static */
  GwAddress *address; /* NULL where we have none */
  GwAddress *reached; /* where that leads to now, if it does not say so itself; or NULL */
  GwDomainChannelState state;
  GPid holder_pid;    /* 0: not told */
  char *holder_name;
  int guest_open;     /* -1: not told */
  gboolean unclaimed; /* found where libvirt has its own, which knows nothing of it */
};

struct _GwDomain
{
  GObject parent_instance;

  char *name;
  char *uuid;
  char *id;
  const char *manager; /* static */
  GwDomainState state;
  GPtrArray *channels; /* of GwDomainChannel */
};

#define GW_DOMAIN_LIBVIRT "libvirt"
#define GW_DOMAIN_XEN "xen"
#define GW_DOMAIN_SERVED "served" /* kind of a channel that guestwire itself offers */

GwDomain *gw_domain_new (const char *manager, const char *name, const char *uuid, const char *id);
GwDomainChannel *gw_domain_add_channel (GwDomain *domain, const char *kind, const char *name, GwAddress *address);

GwAddress *gw_domain_channel_get_reached (GwDomainChannel *channel);

/* gw-domain-list.c: blocks. Tests set another root of the places that are
 * looked at; NULL for the real one. */
GPtrArray *gw_domain_list_now (GCancellable *cancellable, char **warning, GError **error);
void gw_domain_list_set_root (const char *root);
const char *gw_domain_list_get_root (void);

/* gw-domain-libvirt.c: blocks. */
GPtrArray *gw_domain_list_of_libvirt (const char *uri, GCancellable *cancellable, GError **error);

/* gw-domain-holders.c */
void gw_domain_find_holders (GPtrArray *domains);

/* gw-domain-choose.c: which of a host's domains is meant, and how to reach it. */
GwDomain *gw_domain_find (GPtrArray *domains, const char *text, const char *warning, GError **error);
GwAddress *gw_domain_choose (GPtrArray *domains, const char *text, const char *warning, GError **error);

G_END_DECLS
