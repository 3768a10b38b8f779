/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

int gw_libvirt_connect (const char *uri, const char *domain, GError **error);

G_END_DECLS
