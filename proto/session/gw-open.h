/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"
#include "gw-message.h"

G_BEGIN_DECLS

#define GW_OPEN_COMMAND "guestwire-open"

/* What both sides must have in common. */
#define GW_OPEN_VERSION "frames-1"

/* What one side says in the request or the reply that opens a session. */
typedef struct
{
  guint8 nonce[GW_NONCE_SIZE];
  char *channel;       /* NULL for not known */
  gboolean lossy;
  guint32 frame_max;   /* the largest that it takes */
  guint32 window;      /* bytes on the way to it at most */
  char **features;
  guint keepalive_s;   /* request: 0 for none */
  gboolean resume;     /* request: asked for; reply: granted */
  guint8 session[GW_NONCE_SIZE]; /* request: only where resume is */
  guint32 received;    /* where resume is: number of the frame it expects next */
  guint64 digest;      /* where resume is: of all frames before */
  guint8 instance[GW_NONCE_SIZE]; /* reply */
  char *boot_id;       /* reply */
} GwOpen;

void gw_open_clear (GwOpen *open);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwOpen, gw_open_clear)

GBytes *gw_open_request (const GwOpen *open, gint64 id);
GBytes *gw_open_reply (const GwOpen *open, JsonNode *id);
gboolean gw_open_parse_request (JsonNode *untrusted_arguments, GwOpen *open, GError **error);
gboolean gw_open_parse_reply (JsonNode *untrusted_value, GwOpen *open, GError **error);

G_END_DECLS
