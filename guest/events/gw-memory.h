/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-events.h"

G_BEGIN_DECLS

#define GW_PRESSURE_PATH "/proc/pressure/memory"

/* Tells when memory is low: when tasks wait for it. */
typedef struct _GwMemory GwMemory;

GwMemory *gw_memory_new (GwEvents *events, const char *path, GError **error);
void gw_memory_free (GwMemory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwMemory, gw_memory_free)

void gw_memory_take_stall (GwMemory *memory, gint64 now_us);
gboolean gw_memory_read_size (const char *meminfo, const char *name, gint64 *bytes);

G_END_DECLS
