/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

/* One call of a command in the text voice, from being asked for to its end. */
typedef struct
{
  guint64 id;
  char *command;
  gboolean silent; /* its success brings no reply */
  GBytes *request;    /* NULL once sent: then the command may have run */
  gint64 timeout_us;  /* G_MAXINT64: none */
  gint64 deadline_us; /* G_MAXINT64: none */
} GwTextCall;

GwTextCall *gw_text_call_new (guint64 id, const char *command, JsonNode *arguments, gint64 timeout_us, gint64 now_us,
                              GError **error);
void gw_text_call_free (GwTextCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwTextCall, gw_text_call_free)

gboolean gw_text_call_owns (const GwTextCall *call, JsonNode *untrusted_id);
gboolean gw_text_call_was_not_read (const GwMessage *untrusted_reply, gboolean repeats_ids);
gboolean gw_text_call_is_named_in (const GwTextCall *call, GBytes *untrusted_object);

JsonNode *gw_text_call_silent_success (void);
GError *gw_text_call_too_late (const GwTextCall *call);
GError *gw_text_call_not_read (const GwTextCall *call, const GwMessage *untrusted_reply);
GError *gw_text_call_cancelled (const GwTextCall *call);
GError *gw_text_call_lost (const GwTextCall *call, const char *why);

G_END_DECLS
