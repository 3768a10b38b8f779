/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

GBytes *gw_base64_decode (const char *untrusted_text, const char *name, GError **error);

G_END_DECLS
