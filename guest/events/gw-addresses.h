/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-events.h"

G_BEGIN_DECLS

/* Tells of addresses that interfaces get and lose. */
typedef struct _GwAddresses GwAddresses;

GwAddresses *gw_addresses_new (GwEvents *events, GError **error);
void gw_addresses_free (GwAddresses *addresses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwAddresses, gw_addresses_free)

gboolean gw_addresses_compare (GwEvents *events, GHashTable *before, GHashTable *now);

G_END_DECLS
