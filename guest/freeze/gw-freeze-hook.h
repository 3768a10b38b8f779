/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* @error: why the file systems must not be frozen, or what went wrong after a
 * thaw; %NULL if all is well. */
typedef void (*GwFreezeHookFunc) (const GError *error, gpointer data);

void gw_freeze_hook_run (const char *hook, const char *word, guint timeout_s, GwFreezeHookFunc done, gpointer data);

G_END_DECLS
