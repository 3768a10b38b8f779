/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-ports.h"

G_BEGIN_DECLS

/* The named consoles that Xen has given to this guest. */
#define GW_TYPE_XEN_CONSOLES (gw_xen_consoles_get_type ())
G_DECLARE_FINAL_TYPE (GwXenConsoles, gw_xen_consoles, GW, XEN_CONSOLES, GwPorts)

GwXenConsoles *gw_xen_consoles_new (void);
gboolean gw_xen_consoles_start (GwXenConsoles *consoles, GError **error);

G_END_DECLS
