/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-chardev.h"

G_BEGIN_DECLS

GwChardev *gw_chardev_from_qemu (GwChardevDevice device, const char *untrusted_filename, GHashTable *options);
GPtrArray *gw_chardev_list_of_qemu (const char *qmp_path, GError **error);

G_END_DECLS
