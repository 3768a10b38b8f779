/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a session over a kind of port is to be like. Knows no session. */

#include "gw-session-kind.h"

#include <stdlib.h>

/* For tests of what gets lost: so many bytes are on the way on Xen's consoles,
 * on purpose. QEMU drops some of what is more than 1 MiB, and nothing that is
 * sent as it should be ever comes near that. */
#define TEST_WINDOW "GUESTWIRE_TEST_WINDOW"

static const GwSessionKind *
xen_kind (void)
{
  static GwSessionKind tested;
  static gsize looked;

  if (g_once_init_enter (&looked))
    {
      const char *text = secure_getenv (TEST_WINDOW);
      guint64 window;

      tested = gw_session_xen;
      if (text != NULL && g_ascii_string_to_unsigned (text, 10, tested.frame_max, G_MAXINT32, &window, NULL))
        {
          tested.window = window;
          tested.reckless = TRUE;
        }
      g_once_init_leave (&looked, 1);
    }
  return &tested;
}

/**
 * gw_session_kind_of:
 *
 * Returns: (transfer none): static
 */
const GwSessionKind *
gw_session_kind_of (GwPortKind kind)
{
  switch (kind)
    {
    case GW_PORT_XEN:
      return xen_kind ();
    case GW_PORT_TTY:
      return &gw_session_uart;
    case GW_PORT_DATAGRAM:
      return &gw_session_datagram;
    case GW_PORT_PIPE:
    case GW_PORT_SOCKET:
    case GW_PORT_VIRTIO:
    default:
      return &gw_session_loss_free;
    }
}
