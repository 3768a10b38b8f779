/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-session.h"
#include "gw-pipe.h"

G_BEGIN_DECLS

/* Takes a stream that the agent opened for a call, or leaves it. Runs inside
 * of the session's events: it makes no call of the program. */
typedef gboolean (*GwPipeTaker) (GwPipe *stream, JsonNode *untrusted_purpose, gpointer user_data);

/* One call of a command in frames. */
typedef struct
{
  guint64 id;
  char *command;
  gint64 timeout_us; /* G_MAXINT64: none */
  GwPipeTaker taker; /* of its streams, or NULL */
  gpointer taker_data;
} GwFramedCall;

GwFramedCall *gw_framed_call_new (const char *command, gint64 timeout_us);
void gw_framed_call_free (GwFramedCall *call);

JsonNode *gw_framed_call_read_end (const GwFramedCall *call, const GwSessionEvent *untrusted_end, const char *why_lost,
                                  GError **error);

G_END_DECLS
