/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gw-text-caller.h"

/* A caller and what came out of it so far. */
typedef struct
{
  GwTextCaller *caller;
  gint64 now_us;
  gint64 number;      /* of the last sync that was sent */
  guint syncs;        /* how many were sent */
  guint resets;       /* how many of them behind 0xFF */
  guint drops;
  gboolean synced;    /* said so since last asked */
  GPtrArray *sent;    /* the other requests, as text */
  GPtrArray *ids;     /* the id of each */
  GHashTable *ends;   /* call -> text */
  GString *told;      /* names of events, each with a space behind it */
} Fixture;

void pump (Fixture *f);
void hear (Fixture *f, const char *text);
G_GNUC_PRINTF (2, 3)
void hearf (Fixture *f, const char *format, ...);
void answer_sync (Fixture *f);
void pass (Fixture *f, gint64 us);
guint64 call_for (Fixture *f, const char *command, gint64 timeout_us);
guint64 call (Fixture *f, const char *command);
const char *end_of (Fixture *f, guint64 id);
const char *last_id (Fixture *f);
void set_up (Fixture *f, gconstpointer data);
void set_up_in_step (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
