/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a host is at the other end of a virtio-serial port.
 *
 * The kernel tells of bytes and of hosts by two ways, which race: a host that
 * connects and writes at once has its bytes in the guest *before* the port
 * reports it, and while the last one is still reported. So when nobody is
 * reported, what was read or written last may be either's. For some time
 * nothing more is read, and nothing dropped: if a host is reported, it counts
 * as if it had been there all along. It has to sync anyway. */
typedef enum
{
  GW_PRESENCE_AWAY,   /* nobody, and nothing to read */
  GW_PRESENCE_HERE,   /* read and write */
  GW_PRESENCE_UNSURE, /* nobody is reported: wait for GW_PRESENCE_WAIT_MS */
  GW_PRESENCE_GONE,   /* nobody came: read what was left behind, answer nobody */
} GwPresence;

typedef enum
{
  GW_PRESENCE_SEES_HOST,
  GW_PRESENCE_SEES_NOBODY,
  GW_PRESENCE_WAITED,
  GW_PRESENCE_READ_NOTHING, /* read() gave 0 */
} GwPresenceInput;

GwPresence gw_presence_next (GwPresence now, GwPresenceInput input);

G_END_DECLS
