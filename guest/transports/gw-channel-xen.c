/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a Xen console by its name. It is a terminal: whatever came before it
 * was raw has been changed and echoed, and is dropped. */

#include "gw-channel-named.h"

#include <errno.h>

static int
prepare (int fd)
{
  if (!gw_port_lock_tty (fd, NULL))
    return EBUSY;
  return gw_port_prepare_tty (fd, NULL) ? 0 : EIO;
}

static const GwNamedKind xen = {
  .kind = &gw_channel_xen,
  .port_kind = GW_PORT_XEN,
  .prepare = prepare,
  .lingers = TRUE,
};

static GwChannel *
xen_open (const char *place, const GwFound *found, GError **error)
{
  return gw_named_open (&xen, place, found->xen);
}

const GwChannelKind gw_channel_xen = {
  .prefix = "xen",
  .form = "xen:NAME",
  .open = xen_open,
  .free = gw_named_free,
};
