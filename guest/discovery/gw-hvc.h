/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which terminal, /dev/hvcN, belongs to which console of Xen's. hvc0 is the
 * machine's own. */

/* What is known of one console that has a terminal. */
typedef struct
{
  gint64 port;  /* its event channel, or -1 */
  guint64 made; /* grows with each device that the kernel makes */
  guint hvc;    /* 0 while unknown */
} GwHvcPlace;

#define GW_HVC_PORT_UNKNOWN (-1)

/* A set of terminals, a bit each. */
#define GW_HVC_BIT(number) (G_GUINT64_CONSTANT (1) << (number))
#define GW_HVC_ALL (~GW_HVC_BIT (0))

void gw_hvc_place (GPtrArray *places, guint64 backed);
gboolean gw_hvc_replace (GPtrArray *places, guint64 backed);
guint64 gw_hvc_probe (void);
guint64 gw_hvc_consoles (void);
guint gw_hvc_number (const char *name);
gboolean gw_hvc_announce (guint number);

G_END_DECLS
