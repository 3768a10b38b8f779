/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"

G_BEGIN_DECLS

/* The host's ends of Xen's consoles, as the control domain's store has them. */
typedef struct
{
  char *domain;       /* its name */
  char *uuid;         /* NULL if it is not told */
  char *id;
  char *name;         /* the channel's; NULL: a console, or */
  gboolean serial;    /* a serial port */
  GwAddress *address; /* by name, where there is one */
  GwAddress *reached; /* where that leads to now; NULL if it cannot be said */
} GwXenChannel;

/* All of these block; a store that does not answer is given up soon. */
GwAddress *gw_xen_resolve (const char *domain, const char *channel, gboolean *may_pass, GError **error);
GPtrArray *gw_xen_list (GError **error);
GPtrArray *gw_xen_list_terminals (const char *domain, GError **error);

G_END_DECLS
