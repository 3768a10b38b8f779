/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-json.h"

G_BEGIN_DECLS

typedef enum
{
  GW_MESSAGE_REQUEST, /* {"execute": name, "arguments": body, "id": id} */
  GW_MESSAGE_REPLY,   /* {"return": body, "id": id} */
  GW_MESSAGE_ERROR,   /* {"error": {"class": name, "desc": text}, "id": id} */
  GW_MESSAGE_EVENT,   /* {"event": name, "data": body} */
  GW_MESSAGE_CANCEL,  /* {"cancel": id} */
} GwMessageKind;

/* What the two sides say to each other, whatever voice carries it. */
typedef struct
{
  GwMessageKind kind;
  char *name;     /* command, error class or event; NULL for reply and cancel */
  char *text;     /* an error's description; else NULL */
  JsonNode *body; /* arguments, return value or data; NULL when absent */
  JsonNode *id;   /* whatever the caller sent; NULL when absent */
} GwMessage;

GwMessage *gw_message_parse (GBytes *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_message_free (GwMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwMessage, gw_message_free)

GBytes *gw_message_request (const char *command, JsonNode *arguments, JsonNode *id);
GBytes *gw_message_reply (JsonNode *value, JsonNode *id);
GBytes *gw_message_error (const GError *error, JsonNode *id);
GBytes *gw_message_event (const char *name, JsonNode *data);

gboolean gw_message_success_is_silent (const char *command);
GError *gw_message_to_error (const GwMessage *message) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
