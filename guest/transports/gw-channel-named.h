/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-channel.h"
#include "gw-port.h"

G_BEGIN_DECLS

/* What differs between the kinds of ports that have a name. */
typedef struct
{
  const GwChannelKind *kind;
  GwPortKind port_kind;

  /* Makes ready what was just opened; returns 0 or an errno. Optional. */
  int (*prepare) (int fd);

  /* One that was closed, by whomever, may be there for a moment, and is not to be opened. */
  gboolean lingers;
} GwNamedKind;

GwChannel *gw_named_open (const GwNamedKind *named, const char *place, GwPorts *ports);
void gw_named_free (GwChannel *channel);

G_END_DECLS
