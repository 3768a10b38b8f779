/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-command.h"

G_BEGIN_DECLS

/* In a thread. Returns: (transfer full): the return value, or NULL with @error set */
typedef JsonNode *(*GwCallWorkFunc) (gpointer data, GError **error);

void gw_call_work (GwCall *call, GwCallWorkFunc func, gpointer data, GDestroyNotify free_data);

G_END_DECLS
