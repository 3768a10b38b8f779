/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-events.h"

G_BEGIN_DECLS

/* What the agent watches of the guest, for its events. */
typedef struct _GwEventSources GwEventSources;

GwEventSources *gw_event_sources_new (GwEvents *events);
void gw_event_sources_free (GwEventSources *sources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwEventSources, gw_event_sources_free)

void gw_event_sources_tell_freeze (GwEvents *events, gboolean frozen, guint count);

G_END_DECLS
