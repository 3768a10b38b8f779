/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which run of the agent this is, and of the guest. */

const guint8 *gw_instance_get (void);
const char *gw_instance_get_text (void);
const char *gw_instance_get_boot_id (void);

G_END_DECLS
