/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-json.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What libvirt is asked, by way of the program guestwire-libvirt. */

int gw_libvirt_connect (const char *uri, const char *domain, GError **error);
JsonNode *gw_libvirt_list (const char *uri, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
