/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-events.h"

G_BEGIN_DECLS

/* Whether the machine goes down. */

typedef void (*GwShutdownFunc) (gboolean going_down, const char *mode, gpointer data);

void gw_shutdown_tell (GwEvents *events, const char *mode);
gboolean gw_shutdown_was_told (void);

void gw_shutdown_ask (GwShutdownFunc func, gpointer data);
gboolean gw_shutdown_find_in_jobs (const char *untrusted_jobs, const char **mode);

G_END_DECLS
