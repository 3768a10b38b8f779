/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where each named port has a link, on every hypervisor. */
#define GW_LINK_FOLDER "/dev/vport"

char *gw_link_name (const char *untrusted_name);
const char *gw_link_target (const char *place);

G_END_DECLS
