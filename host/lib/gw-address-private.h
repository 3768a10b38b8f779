/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"

G_BEGIN_DECLS

gboolean gw_address_looks_like_one (const char *text);

G_END_DECLS
