/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-limits.h"

G_BEGIN_DECLS

/* The messages of Xen's store, as xen/io/xs_wire.h numbers them. */
typedef enum
{
  GW_XENSTORE_DIRECTORY = 1,
  GW_XENSTORE_READ = 2,
  GW_XENSTORE_GET_PERMS = 3,
  GW_XENSTORE_WATCH = 4,
  GW_XENSTORE_UNWATCH = 5,
  GW_XENSTORE_WATCH_EVENT = 15,
  GW_XENSTORE_ERROR = 16,
} GwXenstoreType;

typedef struct
{
  guint32 type;
  guint32 id;                    /* of the request; 0 where the kernel did not echo it */
  const char *untrusted_payload; /* with a NUL behind it; good until the wire takes more */
  gsize length;
} GwXenstoreMessage;

/* Bytes of the store, cut into messages. All zero to begin with. */
typedef struct
{
  gsize filled;
  guint8 buffer[GW_XENSTORE_HEADER_SIZE + GW_XENSTORE_PAYLOAD_MAX + 1];
} GwXenstoreWire;

gboolean gw_xenstore_wire_receive (GwXenstoreWire *wire, const guint8 **data, gsize *length,
                                   GwXenstoreMessage *message, gboolean *broken);
GBytes *gw_xenstore_request (GwXenstoreType type, guint32 id, const char *path, const char *token);

int gw_xenstore_message_errno (const GwXenstoreMessage *message);
char *gw_xenstore_message_value (const GwXenstoreMessage *message);
char **gw_xenstore_message_strings (const GwXenstoreMessage *message);
gboolean gw_xenstore_message_lets_write (const GwXenstoreMessage *message, guint domain);

G_END_DECLS
