/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* One end of a forwarded connection: a unix socket, or a host and a port. */
typedef struct
{
  char *path; /* of a unix socket; NULL: TCP */
  char *host; /* a name or a number; NULL: all of this machine's */
  guint16 port; /* to listen: 0 for any */
} GwEndpoint;

typedef enum
{
  GW_ENDPOINT_LISTEN,
  GW_ENDPOINT_CONNECT,
} GwEndpointUse;

GwEndpoint *gw_endpoint_parse (const char *untrusted_text, GwEndpointUse use, GError **error);
void gw_endpoint_free (GwEndpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwEndpoint, gw_endpoint_free)

char *gw_endpoint_to_string (const GwEndpoint *endpoint);

G_END_DECLS
