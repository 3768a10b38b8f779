/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

int gw_xenstore_place_open (gboolean *is_socket, GError **error);

G_END_DECLS
