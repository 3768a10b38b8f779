/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "discovery/gw-ports.h"

G_BEGIN_DECLS

/* Terminals that other programs will open: kept open and raw meanwhile. */
typedef struct _GwHolds GwHolds;

GwHolds *gw_holds_new (GwPorts *ports, char **patterns, char **served);
void gw_holds_free (GwHolds *holds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwHolds, gw_holds_free)

G_END_DECLS
