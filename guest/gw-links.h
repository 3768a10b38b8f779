/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "discovery/gw-ports.h"

G_BEGIN_DECLS

/* The links /dev/vport/NAME, as far as udevd does not make them. */
typedef struct _GwLinks GwLinks;

GwLinks *gw_links_new (GwPorts *ports, const char *folder, gboolean udevd_runs);
void gw_links_free (GwLinks *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLinks, gw_links_free)

gboolean gw_links_udevd_runs (void);

G_END_DECLS
