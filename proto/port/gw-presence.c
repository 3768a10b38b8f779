/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of a virtio-serial port's other end, as a table. Does no I/O. */

#include "gw-presence.h"

static const GwPresence table[][4] = {
  /* input:                 SEES_HOST         SEES_NOBODY         WAITED              READ_NOTHING */
  [GW_PRESENCE_AWAY] = { GW_PRESENCE_HERE, GW_PRESENCE_UNSURE, GW_PRESENCE_AWAY, GW_PRESENCE_AWAY },
  [GW_PRESENCE_HERE] = { GW_PRESENCE_HERE, GW_PRESENCE_UNSURE, GW_PRESENCE_HERE, GW_PRESENCE_UNSURE },
  [GW_PRESENCE_UNSURE] = { GW_PRESENCE_HERE, GW_PRESENCE_UNSURE, GW_PRESENCE_GONE, GW_PRESENCE_UNSURE },
  [GW_PRESENCE_GONE] = { GW_PRESENCE_HERE, GW_PRESENCE_GONE, GW_PRESENCE_GONE, GW_PRESENCE_AWAY },
};

GwPresence
gw_presence_next (GwPresence now, GwPresenceInput input)
{
  return table[now][input];
}
