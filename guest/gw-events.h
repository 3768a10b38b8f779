/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* What happened in the guest since the agent started, numbered from 1; the
 * newest are kept. Knows neither where they come from nor who follows. */
typedef struct _GwEvents GwEvents;

/* A kind of event: a row of a table. */
typedef struct
{
  const char *name;
  const char *implies; /* the command that would tell the same, whose rules hold for it; NULL: none */
} GwEventKind;

typedef struct
{
  guint64 number;
  const GwEventKind *kind;
  GBytes *line; /* as it stands on a stream, with its LF */
} GwEvent;

GwEvents *gw_events_new (void);
void gw_events_free (GwEvents *events);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwEvents, gw_events_free)
GwEvents *gw_events_get (void);

void gw_events_block (GwEvents *events, GPtrArray *names);
gboolean gw_events_wants (GwEvents *events, const char *name);
void gw_events_tell (GwEvents *events, const char *name, JsonNode *data);
void gw_events_tell_object (GwEvents *events, const char *name, JsonObject *data);

guint64 gw_events_get_next (GwEvents *events);
const GwEvent *gw_events_find (GwEvents *events, guint64 number);
void gw_events_watch (GwEvents *events, void (*func) (gpointer data), gpointer data);
void gw_events_unwatch (GwEvents *events, gpointer data);

G_END_DECLS
