/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "discovery/gw-ports.h"
#include "gw-error.h"

G_BEGIN_DECLS

/* A channel that the agent serves: it opens the ports that the address stands
 * for, when and as often as they are there, and gives each one a voice. Knows
 * no message. */
typedef struct _GwChannel GwChannel;
typedef struct _GwChannelKind GwChannelKind;

/* Where ports are announced. */
typedef struct
{
  GwPorts *virtio;
  GwPorts *xen;
} GwFound;

struct _GwChannelKind
{
  const char *prefix; /* of its addresses, without the colon */
  const char *form;   /* for help texts */
  GwChannel *(*open) (const char *place, const GwFound *found, GError **error);
  void (*free) (GwChannel *channel);
};

struct _GwChannel
{
  const GwChannelKind *kind;
};

/* Each transport is a file; sockets share one. */
extern const GwChannelKind gw_channel_virtio;
extern const GwChannelKind gw_channel_xen;
extern const GwChannelKind gw_channel_tty;
extern const GwChannelKind gw_channel_listen;
extern const GwChannelKind gw_channel_vsock;

GwChannel *gw_channel_open (const char *address, const GwFound *found, GError **error);
void gw_channel_free (GwChannel *channel);
const char *gw_channel_place (const char *address, const GwChannelKind *kind);

G_END_DECLS
