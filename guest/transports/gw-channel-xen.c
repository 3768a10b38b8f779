/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a Xen console by its name. It is a terminal: whatever came before it
 * was raw has been changed and echoed, and is dropped. */

#include "gw-channel-named.h"

#include <errno.h>
#include <sys/file.h>

/* Any number of programs can open a terminal, and each would get some of the
 * bytes: two agents must not. */
static int
prepare (int fd)
{
  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
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
