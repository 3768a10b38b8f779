/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The kernel's answer to RTM_GETADDR (rtnetlink(7)), as bytes. Does no I/O. */

typedef struct
{
  guint interface; /* its index */
  int family;      /* AF_INET or AF_INET6 */
  guint prefix;    /* in bits */
  guint8 bytes[16];
} GwInterfaceAddress;

typedef enum
{
  GW_RTNETLINK_MORE,        /* the answer goes on */
  GW_RTNETLINK_DONE,
  GW_RTNETLINK_INTERRUPTED, /* something changed meanwhile: ask again */
  GW_RTNETLINK_BROKEN,      /* what was asked for was refused, or is not what it should be */
} GwRtnetlinkState;

typedef void (*GwRtnetlinkFunc) (const GwInterfaceAddress *address, gpointer data);

GwRtnetlinkState gw_rtnetlink_parse (const guint8 *bytes, gsize length, GwRtnetlinkFunc func, gpointer data);

G_END_DECLS
