/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

char *gw_disk_name (const char *sysfs, guint major, guint minor);
JsonArray *gw_disk_addresses (const char *sysfs, guint major, guint minor);

G_END_DECLS
