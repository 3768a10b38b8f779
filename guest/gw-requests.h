/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-streams.h"

G_BEGIN_DECLS

/* What a host has asked for in a session and has no answer to yet: any number
 * at once, answered in any order. Knows no connection. */
typedef struct _GwRequests GwRequests;

/* @changed: the session has something to send. */
GwRequests *gw_requests_new (GwSession *session, GwStreams *streams, void (*changed) (gpointer data), gpointer data);
void gw_requests_free (GwRequests *requests);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwRequests, gw_requests_free)

void gw_requests_run (GwRequests *requests, guint64 id, GBytes *untrusted_body);
void gw_requests_cancel (GwRequests *requests, guint64 id);
void gw_requests_abandon_all (GwRequests *requests);

G_END_DECLS
