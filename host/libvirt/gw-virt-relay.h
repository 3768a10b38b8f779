/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-virt-errand.h"

G_BEGIN_DECLS

/* Speaks the text voice to one client as an agent would, and passes its
 * requests on by a function that blocks: one at a time, in a thread. */
typedef struct _GwVirtRelay GwVirtRelay;

typedef void (*GwVirtEndFunc) (GwVirtRelay *relay, gpointer data);

GwVirtRelay *gw_virt_relay_new (int fd, const char *domain, GwVirtCallFunc call, GwVirtEndFunc ended, gpointer data,
                                GError **error);
void gw_virt_relay_free (GwVirtRelay *relay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwVirtRelay, gw_virt_relay_free)

G_END_DECLS
